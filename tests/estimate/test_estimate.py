"""The estimate itself: figures, shortages, JSON and table."""

import json
import math

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import check_fits, estimate, find_device, for_device, multipliers
from rnnhw.plan import make_plan
from rnnhw.quantize import quantize
from tests.estimate.cores import NAMES, core
from tests.networks import random_batch, random_network


def digits(name=None):
    return estimate(core("digits"), name and find_device(name))


@pytest.mark.parametrize("name", NAMES)
def test_cycles_are_the_plans(name):
    plan = core(name)
    figures = estimate(plan)
    for field in ("cycles_per_step", "bound_cycles", "stall_cycles", "latency_cycles", "head_cycles", "macs_per_step"):
        assert getattr(figures, field) == getattr(plan, field)
    assert figures.bound_cycles + figures.stall_cycles == figures.cycles_per_step
    assert 0 < figures.utilisation <= 1
    assert (figures.lanes, sum(engine.multipliers for engine in figures.engines)) == (plan.lanes, plan.multipliers)
    useful = sum(engine.multipliers * engine.utilisation for engine in figures.engines)
    assert useful / plan.multipliers == pytest.approx(figures.utilisation)
    assert max(engine.bound_cycles for engine in figures.engines) == plan.bound_cycles


def test_utilisation_counts_a_steady_step():
    """Digits, many-to-one: the head does not run in every step, so its products do not count."""
    plan = core("digits")
    lstm = plan.engines[0].passes[0]
    expected = lstm.rows * lstm.columns / (16 * plan.cycles_per_step)
    assert digits().utilisation == expected
    assert plan.macs_per_step > lstm.rows * lstm.columns


def test_without_a_device():
    figures = digits()
    assert (figures.dsp, figures.bram, figures.fits) == (None, None, None)
    assert (figures.dsp_percent, figures.bram_percent) == (None, None)
    assert (figures.multipliers, figures.memories, figures.modules, figures.shortages) == ((), (), (), ())
    assert (figures.lut, figures.ff, figures.clock_mhz, figures.speed, figures.energy) == (None,) * 5
    check_fits(figures)


def test_what_fits():
    figures = digits("ecp5-25f")
    assert figures.block_shortages == ()
    check_fits(figures)
    assert figures.dsp == 17
    assert figures.dsp_percent == pytest.approx(100 * 17 / 28)
    assert figures.bram_percent == pytest.approx(100 * figures.bram / 56)
    assert figures.bram == sum(memory.bram for memory in figures.memories)


def test_the_link_is_part_of_it():
    alone, linked = (estimate(core("digits"), find_device("ecp5"), link=link) for link in ("none", "uart"))
    assert linked.bram == alone.bram + 2
    assert linked.lut.value > alone.lut.value
    assert (linked.dsp, linked.cycles_per_step, linked.link) == (alone.dsp, alone.cycles_per_step, "uart")
    with pytest.raises(RnnhwError, match=r"^link must be one of none, uart, spi, not 'usb'$"):
        estimate(core("digits"), link="usb")


@pytest.mark.parametrize("clock", [0, -1, 2001, math.nan, math.inf])
def test_clocks_that_cannot_be(clock):
    with pytest.raises(RnnhwError, match=rf"^clock must be above 0 and at most 2000 MHz, not {clock:g}$"):
        estimate(core("digits"), clock=clock)
    with pytest.raises(TypeError, match=r"^clock must be a number in MHz, not '12'$"):
        estimate(core("digits"), clock="12")


def test_bits_that_are_read():
    """Digits on 16 lanes, 8 bits each: the weight memory gives a word in each cycle that multiplies."""
    figures, plan = digits(), core("digits")
    assert figures.weight_bits_per_cycle == 16 * 8
    assert figures.weight_bits_per_step == 16 * 8 * plan.bound_cycles
    assert (figures.input_bits, figures.output_bits) == (8 * 8, 10 * plan.network.output.width)
    assert figures.state_memory_bits == plan.memories["h"].bits + plan.memories["c"].bits


def test_what_does_not_fit():
    """Sixteen lanes, two in a block, and the cell update are one multiplier too many for the UP5K."""
    figures = digits("ice40up5k")
    assert not figures.fits
    assert figures.block_shortages == ("9 DSP blocks are needed and ice40up5k has 8",)
    with pytest.raises(RnnhwError, match=r"^the core does not fit: 9 DSP blocks are needed and ice40up5k has 8$"):
        check_fits(figures)


def test_two_shortages():
    figures = estimate(core("large"), find_device("ice40up5k"))
    assert [line.split(" are ")[0] for line in figures.block_shortages] == [
        f"{figures.dsp} DSP blocks",
        f"{figures.bram} block RAMs",
    ]
    with pytest.raises(RnnhwError, match=r"DSP blocks are needed .*; .* block RAMs are needed"):
        check_fits(figures)


def test_multipliers_of_a_core():
    uses = {use.name: use for use in multipliers(core("interpolated"))}
    table = core("interpolated").network.table
    assert set(uses) == {"lanes", "interpolation"}  # the cell update's is made of LUTs
    assert (uses["lanes"].count, uses["lanes"].a_bits) == (5, 9)
    assert (uses["interpolation"].a_bits, uses["interpolation"].b_bits) == (table.slope_width, table.residual_bits)
    update = {use.name: use for use in multipliers(core("widest"))}["cell update"]
    assert (update.a_bits, update.b_bits, update.product_bits) == (17, 24, 41)


def test_json_holds_all_figures():
    figures = digits("ice40")
    values = json.loads(figures.to_json())
    assert values["device"] == "ice40up5k"
    assert (values["dsp"], values["bram"], values["fits"]) == (figures.dsp, figures.bram, False)
    assert values["cycles_per_step"] == figures.cycles_per_step
    assert values["shortages"] == list(figures.shortages)
    assert [memory["name"] for memory in values["memories"]] == list(core("digits").memories)
    assert sum(memory["bram"] for memory in values["memories"]) == figures.bram
    assert json.loads(digits().to_json())["device"] is None


def test_rows_of_several_engines():
    plan = make_plan(core("three layers").network, lanes=(3, 5, 4, 2, 1), columns_per_cycle=(2, 1, 1, 1, 1), engines=5)
    figures = estimate(plan, find_device("ecp5"))
    assert [engine.layers for engine in figures.engines] == [(layer.name,) for layer in plan.network.layers]
    assert [engine.columns for engine in figures.engines] == [2, 1, 1, 1, 1]
    assert "engine1, 5 lanes" in str(figures)
    assert {use.name.partition(".")[0] for use in figures.multipliers} == {f"engine{n}" for n in range(5)}
    assert [engine.bound_cycles for engine in figures.engines[3:]] == [0, 0]  # many-to-one: at the end only


def wants(style, name="ternary"):
    return make_plan(core(name).network, lanes=3, state_memory=style)


def test_lut_ram_is_refused_where_there_is_none():
    message = "state_memory must be auto, block or registers on ice40up5k, not 'lut': it has no LUT RAM"
    for function in (estimate, for_device):
        with pytest.raises(RnnhwError, match=f"^{message}$"):
            function(wants("lut"), find_device("ice40"))
    assert estimate(wants("lut"), find_device("ecp5")).lut_ram > 0


@pytest.mark.parametrize("style", ["block", "registers", "lut"])
def test_a_wanted_state_memory_is_kept(style):
    plan = wants(style)
    assert for_device(plan, find_device("ecp5")) is plan


def test_small_state_memories_go_to_lut_ram():
    small, large = wants("auto"), wants("auto", "large")
    found = for_device(small, find_device("ecp5"))
    assert {use.style for use in found.memories.values() if use.state} == {"distributed"}
    assert {name: use.depth for name, use in found.memories.items()} == {n: u.depth for n, u in small.memories.items()}
    assert found.cycles_per_step == small.cycles_per_step
    assert for_device(small, find_device("ice40")) is small
    assert for_device(large, find_device("ecp5")) is large


def test_an_only_index_is_a_constant():
    rng = np.random.default_rng(1)
    net = random_network(rng, inputs=2, hidden=[3], outputs=[1], mode="many-to-one", kinds=["lstm"], head="argmax")
    figures = estimate(make_plan(quantize(net, random_batch(rng, net, 2, 3))), find_device("ecp5"))
    assert (figures.dsp, figures.bram, figures.lut_ram, figures.memories) == (0, 0, 0, ())
