"""Whole cores, synthesised for each family: the netlist in Icarus answers bit for bit as golden does."""

import re
from functools import cache

import numpy as np
import pytest

from rnnhw.emit.core import Core
from rnnhw.estimate import multipliers
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from rnnhw.sim import Mismatch
from rnnhw.sim.verify import verify_core
from rnnhw.synth.netlist_sim import synthesised
from tests.networks import random_batch, random_network

# family: kinds of layers, hardware; lanes of 8 x 9 bits, which pair on iCE40
CASES = {
    "ice40": (["lstm"], {"lanes": 5, "columns_per_cycle": 2, "state_memory": "block"}),
    "ecp5": (["gru"], {"lanes": 3, "columns_per_cycle": 2}),
    "gowin": (["gru-before"], {"lanes": 4}),
    "xilinx": (["lstm"], {"lanes": 2}),
}
BLOCKS = {"SB_MAC16": 1, "MULT18X18D": 1, "MULT9X9": 0.5, "MULT18X18": 1, "DSP48E1": 1}
MEMORIES = {"ice40": "SB_RAM40_4K", "ecp5": "DP16KD", "gowin": "SPX9|DPX9B|SP|DPB", "xilinx": "RAMB18E1"}


@cache
def core_of(family: str):
    """A small core, and beats for it."""
    rng = np.random.default_rng(1)
    kinds, hardware = CASES[family]
    net = random_network(rng, inputs=3, hidden=[4], outputs=[3], mode="many-to-one", kinds=kinds, head="none")
    x = random_batch(rng, net, 3, 4)
    qnet = quantize(net, x)
    core = Core(make_plan(qnet, **hardware), "netlist")
    return core, core.vectors(qnet.input.from_float(x))


@pytest.fixture(scope="module")
def netlist(tmp_path_factory, yosys):
    """The netlist of a family's core, and the models of its cells; made once."""

    @cache
    def of(family: str):
        core, _ = core_of(family)
        folder = tmp_path_factory.mktemp(family)
        return synthesised(core.rtlil_for(family), family=family, top=core.name, folder=folder)

    return of


def count(kinds: str, text: str) -> int:
    return len(re.findall(rf"^  (?:{kinds}) #", text, re.MULTILINE))


@pytest.mark.parametrize("family", CASES)
def test_a_core_of_cells(family, tmp_path, netlist, icarus):
    core, vectors = core_of(family)
    sources = netlist(family)
    text = sources[0].read_text()
    expected = sum(use.blocks(family) for use in multipliers(core.plan))
    assert sum(cost * count(kind, text) for kind, cost in BLOCKS.items()) == expected >= 2
    assert count(MEMORIES[family], text) > 0
    assert not re.search(r"[^=]=[^=].*[*+]", text)  # cells only, no arithmetic
    verification = verify_core(core, vectors, "icarus", sources=sources, folder=tmp_path / "sim")
    assert verification.sequences == 3


def test_one_bit_of_a_memory_is_seen(tmp_path, netlist, icarus):
    """Control: another bit in the weight memory of the netlist."""
    core, vectors = core_of("ice40")
    cells, models = netlist("ice40")
    text = cells.read_text()
    begin = text.index(".INIT_0(256'", text.rindex("SB_RAM40_4K #", 0, text.index(r"\core.engine.weight_memory")))
    end = text.index(")", begin)
    digits = text[begin:end]
    changed = digits[:-1] + ("1" if digits[-1] in "0x" else "0")
    assert changed != digits
    sources = [tmp_path / "netlist.sv", models]
    sources[0].write_text(text[:begin] + changed + text[end:])
    with pytest.raises(Mismatch):
        verify_core(core, vectors, "icarus", sources=sources, folder=tmp_path / "sim")
