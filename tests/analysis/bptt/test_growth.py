"""Growth, lags and singular values along sequences, against matrices worked by hand and dense products."""

import math

import numpy as np
import pytest

from rnnhw.analysis.bptt.growth import Spread, flow, lag_marks
from rnnhw.analysis.bptt.jacobians import step_jacobians
from rnnhw.analysis.bptt.risk import risks
from rnnhw.analysis.bptt.tape import read_tapes
from rnnhw.network import RNN, Network
from tests.networks import KINDS, random_batch, random_lengths, random_network


def flows(net, x, lengths=None):
    _, trace = net.run(x, lengths, trace=True)
    return [flow(tape, 0) for tape in read_tapes(net, trace)]


def diagonal(*values):
    """A relu RNN whose units all stay alive, so that every Jacobian is this diagonal matrix."""
    size = len(values)
    return Network([RNN(np.ones((size, 1)), np.diag(values), np.ones(size), "relu")], "many-to-one")


def test_a_diagonal_recurrence_by_hand():
    """Gain sqrt((0.5^2k + 0.25^2k) / 2): under 1 % from lag 7 on (0.0078 / 1.414 = 0.0055; lag 6: 0.0110)."""
    (found,) = flows(diagonal(0.5, 0.25), np.ones((3, 20, 1)))
    lags = np.arange(21)
    wanted = 0.5 * np.log((0.25**lags + 0.0625**lags) / 2)
    np.testing.assert_allclose(found.state, np.tile(wanted, (3, 1)), rtol=1e-12, atol=1e-15)
    assert found.vanished == Spread(7, 7, 7)
    assert found.exploded.median == math.inf
    assert found.growth.median == pytest.approx(math.exp(wanted[20] / 20), rel=1e-12)
    np.testing.assert_allclose(found.single, np.tile([0.5, 0.25], (8, 1)), rtol=1e-12)
    for lag, logs in found.spectra.items():
        np.testing.assert_allclose(logs, lag * np.log([[0.5, 0.25]] * 2), rtol=1e-9)


def test_an_explosion_by_hand():
    """Gain 2^k: 128 at lag 7."""
    (found,) = flows(diagonal(2.0, 2.0), np.ones((2, 10, 1)))
    assert found.exploded == Spread(7, 7, 7)
    assert found.vanished.median == math.inf
    assert found.growth.median == pytest.approx(2, rel=1e-12)
    assert found.beyond is None


@pytest.mark.parametrize(
    ("value", "vanished", "exploded"), [(0.101, 3, None), (0.099, 2, None), (9.9, None, 3), (10.1, None, 2)]
)
def test_thresholds_are_1_percent_and_a_hundredfold(value, vanished, exploded):
    (found,) = flows(diagonal(value), np.ones((1, 5, 1)))
    wanted = [math.inf if lag is None else lag for lag in (vanished, exploded)]
    assert [found.vanished.median, found.exploded.median] == wanted


def test_an_explosion_beyond_the_sequence():
    """Gain 1.1^k: ln 100 / ln 1.1 = 48.3 steps."""
    (found,) = flows(diagonal(1.1), np.ones((1, 10, 1)))
    assert found.beyond == pytest.approx(48.32, abs=0.01)


def some_alive(value, alive, sequences=10):
    """A unit that passes gradients in the first few of several sequences, and is dead in the others."""
    x = np.where(np.arange(sequences) < alive, 1.0, -1e9)[:, None, None] * np.ones((1, 30, 1))
    return flows(diagonal(value), x)


def test_one_sequence_in_ten_explodes():
    assert risks(some_alive(2.0, 1))["exploding"].level == "high"
    assert risks(some_alive(2.0, 0))["exploding"].level == "low"


def test_vanishing_is_that_of_the_median_sequence():
    assert risks(some_alive(1.0, 6))["vanishing"].level == "low"
    assert risks(some_alive(1.0, 5))["vanishing"].level == "high"


def test_what_lies_beyond_the_sequence():
    """Gain 0.9^k: ln 0.01 / ln 0.9 = 43.7 steps, of which the sequence has 10."""
    (found,) = flows(diagonal(0.9), np.ones((2, 10, 1)))
    assert found.vanished.median == math.inf
    assert found.beyond == pytest.approx(43.71, abs=0.01)
    assert found.data()["lag_of_1_percent"]["median"] is None


def test_dead_units():
    net = Network([RNN(np.ones((2, 1)), np.eye(2), np.array([-1.0, -1.0]), "relu")], "many-to-one")
    (found,) = flows(net, np.zeros((2, 4, 1)))
    assert found.growth.median == 0
    assert found.vanished.median == 1
    assert found.data()["log10_gain_state"]["median"] == [0.0, None, None, None, None]
    assert found.data()["product_singular_values"][0]["log10_largest"] is None


@pytest.mark.parametrize("kinds", [KINDS, ("lstm",), ("gru", "lstm", "bidirectional")])
@pytest.mark.parametrize("seed", range(2))
def test_gains_are_norms_of_dense_products(seed, kinds):
    rng = np.random.default_rng(seed)
    net = random_network(rng, kinds=kinds, mode="many-to-many", largest=6)
    x, lengths = random_batch(rng, net, 5, 9), random_lengths(rng, 5, 9)
    steps = step_jacobians(net, x, lengths)
    backwards = [backward for layer in net.recurrents for backward in layer.backwards]
    for found, cell, backward in zip(flows(net, x, lengths), net.cells, backwards, strict=True):
        for n, length in enumerate(lengths.tolist()):
            product, hidden = np.eye(cell.state_size), cell.hidden_size
            for lag in range(1, length + 1):
                product = product @ steps[cell.name][n, lag - 1 if backward else length - lag]
                gain = np.linalg.norm(product) / math.sqrt(cell.state_size)
                of_h = np.linalg.norm(product[:hidden, :hidden]) / math.sqrt(hidden)
                with np.errstate(divide="ignore"):
                    assert found.state[n, lag] == pytest.approx(np.log(gain), rel=1e-9, abs=1e-9)
                    assert found.block[n, lag] == pytest.approx(np.log(of_h), rel=1e-9, abs=1e-9)
            assert np.isnan(found.state[n, length + 1 :]).all()


def test_curves_are_over_the_sequences_that_are_so_long():
    (found,) = flows(diagonal(0.5), np.ones((3, 6, 1)), np.array([2, 6, 4]))
    np.testing.assert_allclose(found.curve()[1], np.arange(7) * np.log(0.5), rtol=1e-12)
    assert found.lengths.tolist() == [2, 6, 4]


def test_percentiles_of_nearest_rank():
    assert Spread.of(np.arange(1.0, 11.0)) == Spread(1, 5, 9)
    assert Spread.of([1.0, math.inf, math.inf]) == Spread(1, math.inf, math.inf)


def test_singular_values_that_are_rounding_are_none():
    """0.5^k beside 2^k is below 1e-14 of it from lag 24 on."""
    (found,) = flows(diagonal(2.0, 0.5), np.ones((2, 32, 1)))
    assert found.spectrum(16) == pytest.approx((16 * np.log(2), -16 * np.log(2)))
    assert found.spectrum(24) == (pytest.approx(24 * np.log(2)), None)
    assert found.data()["product_singular_values"][-1]["log10_median"] is None


def test_lag_marks():
    assert lag_marks(1) == [1]
    assert lag_marks(20) == [1, 2, 3, 4, 6, 8, 12, 16, 20]


@pytest.mark.parametrize(
    ("value", "steps", "vanishing", "exploding"),
    [
        *[(0.5, 14, "high", "low"), (0.5, 13, "medium", "low"), (0.5, 7, "medium", "low"), (0.5, 6, "low", "low")],
        *[(2.0, 14, "low", "high"), (2.0, 13, "low", "medium"), (2.0, 6, "low", "low"), (1.0, 50, "low", "low")],
    ],
)
def test_risks_at_their_thresholds(value, steps, vanishing, exploding):
    """0.5^7 is the first below 1 %, 2^7 the first above a hundred: within half of 14 steps, not half of 13."""
    found = risks(flows(diagonal(value, value), np.ones((2, steps, 1))))
    assert (found["vanishing"].level, found["exploding"].level) == (vanishing, exploding)
