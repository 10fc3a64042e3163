# amaranth: UnusedElaboratable=no
"""The LSTM's update against its equations, with `rnnhw.fixedpoint.requantize`."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware.lstm_update import LSTMUpdate

from .plans import small_engine, spread_fractions
from .rows_under_way import Bench, Rows, draw


def make(bits: int, table: str, rounding="half_up", kinds=("lstm",), **hardware):
    """A plan whose three cells have cell states of quite different fractions."""
    sizes = {"inputs": 2, "hidden": [1, 2, 1], "outputs": [], "kinds": kinds}
    plan = small_engine(bits, sizes, {"lanes": 3} | hardware, activation_bits=bits, table=table, rounding=rounding)
    width = min(2 * bits, 24)
    return spread_fractions(plan, "c", [width - 1, width - 6, min(width + bits - 2, width + 5)])


def equations(network, layer, gates, tc: int, c_old: int):
    """(c', z, h) of one unit; gates in the order i, g, f, o."""
    n, rounding, (i, g, f, o) = network.config.activation_bits, network.config.rounding, gates
    frac = max(n + layer.c.frac, 2 * n - 1)
    total = (f * c_old << (frac - n - layer.c.frac)) + (i * g << (frac - (2 * n - 1)))
    c_new = requantize(total, QFormat(62, frac), layer.c, rounding["c"])
    z = requantize(c_new, layer.c, network.preactivations[1], rounding["z"])
    return c_new, z, requantize(o * tc, QFormat(62, 2 * n - 1), layer.h, rounding["h"])


def play_units(plan, seed: int, units: int, gaps: float, error: int = 0) -> int:
    rng, timing, network = np.random.default_rng(seed), plan.timing, plan.network
    rows = Rows(plan, rng, gaps)
    bench = Bench(LSTMUpdate(plan), rows)
    n = network.config.activation_bits
    peak = 2 ** (n - 1) - 1
    numbers = [number for number, item in enumerate(plan.passes) if item.kind == "lstm"]
    for _ in range(units):
        number, zero = int(rng.choice(numbers)), int(rng.random() < 0.2)
        layer = plan.passes[number].layer
        ends = float(rng.choice([0.2, 1.0]))  # half of the units have nothing but ends: the widest sums of either sign
        gates = [draw(rng, -peak if k == 1 else 0, peak if k == 1 else 2**n - 1, ends) for k in range(4)]
        c_old, tc = draw(rng, layer.c.min_raw, layer.c.max_raw, ends), draw(rng, -peak, peak, ends)
        cycles = rows.unit(number, zero=zero)
        for cycle, value in zip(cycles, gates, strict=True):
            bench.put(cycle + timing.activation, "value", value)
        bench.put(cycles[2] + timing.activation, "c_old", c_old)
        bench.put(cycles[3] + timing.second_activation("lstm"), "value", tc)
        c_new, z, h = equations(network, layer, gates, tc, 0 if zero else c_old)
        bench.want(cycles[2] + timing.cell_written, "c_new", c_new)
        bench.want(cycles[3] + timing.second_preactivation("lstm"), "z", z)
        bench.want(cycles[3] + timing.ready("lstm"), "h", h + error)
    return bench.check(["value", "c_old"], ["c_new", "z", "h"])


@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (8, "interpolated"), (4, "exact"), (16, "auto")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units(bits, table, gaps):
    assert play_units(make(bits, table), bits, 100, gaps) == 300


@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (5, "interpolated")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units_with_many_registers(bits, table, gaps, multiplier):
    """The multiplier's own latency among them: of adders it takes a cycle more."""
    plan = make(bits, table, registers="many", update_multiplier=multiplier)
    assert plan.timing.update == (4 if multiplier == "lut" else 3)
    assert play_units(plan, bits, 100, gaps) == 300


@pytest.mark.parametrize(
    "rounding",
    [
        "floor",
        "half_even",
        {"c": "half_even", "z": "floor", "h": "half_up"},
        {"c": "floor", "z": "half_even", "h": "half_even"},
    ],
)
@pytest.mark.parametrize("table", ["exact", "interpolated"])
def test_roundings(rounding, table):
    registers = "many" if table == "exact" and isinstance(rounding, dict) else "few"
    assert play_units(make(6, table, rounding, registers=registers), 6, 150, 0.05) == 450


@pytest.mark.parametrize("registers", ["few", "many"])
def test_outputs_are_compared(registers):
    """Control."""
    with pytest.raises(AssertionError):
        play_units(make(8, "exact", registers=registers), 1, 3, 0, error=1)
