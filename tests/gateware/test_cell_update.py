# amaranth: UnusedElaboratable=no
"""The LSTM cell update against the equations, with `rnnhw.fixedpoint.requantize`."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware import LSTMCellUpdate
from rnnhw.gateware.interfaces import GATE_F, GATE_G, GATE_I, GATE_O
from rnnhw.plan import make_plan

from .plans import small_plan
from .stepper import replay

IDLE = {
    "value": 0, "gate_valid": 0, "gate": 0, "first": 0, "tanh_valid": 0, "c_old": 0,
    "product_gate_valid": 0, "product_gate": 0, "product_layer": 0, "z_layer": 0,
}  # fmt: skip


def make(bits: int, table: str, multiplier: str, rounding):
    """A plan whose three layers have cell states of quite different fractions."""
    plan = small_plan(
        bits,
        lanes=4,
        sizes={"hidden": [1, 2, 1], "outputs": [], "mode": "many-to-many"},
        activation_bits=bits,
        table=table,
        rounding=rounding,
    )
    width = plan.network.lstms[0].c.width
    fracs = [width - 1, width - 6, min(width + bits - 2, width + 5)]
    layers = [replace(layer, c=QFormat(width, frac)) for layer, frac in zip(plan.network.lstms, fracs, strict=True)]
    return make_plan(replace(plan.network, layers=tuple(layers)), lanes=4, update_multiplier=multiplier)


def draw(rng, low: int, high: int, ends: float) -> int:
    """An end of the range with a chance of `ends`, else anything."""
    return int(rng.choice([low, high])) if rng.random() < ends else int(rng.integers(low, high + 1))


def unit(rng, network):
    """One unit: (layer number, first, gates by number, c_old, tanh(c'), c', z, h)."""
    n, rounding = network.config.activation_bits, network.config.rounding
    number = int(rng.integers(len(network.lstms)))
    layer, first = network.lstms[number], int(rng.random() < 0.2)
    ends = float(rng.choice([0.2, 1.0]))  # half of the units have nothing but ends: the widest sums of either sign
    gates = [draw(rng, 0, 2**n - 1, ends) for _ in range(4)]
    peak = 2 ** (n - 1) - 1
    gates[GATE_G], tc = draw(rng, -peak, peak, ends), draw(rng, -peak, peak, ends)
    c_old = draw(rng, layer.c.min_raw, layer.c.max_raw, ends)
    frac = max(n + layer.c.frac, 2 * n - 1)
    kept = 0 if first else gates[GATE_F] * c_old << (frac - n - layer.c.frac)
    fresh = gates[GATE_I] * gates[GATE_G] << (frac - (2 * n - 1))
    c_new = requantize(kept + fresh, QFormat(62, frac), layer.c, rounding["c"])
    z = requantize(c_new, layer.c, network.preactivations[1], rounding["z"])
    h = requantize(gates[GATE_O] * tc, QFormat(62, 2 * n - 1), layer.h, rounding["h"])
    return number, first, gates, c_old, tc, c_new, z, h


def timeline(rng, plan, units: int, gaps: float):
    """Input rows by enabled cycle, and what must be seen: (cycle, output, value)."""
    timing, cursor, blocked = plan.timing, 0, set()
    rows, expected = {}, []

    def put(cycle, **values):
        row = rows.setdefault(cycle, dict(IDLE))
        clash = [key for key in values if row[key] not in (IDLE[key], values[key])]
        assert not clash, f"{clash} are wanted for two things in cycle {cycle}"
        row.update(values)

    for _ in range(units):
        number, first, gates, c_old, tc, c_new, z, h = unit(rng, plan.network)
        for gate in (GATE_I, GATE_G, GATE_F, GATE_O):
            cursor += 1
            while cursor in blocked or rng.random() < gaps:
                cursor += 1
            put(cursor + timing.activation, value=gates[gate], gate_valid=1, gate=gate, first=first, c_old=c_old)
            put(cursor + timing.product, product_gate_valid=1, product_gate=gate, product_layer=number)
            if gate == GATE_F:
                expected.append((cursor + timing.cell_written, "c_new", c_new))
        blocked.add(cursor + timing.blocked)
        assert not rows.get(cursor + timing.cell_activation, IDLE)["gate_valid"]
        put(cursor + timing.cell_preactivation, z_layer=number)
        put(cursor + timing.cell_activation, value=tc, tanh_valid=1)
        expected.append((cursor + timing.cell_preactivation, "z", z))
        expected.append((cursor + timing.result, "h", h))
    length = cursor + timing.result + 1
    return [rows.get(cycle, IDLE) for cycle in range(length)], expected


def garbage(rng, dut):
    """Inputs in a cycle in which nothing moves: anything goes."""
    row = []
    for key in IDLE:
        shape = getattr(dut, key).shape()
        low = -(1 << (shape.width - 1)) if shape.signed else 0
        row.append(int(rng.integers(low, low + (1 << shape.width))))
    return row


def check(plan, rng, units: int, gaps: float, stalls: float) -> None:
    dut = LSTMCellUpdate(plan)
    rows, expected = timeline(rng, plan, units, gaps)
    played, real = [], []
    for row in rows:
        while rng.random() < stalls:
            played.append((0, *garbage(rng, dut)))
        real.append(len(played))
        played.append((1, *row.values()))
    outputs = ("c_new", "z", "h")
    inputs = [dut.enable, *[getattr(dut, key) for key in IDLE]]
    seen = replay(dut, inputs, [getattr(dut, key) for key in outputs], played)
    for cycle, output, value in expected:
        assert seen[real[cycle]][outputs.index(output)] == value, (cycle, output)
    assert len(expected) == 3 * units


@pytest.mark.parametrize("multiplier", ["dsp", "lut"])
@pytest.mark.parametrize(("bits", "table"), [(8, "exact"), (8, "interpolated"), (4, "auto"), (16, "auto")])
@pytest.mark.parametrize(("gaps", "stalls"), [(0, 0), (0.3, 0), (0.1, 0.4)])
def test_cells(bits, table, multiplier, gaps, stalls):
    plan = make(bits, table, multiplier, "half_up")
    check(plan, np.random.default_rng(bits), 150, gaps, stalls)


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
    plan = make(6, table, "dsp", rounding)
    check(plan, np.random.default_rng(6), 250, 0.05, 0.1)


@pytest.mark.parametrize(("table", "in_flight"), [("exact", 1), ("interpolated", 2)])
def test_output_gates_in_flight(table, in_flight):
    """With interpolation a second output gate arrives before the first one's tanh(c')."""
    timing = make(8, table, "dsp", "half_up").timing
    assert timing.table_latency == (1 if table == "exact" else 3)
    next_o = timing.activation + 4  # the next unit's output gate, without a block in between
    assert (next_o < timing.cell_activation) == (in_flight == 2)
