"""Gradients of all weights against torch.autograd, in full and truncated."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.analysis.bptt import Pass
from rnnhw.errors import RnnhwError
from rnnhw.network import RNN, Network
from tests.networks import KINDS, random_batch, random_lengths, random_network

torch = pytest.importorskip("torch")
from tests.analysis.bptt import autograd  # noqa: E402


def drawn(seed, mode, classes, **options):
    rng = np.random.default_rng(seed)
    options.setdefault("outputs", ([3], [5, 3], [2, 4])[seed % 3])
    options.setdefault("hidden", [3, 2, 4][: 1 + seed % 3])
    net = random_network(rng, kinds=options.pop("kinds", KINDS), largest=6, mode=mode, head="none", **options)
    last = replace(net.layers[-1], activation="linear")  # a relu there may be dead
    net = replace(net, layers=(*net.layers[:-1], last) if seed % 2 else net.recurrents)
    x, lengths = random_batch(rng, net, 4, 7), random_lengths(rng, 4, 7)
    shape = (4,) if mode == "many-to-one" else (4, 7)
    if classes:
        return net, x, lengths, rng.integers(0, net.result_size, shape)
    return net, x, lengths, rng.normal(size=(*shape, net.result_size))


def same(net, x, lengths, y, truncation=None):
    done = Pass(net, x, lengths, y)
    loss, wanted = autograd.gradients(net, x, lengths, y, truncation)
    found = done.gradients(truncation)
    assert done.loss == pytest.approx(loss, rel=1e-12)
    assert found.keys() == wanted.keys()
    assert any(gradient.any() for name, gradient in wanted.items() if name.startswith(net.cells[0].name))
    for name in wanted:
        scale = max(1e-3, abs(wanted[name]).max())
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9, atol=1e-12 * scale, err_msg=name)
    return found


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_full(mode, classes, seed):
    same(*drawn(seed, mode, classes))


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("truncation", [1, 2, 3, 6, 7])
def test_truncated(mode, truncation):
    same(*drawn(20 + truncation, mode, False), truncation)


def test_a_clip():
    net, *rest = drawn(3, "many-to-many", False, kinds=("gru", "gru-before", "rnn-tanh"))
    same(Network(net.layers, net.mode, clip=0.6), *rest)


def test_truncation_loses_something():
    """Control: detaching changes the gradients, and not at all if no step is left out."""
    net, x, lengths, y = drawn(1, "many-to-many", False, kinds=("lstm",))
    done = Pass(net, x, lengths, y)
    full, cut, whole = done.gradients(), done.gradients(2), done.gradients(7)
    assert abs(full["lstm0.weight_hh"] - cut["lstm0.weight_hh"]).max() > 1e-4
    for name in full:
        np.testing.assert_array_equal(full[name], whole[name])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(3, dtype=int), r"y must hold one class an answer, shape \(4,\), not \(3,\)"),
        (np.full(4, 9), r"y must hold classes in 0..2, not 9..9"),
        (np.zeros((4, 2)), r"y must have shape \(4, 3\), the network's answers, not \(4, 2\)"),
        (np.full((4, 3), np.nan), "y must be finite, but holds NaN or infinity"),
        (np.array(["a"] * 4), "y must hold integers .classes. or real numbers, not dtype <U1"),
    ],
)
def test_targets_that_do_not_suit(y, message):
    net, x, lengths, _ = drawn(1, "many-to-one", False, kinds=("gru",), outputs=[3])
    with pytest.raises(RnnhwError, match=f"^{message}$"):
        Pass(net, x, lengths, y)


def test_targets_of_a_classifier_and_of_one_output():
    net, x, lengths, _ = drawn(1, "many-to-one", False, kinds=("gru",), outputs=[3])
    with pytest.raises(
        RnnhwError, match=r"^y must hold integers, the classes, for a network with head softmax, not fl"
    ):
        Pass(Network(net.layers, net.mode, head="softmax"), x, lengths, np.zeros((4, 3)))
    net, x, lengths, y = drawn(1, "many-to-one", False, kinds=("gru",), outputs=[1])
    assert Pass(net, x, lengths, y).loss == Pass(net, x, lengths, y[:, 0]).loss
    with pytest.raises(
        RnnhwError, match=r"^y must hold classes in 0..0, not 1..1; targets of a regression are floats$"
    ):
        Pass(net, x, lengths, np.ones(4, dtype=int))


def test_padding_of_targets_counts_nothing():
    net, x, lengths, y = drawn(4, "many-to-many", True)
    padded = np.where(np.arange(7) < lengths[:, None], y, -1)
    assert Pass(net, x, lengths, y).loss == Pass(net, x, lengths, padded).loss


def test_gradients_out_of_range_are_refused():
    net = Network([RNN(np.ones((1, 1)), np.full((1, 1), 1e30), np.zeros(1), "relu", "big")], "many-to-one")
    done = Pass(net, np.ones((1, 8, 1)), None, np.zeros((1, 1)))
    with pytest.raises(RnnhwError, match=r"^the gradient of big.weight_ih leaves the range of floats: it explodes$"):
        done.gradients()
