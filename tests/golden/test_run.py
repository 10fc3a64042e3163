"""What a run keeps apart and refuses: sequences, padding, modes, trace; and that one bit matters."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.golden import Trace
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_network

assert rnnhw.golden

LSTM_NAMES = [*(f"{kind}{gate}" for gate in "ifgo" for kind in ("a_", "z_", "")), "c", "zc", "tc", "h"]


def make(mode: str, seed: int = 0, **options):
    """A quantised network of two LSTM and two dense layers, and raw inputs of 4 sequences of 6 steps."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=3, hidden=[5, 4], outputs=[6, 2], mode=mode)
    network = quantize(net, random_batch(rng, net, 8, 6), **options)
    return network, network.input.from_float(random_batch(rng, net, 4, 6))


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_trace_names_and_shapes(mode):
    network, x_raw = make(mode)
    y_raw, trace = network.run_raw(x_raw, [6, 2, 6, 1], trace=True)
    assert isinstance(trace, Trace)
    assert y_raw.dtype == np.int64
    assert y_raw.shape == ((4, 2) if mode == "many-to-one" else (4, 6, 2))
    units = {"input": 3, "lstm0": 5, "lstm1": 4, "fc0": 6, "fc1": 2}
    assert list(trace.signals) == list(units)
    for layer, signals in trace.signals.items():
        expected = LSTM_NAMES if layer.startswith("lstm") else ["a", "y"]
        assert sorted(signals) == sorted(["x"] if layer == "input" else expected)
        for array in signals.values():
            assert (array.shape, array.dtype) == ((4, 6, units[layer]), np.int64)
    assert (trace.signals["input"]["x"] == x_raw).all()
    last = trace.signals["fc1"]["y"][[0, 1, 2, 3], [5, 1, 5, 0]]
    assert (last == (y_raw if mode == "many-to-one" else y_raw[[0, 1, 2, 3], [5, 1, 5, 0]])).all()


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_padding_has_no_influence(mode):
    network, x_raw = make(mode)
    lengths = np.array([6, 2, 4, 1])
    other = x_raw.copy()
    padding = np.arange(6) >= lengths[:, None]
    other[padding] = network.input.max_raw
    assert (other != x_raw).any()
    y, trace = network.run_raw(x_raw, lengths, trace=True)
    y_other, trace_other = network.run_raw(other, lengths, trace=True)
    assert (y == y_other).all()
    assert trace.saturations == trace_other.saturations
    assert trace.samples == trace_other.samples
    for sequence, length in enumerate(lengths.tolist()):
        alone = network.run_raw(x_raw[sequence : sequence + 1, :length])
        together = y[sequence] if mode == "many-to-one" else y[sequence, :length]
        assert (alone[0] == together).all()
    if mode == "many-to-many":
        assert not y[padding].any()
        assert y[~padding].any()


def test_state_is_cleared_between_sequences_and_runs():
    network, x_raw = make("many-to-many")
    first = network.run_raw(x_raw)
    assert (network.run_raw(x_raw) == first).all()
    assert (network.run_raw(x_raw[::-1]) == first[::-1]).all()
    same = np.repeat(x_raw[:1], 3, axis=0)
    assert (network.run_raw(same) == first[:1]).all()
    assert (first[:, 0] != first[:, -1]).any()


def test_many_to_one_is_the_last_step_of_many_to_many():
    network, x_raw = make("many-to-many")
    lengths = np.array([6, 2, 4, 1])
    every = network.run_raw(x_raw, lengths)
    once = replace(network, mode="many-to-one").run_raw(x_raw, lengths)
    assert (once == every[np.arange(4), lengths - 1]).all()


def test_float_and_raw_runs_agree():
    network, x_raw = make("many-to-many")
    y = network.run(network.input.to_float(x_raw))
    assert y.dtype == np.float64
    assert (y == network.output.to_float(network.run_raw(x_raw))).all()
    assert (network.run_raw(x_raw.astype(np.int8)) == network.run_raw(x_raw)).all()


@pytest.mark.parametrize("key", ["weight_ih_raw", "weight_hh_raw", "bias_raw"])
@pytest.mark.parametrize("layer", [0, 1])
def test_one_altered_weight_bit_is_seen(layer, key):
    """The control of all comparisons with golden."""
    network, x_raw = make("many-to-many")
    raw = getattr(network.layers[layer], key).copy()
    raw.flat[0] ^= 1
    layers = list(network.layers)
    layers[layer] = replace(layers[layer], **{key: raw})
    altered = replace(network, layers=tuple(layers))
    _, trace = network.run_raw(x_raw, trace=True)
    _, other = altered.run_raw(x_raw, trace=True)
    name = network.layers[layer].name
    gate_i = trace.signals[name]["a_i"][..., 0]
    assert (gate_i[:, 1:] != other.signals[name]["a_i"][:, 1:, 0]).any()
    assert (trace.signals[name]["a_o"][:, 0] == other.signals[name]["a_o"][:, 0]).all()


@pytest.mark.parametrize("kind", CELLS)
def test_one_altered_bit_of_any_array_is_seen(kind):
    """The control for every kind of cell: what follows from the array first is what differs."""
    rng = np.random.default_rng(2)
    net = random_network(
        rng, inputs=3, hidden=[4], outputs=[], mode="many-to-many", kinds=[kind], head="none", sigmoid="logistic"
    )
    network = quantize(net, random_batch(rng, net, 8, 6))
    x_raw = network.input.from_float(random_batch(rng, net, 4, 6))
    (cell,) = network.layers
    _, before = network.run_raw(x_raw, trace=True)
    for key in cell.arrays:
        raw = getattr(cell, key).copy()
        raw.flat[-1] ^= 16 if key == "initial_raw" and kind == "lstm" else 1
        if kind == "gru-before" and key == "bias_hn_raw":
            continue  # has no place
        altered = replace(network, layers=(replace(cell, **{key: raw}),))
        _, after = altered.run_raw(x_raw, trace=True)
        signals = before.signals[cell.name], after.signals[cell.name]
        assert any((signals[0][name] != signals[1][name]).any() for name in signals[0]), key


@pytest.mark.parametrize(
    ("x_raw", "message"),
    [
        (np.zeros((1, 2, 3)), "raw inputs must be integers, not float64"),
        (np.full((1, 2, 3), 128), "raw inputs must be in -128..127, not 128..128"),
        (np.full((1, 2, 3), -129), "raw inputs must be in -128..127, not -129..-129"),
        (np.zeros((1, 2, 4), np.int64), "x must have 3 inputs a step (last axis), not 4"),
        (np.zeros((2, 3), np.int64), "x must have 3 axes (sequences, steps, inputs), not shape (2, 3)"),
    ],
)
def test_refused_raw_inputs(x_raw, message):
    network, _ = make("many-to-one")
    with pytest.raises(RnnhwError) as caught:
        network.run_raw(x_raw)
    assert str(caught.value) == message


def test_refused_float_inputs_and_lengths():
    network, x_raw = make("many-to-one")
    with pytest.raises(RnnhwError) as caught:
        network.run(np.full((1, 1, 3), np.nan))
    assert str(caught.value) == "x must be finite, but holds NaN or infinity at [0, 0, 0]"
    with pytest.raises(RnnhwError) as caught:
        network.run_raw(x_raw, [6, 7, 1, 1])
    assert str(caught.value) == "lengths[1] must be in 1..6, not 7"
