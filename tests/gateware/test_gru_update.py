# amaranth: UnusedElaboratable=no
"""The GRU's update, reset gate behind the linear map, against its equations."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware.gru_update import GRUUpdate

from .plans import small_engine, spread_fractions
from .rows_under_way import Bench, Rows, draw


def make(bits: int, table: str, rounding="half_up", spread=(6, -3, 1), **hardware):
    """A plan whose three cells have products of the state of quite different fractions."""
    sizes = {"inputs": 2, "hidden": [1, 2, 1], "outputs": [], "kinds": ["gru"]}
    plan = small_engine(bits, sizes, {"lanes": 3} | hardware, activation_bits=bits, table=table, rounding=rounding)
    return spread_fractions(plan, "p", [item.layer.p.frac + d for item, d in zip(plan.passes, spread, strict=True)])


def equations(network, cell, r: int, z: int, n: int, p: int, input_sum: int, h_old: int):
    """(z_n, h') of one unit."""
    bits, rounding = network.config.activation_bits, network.config.rounding
    sum_frac, product_frac = cell.accumulator_frac(2), bits + cell.p.frac
    frac = max(sum_frac, product_frac)
    total = (input_sum << (frac - sum_frac)) + (r * p << (frac - product_frac))
    z_n = requantize(total, QFormat(62, frac), network.preactivations[1], rounding["z"])
    return z_n, requantize((n << bits) + z * (h_old - n), QFormat(62, 2 * bits - 1), cell.h, rounding["h"])


def play_units(plan, seed: int, units: int, gaps: float, error: int = 0) -> int:
    rng, timing, network = np.random.default_rng(seed), plan.timing, plan.network
    rows = Rows(plan, rng, gaps)
    dut = GRUUpdate(plan)
    bench = Bench(dut, rows)
    bits = network.config.activation_bits
    peak, width = 2 ** (bits - 1) - 1, plan.accumulator_bits
    for _ in range(units):
        number, zero = int(rng.integers(3)), int(rng.random() < 0.2)
        cell = plan.passes[number].layer
        ends = float(rng.choice([0.2, 1.0]))
        r, z = (draw(rng, 0, 2**bits - 1, ends) for _ in range(2))
        n, h_old = draw(rng, -peak, peak, ends), draw(rng, -peak - 1, peak, ends)
        p = draw(rng, cell.p.min_raw, cell.p.max_raw, ends)
        input_sum = draw(rng, -1 << (width - 1), (1 << (width - 1)) - 1, ends) >> int(rng.integers(width))
        cycles = rows.unit(number, zero=zero)
        for cycle, value in zip(cycles, (r, z), strict=False):
            bench.put(cycle + timing.activation, "value", value)
        bench.put(cycles[2] + timing.sum, "input_sum", input_sum)
        bench.put(cycles[2] + timing.choice + 1, "p", p)
        bench.put(cycles[2] + timing.activation, "h_old", h_old)
        bench.put(cycles[2] + timing.second_activation("gru"), "value", n)
        z_n, h = equations(network, cell, r, z, n, p, input_sum, 0 if zero else h_old)
        bench.want(cycles[2] + timing.second_preactivation("gru"), "z", z_n)
        bench.want(cycles[2] + timing.ready("gru"), "h", h + error)
    return bench.check(["value", "input_sum", "p", "h_old"], ["z", "h"])


@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (8, "interpolated"), (4, "exact"), (16, "auto")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units(bits, table, gaps):
    assert play_units(make(bits, table), bits, 150, gaps) == 300


@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (5, "interpolated")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units_with_many_registers(bits, table, gaps, multiplier):
    plan = make(bits, table, registers="many", update_multiplier=multiplier)
    assert play_units(plan, bits, 150, gaps) == 300


@pytest.mark.parametrize("rounding", ["floor", "half_even", {"z": "floor", "h": "half_even"}, {"z": "half_even"}])
@pytest.mark.parametrize("spread", [(0, 0, 0), (-6, 9, 2)])
def test_roundings(rounding, spread):
    registers = "many" if isinstance(rounding, dict) else "few"
    assert play_units(make(6, "exact", rounding, spread, registers=registers), 6, 150, 0.05) == 300


@pytest.mark.parametrize("registers", ["few", "many"])
def test_outputs_are_compared(registers):
    """Control."""
    with pytest.raises(AssertionError):
        play_units(make(8, "exact", registers=registers), 1, 3, 0, error=1)
