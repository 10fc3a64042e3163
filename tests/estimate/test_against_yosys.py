# amaranth: UnusedElaboratable=no
"""Whole cores: the estimate equals what yosys makes."""

from functools import cache

import pytest
from amaranth.back import rtlil

from rnnhw.estimate import block_rams, estimate, find_device, for_device
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import make_plan
from rnnhw.synth import count_cells
from tests.estimate.cores import NAMES, core


@cache
def text(name: str, family: str) -> str:
    return rtlil.convert(NetworkTop(core(name), find_primitives(family)), name="top", emit_src=False)


# All cores for the first two families; of the others, whose flows take longer, every few of the later (smaller) ones.
CORES = [(name, family) for name in NAMES for family in ("ice40", "ecp5")]
CORES += [(name, "gowin") for name in NAMES[1::3]] + [(name, "xilinx") for name in NAMES[1::9]]
CORES += [("many registers", "gowin"), ("many registers", "xilinx")]


@pytest.mark.parametrize(("name", "family"), CORES)
def test_blocks_of_a_core(name, family, yosys):
    figures = estimate(core(name), find_device(family))
    cells = count_cells(text(name, family), family=family, whole=False)
    assert (figures.dsp, figures.bram) == (cells.dsp, cells.block_ram)


@pytest.mark.parametrize(("name", "family"), [("one unit", "ice40"), ("narrowest", "ice40"), ("widest", "ecp5")])
def test_nothing_changes_in_the_rest_of_the_synthesis(name, family, yosys):
    figures = estimate(core(name), find_device(family))
    cells = count_cells(text(name, family), family=family)
    assert (figures.dsp, figures.bram) == (cells.dsp, cells.block_ram)
    assert sum(count for kind, count in cells.by_type.items() if "LUT4" in kind) > 50


@pytest.mark.parametrize(
    ("name", "state_memory", "family"),
    [
        ("drawn 2", "lut", "ecp5"),
        ("drawn 0", "auto", "ecp5"),
        ("drawn 2", "lut", "xilinx"),
        ("three layers", "lut", "xilinx"),
    ],
)
def test_states_in_lut_ram(name, state_memory, family, yosys):
    """Told to, or by the rule for small ones, yosys makes LUT RAM of them; told so, it makes registers."""
    made = {}
    for style in (state_memory, "registers"):
        plan = with_state_memory(core(name), style)
        plan = for_device(plan, find_device(family))
        figures = estimate(plan, find_device(family))
        top = NetworkTop(plan, find_primitives(family))
        cells = count_cells(rtlil.convert(top, name="top", emit_src=False), family=family, whole=False)
        assert (figures.dsp, figures.bram, figures.lut_ram) == (cells.dsp, cells.block_ram, cells.lut_ram)
        made[style] = figures
    assert made[state_memory].lut_ram > 0
    assert made["registers"].lut_ram == 0
    spared = {memory.name for memory in made[state_memory].memories if memory.style == "distributed"}
    blocks = sum(memory.bram for memory in made["registers"].memories if memory.name in spared)
    assert made["registers"].bram == made[state_memory].bram + blocks  # the queue's, which goes where the states go


def with_state_memory(plan, style):
    return make_plan(plan.network, plan.hardware.model_copy(update={"state_memory": style}))


def test_constant_columns_matter(yosys):
    """Control: without taking them out the estimate would be wrong here."""
    figures = estimate(core("positive weights"), find_device("ice40"))
    weights = {memory.name: memory for memory in figures.memories}["weights"]
    assert weights.stored_width <= weights.width - 17  # the sign of each lane, at least
    assert block_rams("ice40", weights.depth, weights.width, True) > weights.bram
