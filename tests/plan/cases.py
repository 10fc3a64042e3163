"""Quantised networks for the tests of the plan."""

import numpy as np

from rnnhw.quantize import quantize
from tests.networks import random_batch, random_network


def make_network(inputs: int, hidden, outputs=(), mode="many-to-many", seed: int = 0, **options):
    """A quantised random network of the given sizes."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=inputs, hidden=list(hidden), outputs=list(outputs), mode=mode)
    return quantize(net, random_batch(rng, net, 2, 4), **options)


def random_case(seed: int):
    """A quantised network of random sizes and widths, and a number of lanes for it."""
    rng = np.random.default_rng(seed)
    net = random_network(rng)
    network = quantize(
        net,
        random_batch(rng, net, 2, 4),
        weight_bits=int(rng.integers(2, 17)),
        activation_bits=int(rng.integers(4, 17)),
        per_gate=bool(rng.integers(2)),
        rounding=str(rng.choice(["floor", "half_up", "half_even"])),
    )
    rows = max([4 * layer.hidden_size for layer in network.lstms] + [d.output_size for d in network.denses])
    return network, int(rng.integers(1, rows + 1))
