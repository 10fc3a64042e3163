# amaranth: UnusedElaboratable=no
"""The GRU's update, reset gate in front of the linear map, against its equations."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware.reset_update import ResetUpdate, kept_layout

from .plans import small_engine
from .rows_under_way import Bench, Rows, draw


def make(bits: int, table: str, rounding="half_up", **hardware):
    sizes = {"inputs": 2, "hidden": [1, 2], "outputs": [], "kinds": ["gru-before"]}
    return small_engine(bits, sizes, {"lanes": 2} | hardware, activation_bits=bits, table=table, rounding=rounding)


def packed(bits: int, z: int, h: int) -> int:
    return z | (h & ((1 << bits) - 1)) << bits


def play_units(plan, seed: int, units: int, gaps: float, error: int = 0) -> int:
    """First and second passes in any order; what one keeps is offered with the other by hand."""
    rng, timing, network = np.random.default_rng(seed), plan.timing, plan.network
    rows = Rows(plan, rng, gaps)
    bench = Bench(ResetUpdate(plan), rows)
    bits, rounding = network.config.activation_bits, network.config.rounding["h"]
    peak, form = 2 ** (bits - 1) - 1, QFormat(bits, bits - 1)
    source = QFormat(62, 2 * bits - 1)
    for _ in range(units):
        number, zero = int(rng.integers(4)), int(rng.random() < 0.2)
        ends = float(rng.choice([0.2, 1.0]))
        z, r, old_z = (draw(rng, 0, 2**bits - 1, ends) for _ in range(3))
        n, h = draw(rng, -peak, peak, ends), draw(rng, -peak - 1, peak, ends)
        cycles = rows.unit(number, zero=zero)
        at = cycles[-1] + timing.activation
        bench.put(at, "kept", packed(bits, old_z, h))
        if plan.passes[number].kind == "candidate":
            bench.put(at, "value", n)
            new = requantize((n << bits) + old_z * (h - n), source, form, rounding)
            bench.want(cycles[-1] + timing.ready("candidate"), "h", new + error)
            continue
        for cycle, value in zip(cycles, (z, r), strict=True):
            bench.put(cycle + timing.activation, "value", value)
        h = 0 if zero else h
        bench.want(at, "keep", packed(bits, z, h))
        bench.want(cycles[-1] + timing.ready("reset"), "s", requantize(r * h, source, form, rounding))
    return bench.check(["value", "kept"], ["keep", "s", "h"])


@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (8, "interpolated"), (4, "exact"), (16, "auto")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units(bits, table, gaps):
    assert play_units(make(bits, table), bits, 150, gaps) > 200


@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (5, "interpolated")])
@pytest.mark.parametrize("gaps", [0, 0.3])
def test_units_with_many_registers(bits, table, gaps, multiplier):
    plan = make(bits, table, registers="many", update_multiplier=multiplier)
    assert play_units(plan, bits, 150, gaps) > 200


@pytest.mark.parametrize("registers", ["few", "many"])
@pytest.mark.parametrize("rounding", ["floor", "half_even", {"h": "half_even"}])
def test_roundings(rounding, registers):
    assert play_units(make(6, "exact", rounding, registers=registers), 6, 300, 0.05) > 400


def test_layout():
    assert kept_layout(7).size == 14


@pytest.mark.parametrize("registers", ["few", "many"])
def test_outputs_are_compared(registers):
    """Control."""
    with pytest.raises(AssertionError):
        play_units(make(8, "exact", registers=registers), 1, 8, 0, error=1)
