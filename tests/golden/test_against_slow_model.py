"""Golden equals an independent scalar model in every answer, intermediate and saturation count."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.network import LSTM, Network
from rnnhw.quantize import quantize
from tests.networks import random_batch, random_lengths, random_network

from .slow_model import SlowModel

WIDTHS = [(8, 8), (2, 4), (16, 16), (4, 8), (5, 11), (16, 4), (2, 16), (8, 12), (12, 10), (3, 5)]
ROUNDINGS = ["half_up", "half_even", "floor", {"z": "floor", "c": "half_even", "y": "half_even"}]
LSTM_SIGNALS = {f"{kind}{gate}" for kind in ("a_", "z_", "") for gate in "ifgo"} | {"c", "zc", "tc", "h"}

assert rnnhw.golden


def compare(net, seed: int, steps: int, scale: float, **options) -> dict:
    """Hold golden against the slow model over some sequences of all lengths; returns saturation counts."""
    rng = np.random.default_rng(seed)
    network = quantize(net, random_batch(rng, net, 4, 6), **options)
    x_raw = network.input.from_float(random_batch(rng, net, 3, steps) * scale)
    lengths = random_lengths(rng, 3, steps)
    y_raw, trace = network.run_raw(x_raw, lengths, trace=True)
    clipped, values = {}, 0
    for sequence, length in enumerate(lengths.tolist()):
        slow = SlowModel(network)
        answers = slow.answers(x_raw[sequence, :length].tolist())
        if net.mode == "many-to-many":
            assert y_raw[sequence, :length].tolist() == answers
            assert not y_raw[sequence, length:].any()
        else:
            assert [y_raw[sequence].tolist()] == answers
        for (layer, name), raw in slow.signals.items():
            start = 0 if len(raw) == length else length - 1  # a dense layer may run in the last step only
            assert trace.signals[layer][name][sequence, start:length].tolist() == raw, (layer, name)
            values += len(raw)
        clipped = {where: clipped.get(where, 0) + count for where, count in slow.clipped.items()}
    assert values > 0
    assert trace.saturations == clipped
    for layer in net.layers:
        signals = LSTM_SIGNALS if layer.kind == "lstm" else {"a", "y"}
        assert set(trace.signals[layer.name]) == signals
    return clipped


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("rounding", ROUNDINGS, ids=str)
@pytest.mark.parametrize(("weight_bits", "activation_bits"), WIDTHS)
def test_widths_rounding_and_modes(weight_bits, activation_bits, rounding, mode):
    seed = 100 * weight_bits + activation_bits
    net = random_network(np.random.default_rng(seed), mode=mode, largest=4)
    compare(
        net,
        seed,
        4,
        1.0,
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        rounding=rounding,
        per_gate=bool(seed % 2),
    )


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    net = random_network(rng, largest=6)
    compare(
        net,
        seed,
        int(rng.integers(1, 7)),
        1.0,
        weight_bits=int(rng.integers(2, 17)),
        activation_bits=int(rng.integers(4, 17)),
        per_gate=bool(rng.integers(2)),
        table=str(rng.choice(["auto", "interpolated"])),
    )


@pytest.mark.parametrize("hidden", [[1], [2, 1], [3, 4, 5], [8], [9], [7, 8, 9]])
def test_sizes(hidden):
    net = random_network(np.random.default_rng(5), inputs=1, hidden=hidden, outputs=[1], mode="many-to-many")
    compare(net, 5, 3, 1.0)


def test_inputs_far_outside_the_calibration():
    """Gates and cell states saturate, and the counts agree there too."""
    net = random_network(np.random.default_rng(8), inputs=3, hidden=[5], outputs=[4], mode="many-to-many")
    lstm, dense = net.layers
    loud = LSTM(9 * lstm.weight_ih, lstm.weight_hh, lstm.bias + np.repeat([0, 3, 0, 0], 5), lstm.name)
    net = Network([loud, dense], net.mode)
    clipped = compare(net, 8, 12, 50.0, activation_bits=8, method="percentile", percentile=50)
    for point in ("z_i", "z_f", "z_g", "z_o", "c"):
        assert clipped["lstm0", point] > 0, point
