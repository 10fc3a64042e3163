"""How good the integers are: the float reference judges them, with the bounds that their formats imply."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_network

from .near_model import NearModel
from .two_ways import two_ways

SHAPES = ("one-to-one", "many-to-one", "many-to-many")
HIDDEN = ([3], [4, 3], [2, 3, 2])

assert rnnhw.golden


def excess(net, network, x: np.ndarray) -> tuple[float, float]:
    """The largest ratio of golden's error to its bound, in all h and all answers, and the median bound."""
    model = NearModel(net, network)
    near = model.answer(x)
    assert np.allclose(near.value, net.run(x), rtol=0, atol=1e-12)
    y, trace = network.run(x, trace=True)
    found = [(y, near)]
    for cell in network.cells:
        found.append((cell.h.to_float(trace.signals[cell.name]["h"]), model.h[cell.name]))
    ratio = max(float((np.abs(golden - exact.value) / exact.error).max()) for golden, exact in found)
    return ratio, float(np.median(np.concatenate([exact.error.reshape(-1) for _, exact in found])))


def check(net, x: np.ndarray, **options) -> None:
    """16 bits are within the bound everywhere, and the bound is worth something."""
    ratio, bound = excess(net, quantize(net, x, weight_bits=16, activation_bits=16, **options), x)
    assert ratio <= 1
    assert bound < 2.0**-6  # values are of the order of one


@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
@pytest.mark.parametrize("kind", CELLS)
def test_sixteen_bits_one_direction(kind, hidden, mode):
    rng = np.random.default_rng(len(hidden) + 10 * CELLS.index(kind))
    net = random_network(rng, kinds=[kind], hidden=hidden, mode=mode, largest=4, head="none")
    check(net, random_batch(rng, net, 20, 3), per_gate=bool(len(hidden) % 2))


@pytest.mark.parametrize("reading", ["final", "last-step"])
@pytest.mark.parametrize("mode", SHAPES)
@pytest.mark.parametrize("sizes", [((3, 3),), ((3, 2), (2, 4))], ids=str)
@pytest.mark.parametrize("kind", CELLS)
def test_sixteen_bits_both_directions(kind, sizes, mode, reading):
    rng = np.random.default_rng(CELLS.index(kind))
    net = two_ways(rng, kind, mode, sizes, reading=reading)
    check(net, random_batch(rng, net, 20, 3))


@pytest.mark.parametrize("sigmoid", ["logistic", "hard", "hard-0.2"])
@pytest.mark.parametrize("tanh", ["tanh", "hard"])
@pytest.mark.parametrize("kind", ["lstm", "gru", "gru-before", "rnn-tanh"])
def test_hard_curves(kind, sigmoid, tanh):
    rng = np.random.default_rng(CELLS.index(kind))
    net = random_network(
        rng, kinds=[kind], hidden=[4], mode="many-to-many", largest=4, head="none", sigmoid=sigmoid, tanh=tanh
    )
    check(net, random_batch(rng, net, 20, 3))


@pytest.mark.parametrize("bits", range(4, 17))
def test_the_bound_holds_for_every_width(bits):
    for seed, kind in enumerate(CELLS):
        rng = np.random.default_rng(100 * bits + seed)
        net = random_network(rng, kinds=[kind], mode="many-to-many", largest=4, head="none")
        x = random_batch(rng, net, 10, 3)
        network = quantize(net, x, weight_bits=int(rng.integers(2, 17)), activation_bits=bits)
        assert excess(net, network, x)[0] <= 1, kind


@pytest.mark.parametrize("seed", range(12))
def test_the_bound_holds_for_mixed_widths(seed):
    """Every layer with widths of its own, what is between them rounded to the later one's."""
    rng = np.random.default_rng(seed)
    kinds = (*(kind for kind in CELLS if kind != "rnn-relu"), "reversed", "bidirectional")
    net = random_network(rng, kinds=kinds, hidden=[3, 3], outputs=[2, 2], mode="many-to-many", inputs=3, head="none")
    x = random_batch(rng, net, 10, 3)
    layers = {
        layer.name: {"weight_bits": int(rng.integers(2, 17)), "activation_bits": int(rng.integers(4, 17))}
        for layer in net.layers
    }
    network = quantize(net, x, layers=layers)
    assert any(before.output != layer.x for before, layer in pairwise(network.layers))
    assert excess(net, network, x)[0] <= 1


@pytest.mark.parametrize("key", ["bias_raw", "weight_ih_raw", "weight_hh_raw"])
@pytest.mark.parametrize("kind", CELLS)
def test_an_altered_number_is_outside_the_bound(kind, key):
    """The control: one number of the last row off by a quarter."""
    rng = np.random.default_rng(CELLS.index(kind))
    net = random_network(rng, inputs=1, kinds=[kind], hidden=[1], outputs=[], mode="many-to-many", head="none")
    x = np.abs(random_batch(rng, net, 20, 3)) + 1
    network = quantize(net, x, weight_bits=16, activation_bits=16)
    (cell,) = network.layers
    raw = getattr(cell, key).copy()
    frac = cell.accumulator_frac(-1) if key == "bias_raw" else getattr(cell, key.removesuffix("_raw"))[-1].frac
    raw[-1] = raw[-1] - np.sign(raw[-1]) * 2 ** (frac - 2)  # towards zero, so that it stays in its format
    assert excess(net, network, x)[0] <= 1
    assert excess(net, replace(network, layers=(replace(cell, **{key: raw}),)), x)[0] > 1


def mean_error(bits: int) -> float:
    """Mean over some networks of the largest error of h."""
    errors = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        kinds = [kind for kind in CELLS if kind != "rnn-relu"]
        net = random_network(rng, mode="many-to-many", kinds=kinds, head="none")
        x = random_batch(rng, net, 20, 12)
        _, float_trace = net.run(x, trace=True)
        network = quantize(net, x, weight_bits=bits, activation_bits=bits)
        _, trace = network.run(x, trace=True)
        for cell in network.cells:
            h = cell.h.to_float(trace.signals[cell.name]["h"])
            errors.append(np.abs(h - float_trace[cell.name]["h"]).max())
    return float(np.mean(errors))


def test_more_bits_are_better():
    measured = [mean_error(bits) for bits in (6, 8, 10, 12)]
    assert all(more < less / 2 for less, more in pairwise(measured))


@pytest.mark.parametrize("kind", CELLS)
def test_one_to_many_stays_close_to_float(kind):
    """What is fed back carries its error on; the first answers are within the bound of one step."""
    rng = np.random.default_rng(7)
    net = random_network(rng, inputs=3, kinds=[kind], hidden=[4], outputs=[3], mode="one-to-many", steps=8)
    x = random_batch(rng, net, 20, 1)
    network = quantize(net, x, weight_bits=16, activation_bits=16)
    exact, golden = net.run(x), network.run(x)
    assert golden.shape == exact.shape == (20, 8, 3)
    first = NearModel(replace(net, mode="many-to-many", steps=None), network).answer(x)
    assert (np.abs(golden[:, :1] - first.value) <= first.error).all()
    assert np.abs(golden - exact).max() < 2.0**-8 * np.abs(exact).max()


def test_gates_of_random_networks_are_neither_saturated_nor_flat():
    """What makes the random networks of these tests worth running."""
    values = {gate: [] for gate in "ifgo"}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        net = random_network(rng)
        _, trace = net.run(random_batch(rng, net, 10, 8), trace=True)
        for layer in (layer for layer in net.layers if layer.kind == "lstm"):
            assert np.abs(layer.bias).min() > 0
            for gate in "ifgo":
                values[gate].extend(trace[layer.name][f"z_{gate}"].reshape(-1).tolist())
    for gate, z in values.items():
        assert 0.7 < np.std(z) < 2.5, gate
        assert np.mean(np.abs(z) > 6) < 0.01, gate
