"""The float reference against a slow scalar one, against numbers worked out by hand, and its masks."""

import math
from itertools import pairwise

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.network import LSTM, Dense, Network, check_batch
from rnnhw.network.curves import sigmoid
from tests.network.slow_network import slow_run


def make_network(mode, sizes=(3, 4, 2), heads=((5, "relu"), (2, "linear")), seed=7):
    rng = np.random.default_rng(seed)
    layers = []
    for k, (inputs, hidden) in enumerate(pairwise(sizes)):
        shapes = ((4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,))
        layers.append(LSTM(*(rng.normal(size=shape) for shape in shapes), f"lstm{k}"))
    inputs = sizes[-1]
    for k, (outputs, activation) in enumerate(heads):
        layers.append(Dense(rng.normal(size=(outputs, inputs)), rng.normal(size=outputs), activation, f"dense{k}"))
        inputs = outputs
    return Network(layers, mode)


def test_one_unit_by_hand():
    # weights only where wanted: z_i = x, z_f = 0, z_g = 2x, z_o = h, all else 0
    layer = LSTM([[1], [0], [2], [0]], [[0], [0], [0], [1]], [0, 0, 0, 0])
    y = Network([layer], "many-to-many").run([[[1.0], [-0.5]]])
    c1 = 0.7310585786300049 * 0.9640275800758169  # sigmoid(1) tanh(2)
    h1 = 0.5 * math.tanh(c1)
    c2 = 0.5 * c1 + 0.3775406687981454 * -0.7615941559557649  # sigmoid(-0.5) tanh(-1)
    h2 = math.tanh(c2) / (1 + math.exp(-h1))
    np.testing.assert_allclose(y[0, :, 0], [h1, h2], rtol=1e-14)


def test_gate_order_is_i_f_g_o():
    # a gate that is forced shut or open by its bias has the effect that its place says
    def c_and_h(bias, x=(1.0, 0.0)):
        layer = LSTM([[0], [0], [3], [0]], np.zeros((4, 1)), bias)
        _, trace = Network([layer], "many-to-many").run(np.reshape(x, (1, 2, 1)), trace=True)
        return trace["lstm0"]["c"][0, :, 0], trace["lstm0"]["h"][0, :, 0]

    c, _ = c_and_h([-50, 50, 0, 50])  # input gate shut: nothing gets in
    assert np.abs(c).max() < 1e-20
    c, _ = c_and_h([50, -50, 0, 50])  # forget gate shut: step 2 has lost step 1
    assert c[0] == pytest.approx(math.tanh(3))
    assert abs(c[1]) < 1e-20
    c, _ = c_and_h([50, 50, 0, 50])  # forget gate open: kept
    assert c[1] == pytest.approx(c[0])
    c, h = c_and_h([50, 50, 0, -50])  # output gate shut: nothing gets out
    assert c[0] > 0.9
    assert np.abs(h).max() < 1e-20


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 4, 2), (2, 5, 5, 3)])
def test_against_the_slow_one(mode, sizes):
    net = make_network(mode, sizes)
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 7, sizes[0]))
    lengths = np.array([7, 1, 3, 7, 2, 6])
    y = net.run(x, lengths)
    full = net.run(x)
    for sequence, (answer, whole, length) in enumerate(zip(y, full, lengths, strict=True)):
        for mine, part in ((answer, x[sequence, :length]), (whole, x[sequence])):
            expected, _, _ = slow_run(net, part.tolist(), [0.0] * net.state_size)
            if mode == "many-to-one":
                np.testing.assert_allclose(mine, expected[0], rtol=1e-11, atol=1e-13)
            else:
                np.testing.assert_allclose(mine[: len(part)], expected, rtol=1e-11, atol=1e-13)
                assert (mine[len(part) :] == 0).all()


def test_padding_never_reaches_an_answer():
    rng = np.random.default_rng(5)
    x, lengths = rng.normal(size=(4, 6, 3)), [2, 6, 1, 4]
    other = np.where(np.arange(6)[:, None] < np.reshape(lengths, (4, 1, 1)), x, 1e3)
    assert (other != x).any()
    for mode in ("many-to-one", "many-to-many"):
        assert (make_network(mode).run(x, lengths) == make_network(mode).run(other, lengths)).all()


def test_trace():
    net = make_network("many-to-many")
    rng = np.random.default_rng(9)
    x, lengths = rng.normal(size=(3, 5, 3)), np.array([5, 2, 3])
    y, trace = net.run(x, lengths, trace=True)
    assert (y == net.run(x, lengths)).all()
    assert list(trace) == ["mask", "lstm0", "lstm1", "dense0", "dense1"]
    mask = trace["mask"]
    assert mask.dtype == bool
    assert mask.sum(axis=1).tolist() == [5, 2, 3]
    assert mask[1].tolist() == [1, 1, 0, 0, 0]
    assert set(trace["lstm0"]) == {"x", "h", "c", "z_i", "z_f", "z_g", "z_o"}
    for sequence, length in enumerate(lengths):
        _, _, slow = slow_run(net, x[sequence, :length].tolist(), [0.0] * net.state_size)
        for name in ("lstm0", "lstm1"):
            for key, array in trace[name].items():
                expected = [step[key] for step in slow[name]]
                np.testing.assert_allclose(array[sequence, :length], expected, rtol=1e-11, atol=1e-13)
                assert (array[sequence, length:] == 0).all()
    assert (trace["lstm1"]["x"] == trace["lstm0"]["h"]).all()
    assert (trace["dense0"]["x"] == trace["lstm1"]["h"]).all()
    assert trace["dense0"]["y"].min() < 0
    assert trace["dense0"]["y"].shape == (3, 5, 5)
    assert (trace["dense1"]["x"][mask] == np.maximum(trace["dense0"]["y"], 0)[mask]).all()
    assert (trace["dense1"]["y"] == y).all()


def test_trace_of_many_to_one_has_the_heads_at_the_last_step():
    net = make_network("many-to-one")
    rng = np.random.default_rng(9)
    lengths = np.array([5, 2, 3])
    y, trace = net.run(rng.normal(size=(3, 5, 3)), lengths, trace=True)
    assert (trace["dense0"]["x"] == trace["lstm1"]["h"][np.arange(3), lengths - 1]).all()
    assert trace["dense0"]["y"].shape == (3, 5)
    assert (trace["dense1"]["y"] == y).all()


def test_sigmoid_is_stable_and_accurate():
    z = np.array([-1000.0, -700.0, -30.0, -1.0, 0.0, 1.0, 30.0, 1000.0])
    expected = [0.0, math.exp(-700), math.exp(-30) / (1 + math.exp(-30)), 1 / (1 + math.e), 0.5]
    expected += [math.e / (1 + math.e), 1 / (1 + math.exp(-30)), 1.0]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=1e-15)


X = np.zeros((2, 3, 4))


@pytest.mark.parametrize(
    ("x", "lengths", "message"),
    [
        (X[0], None, "x must have 3 axes (sequences, steps, inputs), not shape (3, 4)"),
        (X[:0], None, "x must hold at least one sequence and one step, not shape (0, 3, 4)"),
        (X[:, :0], None, "x must hold at least one sequence and one step, not shape (2, 0, 4)"),
        (X[..., :3], None, "x must have 4 inputs a step (last axis), not 3"),
        (X + np.nan, None, "x must be finite, but holds NaN or infinity at [0, 0, 0]"),
        (X.astype(str), None, "x must hold real numbers, not dtype <U32"),
        (X > 0, None, "x must hold real numbers, not dtype bool"),
        ([[[1]], [[1], [2]]], None, "x must be a regular array; pad the sequences and give their lengths"),
        (X, [1, 4], "lengths[1] must be in 1..3, not 4"),
        (X, [0, 3], "lengths[0] must be in 1..3, not 0"),
        (X, [1.0, 2.0], "lengths must be ints, not dtype float64"),
        (X, [1, 2, 3], "lengths must have shape (2,), one a sequence, not (3,)"),
        (X, 3, "lengths must have shape (2,), one a sequence, not ()"),
        (X, [[1], [1, 2]], "lengths must be a regular array, one int a sequence"),
    ],
)
def test_batch_refuses(x, lengths, message):
    with pytest.raises(RnnhwError) as caught:
        check_batch(x, lengths, 4)
    assert str(caught.value) == message


def test_batch_accepts_integers_lists_and_no_lengths():
    x, lengths = check_batch([[[1, 2], [3, 4]]], None, 2)
    assert x.dtype == np.float64
    assert x.tolist() == [[[1, 2], [3, 4]]]
    assert lengths.dtype == np.int64
    assert lengths.tolist() == [2]
    _, lengths = check_batch(X, np.array([3, 1], dtype=np.uint8), 4)
    assert lengths.tolist() == [3, 1]


def test_run_checks_its_batch():
    with pytest.raises(RnnhwError, match=r"^x must have 3 inputs a step \(last axis\), not 4$"):
        make_network("many-to-one").run(X)
