"""All cells and options of the float reference against the slow one, and by hand."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.network.curves import hard_sigmoid, hard_sigmoid_fifth, hard_tanh
from tests.network.slow_network import slow_run
from tests.networks import CELLS, KINDS, random_batch, random_lengths, random_network, random_state

TOLERANCE = {"rtol": 1e-11, "atol": 1e-12}


@pytest.mark.parametrize("seed", range(60))
def test_random_networks_against_the_slow_one(seed):
    rng = np.random.default_rng(seed)
    net = random_network(rng, kinds=KINDS, largest=4)
    x = random_batch(rng, net, 4, 5)
    lengths = random_lengths(rng, 4, x.shape[1])
    given = random_state(rng, net, 4) if seed % 2 else None
    y, final, trace = net.run(x, lengths, trace=True, initial_state=given, return_state=True)
    assert set(trace) == {"mask", *(part.name for part in (*net.cells, *net.denses))}
    state = np.tile(net.initial, (4, 1)) if given is None else given
    for row, length in enumerate(lengths):
        answers, end, records = slow_run(net, x[row, :length].tolist(), state[row].tolist())
        mine = y[row : row + 1] if net.mode == "many-to-one" else y[row, : len(answers)]
        np.testing.assert_allclose(mine, answers, **TOLERANCE)
        np.testing.assert_allclose(final[row], end, **TOLERANCE)
        for name, steps in records.items():
            assert set(trace[name]) == set(steps[0])
            for key, array in trace[name].items():
                found = array[row] if array.ndim == 3 else array[row : row + 1]
                np.testing.assert_allclose(found[: len(steps)], [step[key] for step in steps], **TOLERANCE)
                assert (found[len(steps) :] == 0).all()
        if net.mode != "many-to-one":
            assert (y[row, len(answers) :] == 0).all()


def test_the_random_networks_are_of_all_kinds():
    nets = [random_network(np.random.default_rng(seed), kinds=KINDS, largest=4) for seed in range(60)]
    assert {net.mode for net in nets} == {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}
    assert {net.head for net in nets} == {"none", "argmax", "softmax"}
    assert {net.sigmoid for net in nets} == {"logistic", "hard", "hard-0.2"}
    assert {net.tanh for net in nets} == {"tanh", "hard"}
    assert {net.reading for net in nets} == {"final", "last-step"}
    cells = [cell for net in nets for cell in net.cells]
    assert {(c.kind, getattr(c, "reset_after", None), getattr(c, "activation", None)) for c in cells} == {
        ("lstm", None, None), ("gru", True, None), ("gru", False, None), ("rnn", None, "tanh"), ("rnn", None, "relu"),
    }  # fmt: skip
    assert {cell.h0 is None for cell in cells} == {True, False}
    assert any(len(layer.cells) == 2 for net in nets for layer in net.recurrents)


@pytest.mark.parametrize("kind", CELLS)
def test_constant_initial_states(kind):
    rng = np.random.default_rng(5)
    net = random_network(rng, kinds=[kind], hidden=[3], outputs=[], mode="many-to-many", head="none")
    (cell,) = net.cells
    x = random_batch(rng, net, 2, 4)
    start = random_state(rng, net, 1)
    fields = dict(zip(cell.initial_fields, start.reshape(-1, 3), strict=True))
    constant = replace(net, layers=[replace(cell, **fields)])
    without = replace(net, layers=[replace(cell, **dict.fromkeys(fields))])
    assert (constant.initial == start[0]).all()
    assert (without.initial == 0).all()
    assert (constant.run(x) == net.run(x, initial_state=np.tile(start, (2, 1)))).all()
    assert (constant.run(x, initial_state=np.zeros((2, net.state_size))) == without.run(x)).all()
    assert (constant.run(x)[:, 0] != without.run(x)[:, 0]).any()


def test_gru_gates_by_hand():
    # one unit, gates held open or shut by their biases; the candidate is tanh(x + 2 h [+ 1])
    def h_of(bias_r, bias_z, reset_after=True):
        inner = 1.0 if reset_after else 0.0
        cell = GRU([[0], [0], [1]], [[0], [0], [2]], [bias_r, bias_z, 0], [inner], reset_after, h0=[0.5])
        return Network([cell], "many-to-many").run([[[0.3]]])[0, 0, 0]

    assert h_of(0, 50) == pytest.approx(0.5)  # z open: the old state is kept
    assert h_of(50, -50) == pytest.approx(np.tanh(0.3 + 2 * 0.5 + 1))  # r open
    assert h_of(-50, -50) == pytest.approx(np.tanh(0.3))  # r shut: state and its bias are forgotten
    assert h_of(0, -50) == pytest.approx(np.tanh(0.3 + 0.5 * (2 * 0.5 + 1)))
    assert h_of(0, 0) == pytest.approx(0.5 * 0.5 + 0.5 * np.tanh(0.3 + 0.5 * (2 * 0.5 + 1)))
    assert h_of(0, -50, reset_after=False) == pytest.approx(np.tanh(0.3 + 2 * (0.5 * 0.5)))


def test_rnn_by_hand():
    for activation, curve in (("tanh", np.tanh), ("relu", lambda a: max(a, 0.0))):
        cell = RNN([[2.0]], [[0.5]], [-0.25], activation, h0=[1.0])
        y = Network([cell], "many-to-many").run([[[1.0], [-3.0]]])[0, :, 0]
        first = curve(2.0 + 0.5 - 0.25)
        np.testing.assert_allclose(y, [first, curve(-6.0 + 0.5 * first - 0.25)], rtol=1e-15)
        assert (y[1] == 0) == (activation == "relu")


def test_resets_before_and_after_differ_only_where_units_mix():
    rng = np.random.default_rng(8)
    arrays = [rng.normal(size=shape) for shape in ((6, 2), (6, 2), (6,))]
    x = rng.normal(size=(3, 4, 2))

    def run(weight_hh, reset_after):
        cell = GRU(arrays[0], weight_hh, arrays[2], np.zeros(2), reset_after)
        return Network([cell], "many-to-one").run(x)

    mixed = arrays[1]
    assert np.abs(run(mixed, True) - run(mixed, False)).max() > 1e-3
    diagonal = mixed * np.tile(np.eye(2), (3, 1))  # then U_n (r h) is r (U_n h)
    np.testing.assert_allclose(run(diagonal, True), run(diagonal, False), rtol=1e-13)


def test_bidirectional_is_two_runs():
    rng = np.random.default_rng(3)
    forward = random_network(rng, inputs=3, hidden=[4], outputs=[], mode="many-to-many").cells[0]
    backward = random_network(rng, inputs=3, hidden=[2], outputs=[], mode="many-to-many").cells[0]
    both = Bidirectional(replace(forward, name="a"), replace(backward, name="b"))
    x, lengths = rng.normal(size=(4, 5, 3)), np.array([5, 3, 1, 4])
    y = Network([both], "many-to-many").run(x, lengths)
    for row, length in enumerate(lengths):
        part = x[row : row + 1, :length]
        there = Network([forward], "many-to-many").run(part)[0]
        back = Network([backward], "many-to-many").run(part[:, ::-1])[0, ::-1]
        np.testing.assert_allclose(y[row, :length], np.concatenate([there, back], axis=1), rtol=1e-13)
        final = Network([both], "many-to-one").run(part)[0]
        np.testing.assert_allclose(final, [*there[-1], *back[0]], rtol=1e-13)
        late = Network([both], "many-to-one", reading="last-step").run(part)[0]
        np.testing.assert_allclose(late, [*there[-1], *back[-1]], rtol=1e-13)


def test_padding_never_reaches_an_answer():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        net = random_network(rng, kinds=KINDS, mode=("many-to-one", "many-to-many")[seed % 2])
        x, lengths = random_batch(rng, net, 4, 6), [2, 6, 1, 4]
        other = np.where(np.arange(6)[:, None] < np.reshape(lengths, (4, 1, 1)), x, 1e3)
        mine, theirs = (net.run(values, lengths, return_state=True) for values in (x, other))
        assert (mine[0] == theirs[0]).all()
        assert (mine[1] == theirs[1]).all()


def test_hard_curves():
    z = np.array([-9.0, -3.0, -2.5, -1.5, 0.0, 0.6, 2.5, 3.0, 9.0])
    np.testing.assert_allclose(hard_sigmoid(z), [0, 0, 0.5 - 2.5 / 6, 0.25, 0.5, 0.6, 0.5 + 2.5 / 6, 1, 1], atol=1e-15)
    np.testing.assert_allclose(hard_sigmoid_fifth(z), [0, 0, 0, 0.2, 0.5, 0.62, 1, 1, 1], atol=1e-15)
    assert hard_tanh(z).tolist() == [-1, -1, -1, -1, 0, 0.6, 1, 1, 1]


def test_argmax_takes_the_first_of_equals():
    layers = [RNN([[1.0]], [[0.0]], [0.0]), Dense([[1.0], [1.0], [-1.0]], np.zeros(3))]
    net = Network(layers, "many-to-many", head="argmax")
    assert net.run([[[1.0], [-1.0], [0.0]]])[0, :, 0].tolist() == [0, 2, 0]
    assert (net.output_size, net.result_size) == (1, 3)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (np.zeros((2, 5)), "initial_state must have shape (3, 6) = (sequences, elements of the state), not (2, 5)"),
        (np.zeros(6), "initial_state must have shape (3, 6) = (sequences, elements of the state), not (6,)"),
        (np.full((3, 6), np.nan), "initial_state must be finite, but holds NaN or infinity at [0, 0]"),
        (np.zeros((3, 6), bool), "initial_state must hold real numbers, not dtype bool"),
        ([[1], [2, 3]], "initial_state must be a regular array, not rows of different lengths"),
    ],
)
def test_states_that_are_refused(state, message):
    net = Network([LSTM(np.ones((12, 2)), np.ones((12, 3)), np.ones(12))], "many-to-one")
    with pytest.raises(RnnhwError) as caught:
        net.run(np.zeros((3, 4, 2)), initial_state=state)
    assert str(caught.value) == message


def test_one_step_modes_refuse_more():
    net = Network([RNN([[1.0]], [[1.0]], [0.0])], "one-to-one")
    with pytest.raises(RnnhwError, match=r"^x must have one step a sequence \(second axis\) in this mode, not 2$"):
        net.run(np.zeros((3, 2, 1)))
