"""Cores whose layers go backwards alone, natively and in Icarus: buffers of a single piece, read in every way."""

import shutil

import numpy as np
import pytest

import rnnhw
from rnnhw.network import GRU, RNN, Dense, Network, Reversed
from rnnhw.sim import verify
from rnnhw.sim.tools import find_icarus
from tests.cosim.test_verilog import need

RNG = np.random.default_rng(12)
LENGTHS = [4, 1, 3]


def w(*shape):
    return RNG.normal(0, 0.5, shape)


def backwards(inputs, units, name):
    cell = GRU(w(3 * units, inputs), w(3 * units, units), w(3 * units), w(units), name=f"{name}_cell")
    return Reversed(cell, name)


NETWORKS = {
    "every step": ([backwards(2, 3, "r")], {"mode": "many-to-many"}),
    "final states": ([backwards(2, 3, "r"), Dense(w(2, 3), w(2))], {"mode": "many-to-one"}),
    "last step": ([backwards(2, 3, "r"), Dense(w(2, 3), w(2))], {"mode": "many-to-one", "reading": "last-step"}),
    "two, then forward": (
        [backwards(2, 3, "r"), backwards(3, 2, "s"), RNN(w(3, 2), w(3, 3), w(3), name="f")],
        {"mode": "many-to-many"},
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("simulator", ["cxxrtl", "icarus"])
def test_golden_in_every_bit_and_cycle(name, simulator):
    if simulator == "icarus":
        need(find_icarus)
    elif shutil.which("g++") is None:
        pytest.skip("no g++ for the native simulation")
    layers, options = NETWORKS[name]
    x = np.random.default_rng(3).normal(0, 1, (3, 4, 2))
    design = rnnhw.Design(rnnhw.quantize(Network(layers, **options), x), lanes=2, max_steps=4)
    assert verify(design, x, LENGTHS, simulator=simulator).sequences == 3
