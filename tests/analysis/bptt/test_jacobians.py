"""Jacobians against torch.autograd: of each step, of products, of every kind of cell, in stacks and both directions."""

import numpy as np
import pytest

from rnnhw.analysis import FRAMEWORKS, Architecture, initial_network
from rnnhw.analysis.bptt import products, read_tapes, step_jacobians
from rnnhw.errors import RnnhwError
from rnnhw.network import Network
from tests.networks import CELLS, KINDS, random_batch, random_lengths, random_network

torch = pytest.importorskip("torch")
from tests.analysis.bptt import autograd  # noqa: E402

CLOSE = {"rtol": 1e-10, "atol": 1e-13}


def states(net, cell, trace):
    """State before and input of each step of a cell, by time: (sequences, steps, ...)."""
    trace = trace[cell.name]
    return trace["x"], np.concatenate([trace[key] for key in ("h", "c")[: len(cell.initial_fields)]], axis=2)


def in_order(net, lengths, trace):
    """Cell by cell and sequence by sequence: the name, the times in the cell's own order, inputs and states before."""
    for layer in net.recurrents:
        for cell, backward in zip(layer.cells, layer.backwards, strict=True):
            x, after = states(net, cell, trace)
            for n, length in enumerate(lengths.tolist()):
                times = list(reversed(range(length)) if backward else range(length))
                before = np.concatenate([cell.initial[None], after[n, times[:-1]]])
                yield cell, n, times, x[n, times], before


def drawn(seed, kinds, **options):
    rng = np.random.default_rng(seed)
    net = random_network(rng, kinds=kinds, largest=6, mode=str(rng.choice(["many-to-one", "many-to-many"])), **options)
    x, lengths = random_batch(rng, net, 3, 7), random_lengths(rng, 3, 7)
    return net, x, lengths


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("curves", ["true", "hard"])
def test_each_step_is_autograds(kind, curves):
    options = {} if curves == "true" else {"sigmoid": "hard", "tanh": "hard"}
    check_steps(*drawn(11, (kind,), **options))


@pytest.mark.parametrize("seed", range(8))
def test_each_step_of_stacks_and_both_directions(seed):
    check_steps(*drawn(seed, KINDS))


@pytest.mark.parametrize("kind", ["gru", "gru-before", "rnn-tanh"])
def test_each_step_with_a_clip(kind):
    net, x, lengths = drawn(3, (kind,), sigmoid="logistic", tanh="tanh")
    check_steps(Network(net.layers, net.mode, clip=0.7), x, lengths)


def check_steps(net, x, lengths):
    found = step_jacobians(net, x, lengths)
    _, trace = net.run(x, lengths, trace=True)
    count = 0
    for cell, n, times, xs, before in in_order(net, lengths, trace):
        for at, t in enumerate(times):
            wanted = autograd.jacobian(net, cell, xs[at : at + 1], before[at])
            np.testing.assert_allclose(found[cell.name][n, t], wanted, **CLOSE)
            count += 1
        assert (found[cell.name][n, len(times) :] == np.eye(cell.state_size)).all()
    assert count == lengths.sum() * len(net.cells)


@pytest.mark.parametrize("kind", KINDS)
def test_products_are_autograds(kind):
    net, x, lengths = drawn(5, (kind, *CELLS) if kind in KINDS[-2:] else (kind,))
    _, trace = net.run(x, lengths, trace=True)
    found = {tape.name: list(products(tape)) for tape in read_tapes(net, trace)}
    for cell, n, times, xs, before in in_order(net, lengths, trace):
        for lag in range(1, len(times) + 1):
            wanted = autograd.jacobian(net, cell, xs[-lag:], before[-lag])
            scaled, log = found[cell.name][lag - 1]
            np.testing.assert_allclose(scaled[n] * np.exp(log[n]), wanted, rtol=1e-9, atol=1e-12 * abs(wanted).max())
        assert all(np.isnan(log[n]) for _, log in found[cell.name][len(times) :])


@pytest.mark.parametrize(("kind", "layer"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn-tanh", "RNN")])
def test_the_whole_product_is_that_of_torchs_own_layer(kind, layer):
    """Of torch's kernels, of which nothing here was written: d(h_n, c_n) / d(h_0, c_0)."""
    net, x, _ = drawn(8, (kind,), hidden=[5], sigmoid="logistic", tanh="tanh")
    (cell,) = net.cells
    theirs = getattr(torch.nn, layer)(cell.input_size, 5, batch_first=True, dtype=torch.float64)
    second = np.zeros(len(cell.bias))
    if kind == "gru":
        second[10:] = cell.bias_hn
    for name, value in zip(theirs.state_dict(), (cell.weight_ih, cell.weight_hh, cell.bias, second), strict=True):
        theirs.get_parameter(name).data = torch.tensor(value)

    def run(*state):
        state = tuple(part[:, None].contiguous() for part in state)
        last = theirs(torch.tensor(x[:1]), state if kind == "lstm" else state[0])[1]
        return tuple(part[0, 0] for part in last) if kind == "lstm" else last[0, 0]

    initial = tuple(torch.tensor(part)[None] for part in np.split(cell.initial, len(cell.initial_fields)))
    parts = torch.autograd.functional.jacobian(run, initial)
    parts = parts if kind == "lstm" else (parts,)
    wanted = np.concatenate([np.concatenate([block.numpy()[:, 0] for block in row], axis=1) for row in parts])
    _, trace = net.run(x, trace=True)
    *_, (scaled, log) = products(read_tapes(net, trace)[0])
    np.testing.assert_allclose(scaled[0] * np.exp(log[0]), wanted, rtol=1e-9, atol=1e-12 * abs(wanted).max())


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"])
def test_products_of_larger_networks(kind):
    """Two layers of 32 units over 40 steps: relative differences of a few units of rounding."""
    cell, _, variant = kind.partition("-")
    options = {"reset_after": variant != "before"} if cell == "gru" else {"activation": variant} if variant else {}
    rng = np.random.default_rng(0)
    for framework in FRAMEWORKS:
        net = initial_network(Architecture(cell=cell, inputs=3, hidden=32, layers=2, **options), framework=framework)
        _, trace = net.run(rng.normal(size=(1, 40, 3)), trace=True)
        for tape in read_tapes(net, trace):
            x, after = states(net, tape.cell, trace)
            found = list(products(tape))
            for lag in (1, 20, 39):
                scaled, log = found[lag - 1]
                wanted = autograd.jacobian(net, tape.cell, x[0, -lag:], after[0, -lag - 1])
                assert np.linalg.norm(scaled[0] * np.exp(log[0]) - wanted) < 1e-14 * np.linalg.norm(wanted)


def test_holding_c_fixed_is_another_derivative():
    """Control: the product of an LSTM's blocks of h is not the block of the product, by far more than any rounding."""
    net, x, _ = drawn(2, ("lstm",), hidden=[4], sigmoid="logistic", tanh="tanh")
    steps = step_jacobians(net, x)["lstm0"][0]
    whole = np.linalg.multi_dot(steps[::-1])[:4, :4]
    of_blocks = np.linalg.multi_dot(steps[::-1, :4, :4])
    assert abs(whole - of_blocks).max() > 0.1 * abs(whole).max()


def test_long_products_neither_underflow_nor_overflow():
    rng = np.random.default_rng(0)
    net, _, _ = drawn(4, ("rnn-relu",), hidden=[3])
    for factor, sign in ((1e-3, -1), (1e3, 1)):
        cell = type(net.cells[0])(np.ones((3, 1)), factor * np.eye(3), np.ones(3), "relu")
        net = Network([cell], "many-to-one")
        _, trace = net.run(np.abs(rng.normal(size=(1, 90, 1))), trace=True)
        logs = [log[0] for _, log in products(read_tapes(net, trace)[0])]
        np.testing.assert_allclose(np.diff(logs), np.log(factor), rtol=1e-12)
        assert sign * logs[-1] > 600


def test_a_dead_product_is_zero():
    net, _, _ = drawn(4, ("rnn-relu",), hidden=[3])
    cell = type(net.cells[0])(np.ones((3, 1)), np.eye(3), -np.ones(3), "relu")
    _, trace = Network([cell], "many-to-one").run(np.zeros((1, 4, 1)), trace=True)
    for scaled, log in products(read_tapes(Network([cell], "many-to-one"), trace)[0]):
        assert (scaled == 0).all()
        assert log == -np.inf


@pytest.mark.parametrize(
    ("mode", "why"), [("one-to-one", "a sequence has one step"), ("one-to-many", "answers are inputs")]
)
def test_other_modes_are_refused(mode, why):
    rng = np.random.default_rng(0)
    net = random_network(rng, kinds=("gru",), mode=mode)
    with pytest.raises(RnnhwError, match=f"^mode must be many-to-one or many-to-many here, not {mode}, where {why}$"):
        step_jacobians(net, np.zeros((1, 1, net.input_size)))


def test_states_out_of_range_are_refused():
    from rnnhw.network import RNN

    net = Network([RNN(np.ones((1, 1)), np.full((1, 1), 1e200), np.zeros(1), "relu", "big")], "many-to-one")
    with pytest.raises(RnnhwError, match=r"^values of layer big leave the range of floats: its weights are too large$"):
        step_jacobians(net, np.ones((1, 5, 1)))
