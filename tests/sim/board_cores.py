"""Cores for simulated boards, and folders as `rnnhw build` writes them, without its tools."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.board_file import FILE, FORMAT, NETWORK_FILE, BoardFile, design_identity, digest
from rnnhw.data import digits_calibration, digits_model
from rnnhw.errors import RnnhwError
from rnnhw.importers import load
from rnnhw.network import load_data
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from rnnhw.sim.board import BoardCore
from rnnhw.sim.tools import find_compiler, runtime_headers
from tests.networks import random_batch, random_network


def need_native():
    """A visible skip where nothing can be compiled or no port opened."""
    pytest.importorskip("serial")
    try:
        find_compiler(), runtime_headers()
    except RnnhwError as error:
        pytest.skip(str(error))


def core_of_network(network, *, link="uart", clock_hz=12_000_000, baud=1_000_000, **hardware) -> BoardCore:
    plan = make_plan(network, **hardware)
    return BoardCore(plan, design_identity(network, plan.hardware), clock_hz, link, baud)


def digits_network():
    net = load(digits_model())
    return quantize(net, load_data(digits_calibration(), net.input_size).x, weight_bits=8, activation_bits=8)


def small_network(seed: int, **options):
    """A network of two layers, and a float batch of 5 sequences of 6 steps."""
    rng = np.random.default_rng(seed)
    drawn = {"inputs": 2, "hidden": [3], "outputs": [2], "head": "none", "kinds": ("lstm",)} | options
    net = random_network(rng, **drawn)
    network = quantize(net, random_batch(rng, net, 8, 8))
    return network, random_batch(rng, net, 5, 6)


def altered(core: BoardCore) -> BoardCore:
    """The same core with one weight changed by one."""
    network = core.plan.network
    cell = network.layers[0]
    weights = cell.weight_hh_raw.copy()
    weights.flat[np.abs(weights).argmin()] += 40
    other = replace(network, layers=(replace(cell, weight_hh_raw=weights), *network.layers[1:]))
    return replace(core, plan=make_plan(other, core.plan.hardware))


def write_build(folder, core: BoardCore):
    """What `rnnhw build` would write for a core, but for the bitstream."""
    folder.mkdir()
    core.plan.network.save(folder / NETWORK_FILE)
    content = BoardFile(
        format=FORMAT,
        board="none",
        device="none",
        name=core.plan.network.name,
        link=core.link,
        baud=core.baud,
        clock_hz=core.clock_hz,
        identity=core.identity.hex(),
        network=NETWORK_FILE,
        hardware=core.plan.hardware,
        timing={},
        utilisation={},
        figures={},
        tools={},
        seed=0,
        files={NETWORK_FILE: digest(folder / NETWORK_FILE)},
    )
    (folder / FILE).write_text(content.to_json())
    return folder
