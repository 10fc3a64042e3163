"""Every input with every state of small cells, and the ends of all ranges, against the slow model."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.quantize import QuantizedNetwork, quantize
from tests.networks import CELLS, random_batch, random_network

from .slow_model import SlowModel

assert rnnhw.golden


def make(kind: str, seed: int, units: int = 1, steps: int = 5, **options) -> QuantizedNetwork:
    """One layer of a kind, without a head."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=units, hidden=[units], outputs=[], mode="many-to-many", kinds=[kind], head="none")
    return quantize(net, random_batch(rng, net, 8, steps), **options)


def same(network: QuantizedNetwork, x_raw: np.ndarray, states: np.ndarray) -> int:
    """Hold golden against the slow model, sequence by sequence; how many answers were compared."""
    y_raw, final, trace = network.run_raw(x_raw, initial_state=states, return_state=True, trace=True)
    slow = SlowModel(network)
    for sequence in range(len(x_raw)):
        answers, end = slow.answers(x_raw[sequence].tolist(), states[sequence].tolist())
        assert y_raw[sequence].tolist() == answers
        assert final[sequence].tolist() == end
    assert trace.saturations == slow.clipped
    return y_raw.size


@pytest.mark.parametrize("rounding", ["half_up", "half_even", "floor"])
@pytest.mark.parametrize("kind", [kind for kind in CELLS if kind != "lstm"])
def test_all_inputs_with_all_states(kind, rounding):
    network = make(kind, 3, weight_bits=4, activation_bits=4, rounding=rounding)
    x_raw, h_raw = (grid.reshape(-1, 1) for grid in np.mgrid[-8:8, -8:8])
    if kind == "rnn-relu":
        x_raw, h_raw = x_raw[h_raw >= 0][:, None], h_raw[h_raw >= 0][:, None]
    assert same(network, x_raw[:, None], h_raw) == len(x_raw) >= 128


@pytest.mark.parametrize("rounding", ["half_up", "half_even", "floor"])
def test_all_inputs_with_all_states_of_an_lstm(rounding):
    """All h with all x, and c drawn once for each of them, both ends included."""
    network = make("lstm", 3, weight_bits=4, activation_bits=4, rounding=rounding)
    x_raw, h_raw = (grid.reshape(-1, 1) for grid in np.mgrid[-8:8, -8:8])
    form = network.cells[0].c
    c_raw = np.random.default_rng(0).integers(form.min_raw, form.max_raw + 1, (256, 1))
    c_raw[:2, 0] = form.min_raw, form.max_raw
    assert same(network, x_raw[:, None], np.concatenate([h_raw, c_raw], axis=1)) == 256


@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize(("weight_bits", "activation_bits"), [(2, 4), (8, 8), (16, 16), (16, 4), (1, 16)])
@pytest.mark.parametrize("kind", CELLS)
def test_ends_of_all_ranges(kind, weight_bits, activation_bits, end):
    """All weights at the smallest raw number, with inputs and states at either end."""
    network = make(kind, 4, units=3, weight_bits=weight_bits, activation_bits=activation_bits)
    (cell,) = network.layers
    weights = {
        key: np.full(getattr(cell, f"{key}_raw").shape, getattr(cell, key)[0].min_raw)
        for key in ("weight_ih", "weight_hh")
    }
    cell = replace(cell, **{f"{key}_raw": raw for key, raw in weights.items()})
    network = replace(network, layers=(cell,))
    x_raw = np.full((2, 3, 3), getattr(network.input, f"{end}_raw"))
    x_raw[1, 1:] = network.input.max_raw
    states = [np.full((2, count), getattr(form, f"{end}_raw")) for form, count in network.state_formats]
    if kind == "rnn-relu":
        states = [np.maximum(part, 0) for part in states]
    same(network, x_raw, np.concatenate(states, axis=1))
    assert np.abs(x_raw).max() << max(cell.shifts) <= 2**15
