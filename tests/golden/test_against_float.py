"""How good the integers are: the float reference judges them, with stated bounds."""

from itertools import pairwise

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.quantize import quantize
from tests.networks import random_batch, random_network

assert rnnhw.golden


def errors(seed: int, **options) -> tuple[float, float]:
    """Largest error of h in all LSTM layers, and of the answers relative to their largest magnitude."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, mode="many-to-many")
    x = random_batch(rng, net, 20, 12)
    y_f, float_trace = net.run(x, trace=True)
    network = quantize(net, x, **options)
    y, trace = network.run(x, trace=True)
    hidden = 0.0
    for layer in network.lstms:
        h = layer.h.to_float(trace.signals[layer.name]["h"])
        hidden = max(hidden, np.abs(h - float_trace[layer.name]["h"]).max())
    return hidden, np.abs(y - y_f).max() / np.abs(y_f).max()


@pytest.mark.parametrize("seed", range(8))
def test_sixteen_bits_are_close_to_float(seed):
    """2**-10 is 32 steps of h: room for weights off by half a step, twelve steps and three layers."""
    hidden, answers = errors(seed, weight_bits=16, activation_bits=16)
    assert hidden < 2.0**-10
    assert answers < 2.0**-9


def test_more_bits_are_better():
    measured = [
        np.mean([errors(seed, weight_bits=n, activation_bits=n)[0] for seed in range(6)]) for n in (6, 8, 10, 12)
    ]
    assert all(more < less / 2 for less, more in pairwise(measured))


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
