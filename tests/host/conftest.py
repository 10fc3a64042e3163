"""Boards to talk to: the double of double.py, with random networks behind it."""

import numpy as np
import pytest

import rnnhw.host
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_network

from .double import Double

TIMEOUT = 0.3


def make_network(seed: int, mode: str = "many-to-many", **options):
    """A quantised network, and float inputs of 6 sequences that fit it."""
    rng = np.random.default_rng(seed)
    drawn = {"inputs": 2, "hidden": [4, 3], "outputs": [2], "head": "none"} | options
    bits = drawn.pop("bits", 8)
    net = random_network(rng, mode=mode, kinds=CELLS, **drawn)
    network = quantize(net, random_batch(rng, net, 8, 8), weight_bits=8, activation_bits=bits)
    return network, random_batch(rng, net, 6, 7)


@pytest.fixture
def pair():
    """A network, its double, inputs and a function that opens the board."""
    opened = []

    def make(seed=1, mode="many-to-many", options=None, **facts):
        network, x = make_network(seed, mode, **(options or {}))
        double = Double(network, **facts)

        def open_it(line=double, design=None):
            opened.append(rnnhw.host.open(line, design, timeout=TIMEOUT))
            return opened[-1]

        return network, double, x, open_it

    yield make
    for board in opened:
        board.close()
