# amaranth: UnusedElaboratable=no
"""Loadable weights in SPRAM: where it is taken, how many blocks, and that yosys makes as many."""

from itertools import product

import numpy as np
import pytest
from amaranth.back import rtlil

from rnnhw.emit.core import Core
from rnnhw.errors import RnnhwError
from rnnhw.estimate import Device, block_rams, check_fits, estimate, find_device, for_device, sprams
from rnnhw.gateware import NetworkTop
from rnnhw.gateware.primitives import find_primitives
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from rnnhw.synth import count_cells
from tests.networks import random_batch, random_network

UP5K = find_device("ice40up5k")


def plan_of(hidden, lanes=8, device=UP5K, inputs=4, **hardware):
    """A core with loadable weights, as it is for a device."""
    rng = np.random.default_rng(1)
    net = random_network(rng, inputs=inputs, hidden=hidden, outputs=[], kinds=["lstm"], mode="many-to-one", head="none")
    qnet = quantize(net, random_batch(rng, net, 2, 3))
    return for_device(
        make_plan(qnet, **({"lanes": lanes, "weights": "loadable", "update_multiplier": "lut"} | hardware)), device
    )


def styles(plan) -> list[str]:
    return [engine.memories["weights"].style for engine in plan.engines]


@pytest.mark.parametrize(
    ("depth", "width", "blocks"),
    [(1, 1, 1), (16384, 16, 1), (16385, 16, 2), (16384, 17, 2), (9472, 64, 4), (32769, 33, 9)],
)
def test_blocks(depth, width, blocks):
    assert sprams(depth, width) == blocks


def test_by_hand():
    """64 bits side by side; what the weights would take in block RAM; nothing else changes its place."""
    plan = plan_of([24])
    use = plan.memories["weights"]
    assert (use.width, use.style, plan.hardware.weight_memory) == (64, "huge", "spram")
    figures, without = estimate(plan, UP5K), estimate(plan_of([24], weight_memory="block"), UP5K)
    assert (figures.spram, without.spram) == (4, 0)
    assert figures.bram == without.bram - block_rams("ice40", use.depth, 64, False)
    assert figures.dsp == without.dsp
    text = str(figures)
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if "SPRAM" in line]
    assert ["SPRAM blocks", "4", "", "100 % of 4"] in rows
    assert ["weights", "1", f"{use.depth:,} x 64", "SPRAM", "4"] in rows
    assert '"spram": 4' in figures.to_json()


@pytest.mark.parametrize(("lanes", "style"), [(8, "huge"), (9, "block")])
def test_what_is_too_wide_stays_in_block_ram(lanes, style):
    """Nine lanes of eight bits are 72 bits, and four blocks have 64."""
    assert styles(plan_of([24], lanes)) == [style]


def test_what_is_too_small_stays_where_it_is():
    """It is in registers, and would save no block RAM."""
    plan = plan_of([1], 1, inputs=1)
    assert plan.memories["weights"].bits <= 64
    assert styles(plan) == ["registers"]
    assert plan.hardware.weight_memory == "auto"


@pytest.mark.parametrize("weights", ["rom", "loadable"])
def test_devices_without(weights):
    plan = plan_of([24], device=find_device("ecp5-25f"), weights=weights)
    assert styles(plan) == ["block"]
    assert estimate(plan, find_device("ecp5-25f")).spram == 0


def test_fixed_weights_stay_in_block_ram():
    assert styles(plan_of([24], weights="rom")) == ["block"]


@pytest.mark.parametrize("blocks", range(1, 8))
def test_several_engines(blocks):
    """Of all choices that fit, one that saves most block RAMs, and of those one that takes fewest SPRAM blocks."""
    device = Device("some", "ice40", 8, 30, 4096, 5280, 5280, blocks)
    plan = plan_of([20, 9, 14], (3, 2, 5), device, engines="per-layer")
    uses = [engine.memories["weights"] for engine in plan.engines]
    sizes = [(sprams(use.depth, use.width), block_rams("ice40", use.depth, use.width, False)) for use in uses]
    allowed = []
    for choice in product([False, True], repeat=3):
        taken, saved = (sum(size[n] for size, chosen in zip(sizes, choice, strict=True) if chosen) for n in (0, 1))
        allowed += [(saved, -taken)] * (taken <= blocks)
    figures = estimate(plan, device)
    spared = sum(size[1] for size, style in zip(sizes, styles(plan), strict=True) if style == "huge")
    assert (spared, -figures.spram) == max(allowed)
    again = make_plan(plan.network, plan.hardware)
    assert styles(again) == styles(plan)
    assert again.memories == plan.memories


@pytest.mark.parametrize(("hidden", "lanes", "blocks"), [([6], 8, 4), ([3, 2], (2, 3), 3)])
@pytest.mark.parametrize("kind", ["rtlil", "verilog"])
def test_yosys_makes_as_many(kind, hidden, lanes, blocks, yosys):
    """Of the family's cells, and of the emitted SystemVerilog, in which it finds the memory itself."""
    plan = plan_of(hidden, lanes, engines="per-layer")
    figures, sources = estimate(plan, UP5K), Core(plan, "top").sources
    text = sources.logic + sources.memories
    if kind == "rtlil":
        text = rtlil.convert(NetworkTop(plan, find_primitives("ice40")), name="top", emit_src=False)
    made = count_cells(text, family="ice40", kind=kind, whole=False)
    assert figures.spram == blocks
    assert (made.spram, made.block_ram) == (figures.spram, figures.bram)


def test_too_many():
    figures = estimate(plan_of([24], 9, weight_memory="spram", multiplier="lut"), UP5K)
    assert figures.shortages == ("5 SPRAM blocks are needed and ice40up5k has 4",)
    with pytest.raises(RnnhwError, match=r"^the core does not fit: 5 SPRAM blocks are needed and ice40up5k has 4$"):
        check_fits(figures)


def test_where_there_is_none():
    plan, device = plan_of([3], weight_memory="spram"), find_device("ecp5-25f")
    message = r"^weight_memory must be auto or block on ecp5-25f, not 'spram': it has no SPRAM$"
    for step in (for_device, estimate):
        with pytest.raises(RnnhwError, match=message):
            step(plan, device)
