"""A clip of the pre-activations: the float reference, files, and the cells that it does not suit."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.network import GRU, LSTM, RNN, Network, save
from tests.network.slow_network import slow_run
from tests.networks import random_network

KINDS = [("gru",), ("gru-before",), ("rnn-tanh",), ("gru", "rnn-tanh")]


def make(kinds, clip=0.4, **options):
    rng = np.random.default_rng(len(kinds) + 4)
    plain = {"head": "none", "sigmoid": "logistic", "tanh": "tanh"} | options
    net = random_network(rng, inputs=3, hidden=[4] * 2, outputs=[2], mode="many-to-many", kinds=kinds, **plain)
    return replace(net, clip=clip)


@pytest.mark.parametrize("sigmoid", ["logistic", "hard"])
@pytest.mark.parametrize("kinds", KINDS, ids="+".join)
def test_reference(kinds, sigmoid):
    net = make(kinds, sigmoid=sigmoid)
    x = np.random.default_rng(1).normal(size=(2, 4, 3)) * 2
    y = net.run(x)
    for sequence, answers in zip(x, y, strict=True):
        expected, _, _ = slow_run(net, sequence.tolist(), net.initial.tolist())
        np.testing.assert_allclose(answers, expected, rtol=1e-12, atol=1e-13)
    assert np.abs(replace(net, clip=None).run(x) - y).max() > 0.01  # control: it matters


def test_files_and_words(tmp_path):
    net = make(("gru",), clip=1)
    assert (type(net.clip), net.options["clip"]) == (float, 1.0)
    assert repr(net).endswith("clip 1>")
    save(net, tmp_path / "net.safetensors")
    again = load(tmp_path / "net.safetensors")
    assert (again.layers, again.options) == (net.layers, net.options)


def cell(make_cell, **more):
    gates, one = len(make_cell.gates), np.ones
    arrays = {"weight_ih": one((gates * 2, 3)), "weight_hh": one((gates * 2, 2)), "bias": one(gates * 2)}
    return make_cell(**arrays, **({"bias_hn": one(2)} if make_cell is GRU else {}), **more)


@pytest.mark.parametrize(
    ("layer", "clip", "message"),
    [
        (cell(GRU), 0.0, "clip must be a finite number above 0, not 0.0"),
        (cell(GRU), -1, "clip must be a finite number above 0, not -1"),
        (cell(GRU), float("inf"), "clip must be a finite number above 0, not inf"),
        (cell(GRU), float("nan"), "clip must be a finite number above 0, not nan"),
        (cell(LSTM), 1.0, "clip has no place with LSTM 'lstm0', whose cell state passes the same tanh"),
        (cell(RNN, activation="relu"), 1.0, "clip has no place with RNN 'rnn0', whose activation is relu"),
    ],
)
def test_refused(layer, clip, message):
    with pytest.raises(RnnhwError) as caught:
        Network([layer], "many-to-one", clip=clip)
    assert str(caught.value) == message


@pytest.mark.parametrize("clip", ["1", True, [1.0]])
def test_kinds(clip):
    with pytest.raises(TypeError, match=f"^clip must be a number, not {type(clip).__name__}$"):
        Network([cell(GRU)], "many-to-one", clip=clip)
