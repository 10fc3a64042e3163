"""Modules: every block is in one of them, and their sums are the totals."""

import pytest

from rnnhw.estimate import estimate, find_device, for_device
from rnnhw.estimate.costs import ModuleCost
from rnnhw.estimate.figures_modules import ORDER, modules, place
from tests.estimate.cores import NAMES, core

BLOCKS = ("dsp", "bram", "lut_ram", "spram")


@pytest.mark.parametrize("family", ["ice40", "ecp5", "gowin", "xilinx"])
@pytest.mark.parametrize("name", NAMES)
def test_sums(name, family):
    device = find_device(family)
    figures = estimate(for_device(core(name), device), device, link="uart")
    for block in BLOCKS:
        assert sum(getattr(module, block) for module in figures.modules) == getattr(figures, block)
    for fitted in ("lut", "ff"):
        total = sum(getattr(module, fitted) for module in figures.modules)
        assert total == pytest.approx(getattr(figures, fitted).value)
    places = [(module.part, module.name) for module in figures.modules]
    assert len(set(places)) == len(places)
    ranks = [part for part, _ in places]
    assert ranks == sorted(ranks, key=[*(engine.name for engine in core(name).engines), "core", "link"].index)


def test_where_blocks_are():
    plan = core("digits")
    figures = estimate(plan, find_device("ecp5"), link="uart")
    found = {(module.part, module.name): module for module in figures.modules}
    assert (found["engine", "MAC array"].dsp, found["engine", "cell update"].dsp) == (16, 1)
    by_name = {memory.name: memory.bram for memory in figures.memories}
    assert found["engine", "weight memory"].bram == by_name["weights"] > 0
    assert found["engine", "state memory"].bram == by_name["h"] + by_name["c"]
    assert found["link", "host link"].bram == 2


def test_places():
    plan = core("three layers")
    assert place(plan, "h") == ("engine", "state memory")
    assert place(plan, "input_bias") == ("engine", "drain")
    assert place(plan, "interpolation") == ("engine", "activation")
    assert place(plan, "link.outbox") == ("link", "host link")
    both = next(core(name) for name in NAMES if core(name).buffered)
    buffer = next(name for name in both.memories if name.startswith("buffer"))
    assert place(both, buffer) == ("core", "sequence buffer")


def test_every_memory_has_a_place():
    seen = {place(core(name), memory)[1] for name in NAMES for memory in core(name).memories}
    assert {"input buffer", "weight memory", "drain", "state memory", "answers", "activation"} <= seen
    assert seen <= {*ORDER, "head"}


def test_costs_of_a_module_meet_its_blocks():
    plan = core("digits")
    figures = estimate(plan, find_device("ecp5"))
    costs = [ModuleCost("core", "top", 7, 1), ModuleCost("engine", "MAC array", 100, 50)]
    found = modules(plan, costs, figures.multipliers, figures.memories)
    array = next(module for module in found if module.name == "MAC array")
    assert (array.lut, array.ff, array.dsp) == (100, 50, 16)
    assert (found[-1].name, found[-1].lut, found[-1].bram) == ("top", 7, 0)
    assert sum(module.lut for module in found) == 107
