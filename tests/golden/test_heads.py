"""Heads, modes and curves: what leaves the network besides its last layer's outputs."""

import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import RNN, Dense, Network
from rnnhw.quantize import quantize
from tests.networks import random_batch, random_lengths, random_network

assert rnnhw.golden


def make(mode: str = "many-to-many", seed: int = 0, **options):
    """A quantised network of five outputs, and raw inputs of 6 sequences of 4 steps."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=3, hidden=[4], outputs=[5], mode=mode, kinds=["gru"], **options)
    network = quantize(net, random_batch(rng, net, 8, 6))
    return network, network.input.from_float(random_batch(rng, net, 6, 4))


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-one", "many-to-many"])
def test_argmax_is_the_lowest_index_of_the_largest(mode):
    network, x_raw = make(mode, head="argmax")
    lengths = random_lengths(np.random.default_rng(3), 6, x_raw.shape[1])
    results = replace(network, head="none").run_raw(x_raw, lengths)
    answers = network.run_raw(x_raw, lengths)
    assert answers.shape == (*results.shape[:-1], 1)
    assert (network.output, network.output_size) == (QFormat(4, 0), 1)
    assert (network.result, network.layers[-1].output_size) == (QFormat(16, network.denses[-1].y.frac), 5)
    expected = [max(range(5), key=lambda k: (row[k], -k)) for row in results.reshape(-1, 5).tolist()]
    assert answers.reshape(-1).tolist() == expected
    assert (network.run(network.input.to_float(x_raw), lengths) == answers).all()


def test_argmax_of_equal_outputs():
    weights = np.array([[0.5], [1.0], [1.0], [-1.0]])
    cell = RNN([[1.0]], [[0.5]], [0.1], "tanh", "a")
    net = Network([cell, Dense(weights, np.zeros(4), "linear", "b")], "many-to-many", head="argmax")
    network = quantize(net, np.ones((1, 4, 1)))
    y = network.run(np.array([[[1.0], [-1.0], [-1.0]]]))
    assert y[0, :, 0].tolist() == [1.0, 3.0, 3.0]
    assert replace(network, layers=network.layers[:1]).run(np.ones((1, 2, 1))).tolist() == [[[0.0], [0.0]]]


@pytest.mark.parametrize(("outputs", "width"), [(1, 2), (2, 2), (3, 3), (4, 3), (5, 4), (256, 9), (257, 10)])
def test_formats_of_an_index(outputs, width):
    cell = RNN([[1.0]], [[0.5]], [0.1], "tanh", "a")
    dense = Dense(np.ones((outputs, 1)), np.zeros(outputs), "linear", "b")
    form = quantize(Network([cell, dense], "many-to-one", head="argmax"), np.ones((1, 4, 1))).output
    assert form == QFormat(width, 0)
    assert form.max_raw >= outputs - 1


def test_softmax_is_asked_for_all_answers(monkeypatch):
    network, x_raw = make(head="softmax")
    assert network.output == QFormat(9, 8)
    asked = []
    stand_in = ModuleType("rnnhw.golden.softmax")
    stand_in.softmax_raw = lambda y_raw, form, bits: asked.append((y_raw, form, bits)) or y_raw + 1
    monkeypatch.setitem(sys.modules, "rnnhw.golden.softmax", stand_in)
    lengths = [4, 2, 1, 4, 3, 4]
    results = replace(network, head="none").run_raw(x_raw, lengths)
    answers = network.run_raw(x_raw, lengths)
    ((y_raw, form, bits),) = asked
    assert (form, bits) == (network.result, 8)
    valid = np.arange(4) < np.array(lengths)[:, None]
    assert (y_raw[valid] == results[valid]).all()
    assert (answers[valid] == results[valid] + 1).all()
    assert not answers[~valid].any()


@pytest.mark.parametrize("mode", ["one-to-one", "one-to-many"])
def test_modes_of_one_input_step_refuse_more(mode):
    rng = np.random.default_rng(0)
    net = random_network(rng, inputs=2, hidden=[3], outputs=[2], mode=mode, kinds=["gru"], head="none")
    network = quantize(net, random_batch(rng, net, 4, 1))
    with pytest.raises(RnnhwError) as caught:
        network.run_raw(np.zeros((2, 3, 2), np.int64))
    assert str(caught.value) == "x must have one step a sequence (second axis) in this mode, not 3"


def test_the_trace_of_one_to_many_holds_what_was_fed_back():
    rng = np.random.default_rng(1)
    net = random_network(
        rng, inputs=2, hidden=[3, 2], outputs=[4, 2], mode="one-to-many", kinds=["lstm"], steps=4, head="none"
    )
    network = quantize(net, random_batch(rng, net, 4, 1))
    x_raw = network.input.from_float(random_batch(rng, net, 3, 1))
    y_raw, trace = network.run_raw(x_raw, trace=True)
    fed = trace.signals["input"]["x"]
    assert fed.shape == (3, 4, 2)
    assert (fed[:, :1] == x_raw).all()
    assert (fed[:, 1:] == network.input.from_float(network.result.to_float(y_raw[:, :-1]))).all()
    assert (trace.signals["fc1"]["y"] == y_raw).all()
    assert trace.signals["lstm1"]["h"].shape == (3, 4, 2)
    assert trace.samples["input", "x"] == 3 * 3 * 2
    _, trace = network.run(network.input.to_float(x_raw), trace=True)
    assert trace.samples["input", "x"] == 3 * 4 * 2


@pytest.mark.parametrize(("sigmoid", "tanh"), [("hard", "tanh"), ("logistic", "hard"), ("hard-0.2", "hard")])
def test_curves_are_those_of_the_network(sigmoid, tanh):
    network, x_raw = make(sigmoid=sigmoid, tanh=tanh, head="none")
    assert (network.sigmoid, network.tanh) == (sigmoid, tanh)
    _, trace = network.run_raw(x_raw, trace=True)
    signals = trace.signals["gru0"]
    assert (signals["r"] == network.table.sigmoid(signals["z_r"])).all()
    assert (signals["n"] == network.table.tanh(signals["z_n"])).all()
    smooth = replace(network, sigmoid="logistic", tanh="tanh")
    assert (smooth.run_raw(x_raw) != network.run_raw(x_raw)).any()


def test_long_batches_are_worked_off_in_blocks(monkeypatch):
    network, x_raw = make(head="none")
    whole = network.run_raw(x_raw)
    for elements in (1, 6 * 12 * 3):
        monkeypatch.setattr("rnnhw.golden.cell.BLOCK_ELEMENTS", elements)
        assert (network.run_raw(x_raw) == whole).all()
