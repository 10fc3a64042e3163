# amaranth: UnusedElaboratable=no
"""Registers in a row: those that always move, and those that hand on what a row brought."""

import numpy as np
import pytest
from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.delay import delayed, relayed
from rnnhw.gateware.rows import Rows

from .plans import small_engine
from .stepper import replay

BITS = 8


class Delay(wiring.Component):
    """`cycles` registers."""

    def __init__(self, cycles: int):
        self.cycles = cycles
        super().__init__({"i": In(signed(BITS)), "o": Out(signed(BITS))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(delayed(m, self.i, self.cycles, "i"))
        return m


class Relay(wiring.Component):
    """A value of rows n of a GRU, from one position to another."""

    def __init__(self, plan, first: int, last: int, spacing: int):
        self.plan, self.positions, self.spacing = plan, (first, last), spacing
        tag = data.StructLayout({"number": range(len(plan.passes)), "gate": 2})
        super().__init__(
            {
                "valids": In(last),
                "tags": In(data.ArrayLayout(tag, last)),
                "i": In(signed(BITS)),
                "o": Out(signed(BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        rows = Rows(self.plan, self.valids, self.tags)
        value = relayed(m, self.i, rows, self.positions, "gru", "n", spacing=self.spacing, name="kept")
        m.d.comb += self.o.eq(value)
        return m


@pytest.mark.parametrize("cycles", [0, 1, 2, 5])
def test_delayed(cycles):
    rng, dut = np.random.default_rng(cycles), Delay(cycles)
    values = rng.integers(-128, 128, 50).tolist()
    seen = [value for (value,) in replay(dut, [dut.i], [dut.o], [(value,) for value in values])]
    assert seen == ([0] * cycles + values)[: len(values)]


def check_relay(first: int, last: int, spacing: int, gap: int | None = None, seed: int = 1) -> int:
    """Rows n at least `gap` cycles apart, half of them no further; returns how many values were compared."""
    plan = small_engine(1, {"inputs": 1, "hidden": [1, 1], "outputs": [], "kinds": ["gru"]}, {"lanes": 1})
    rng, dut, cycle = np.random.default_rng(seed), Relay(plan, first, last, spacing), 0
    gap, rows = spacing if gap is None else gap, {}
    for _ in range(40):
        cycle += gap + int(rng.integers(4) if rng.random() < 0.5 else 0)
        rows[cycle] = int(rng.integers(-128, 128))
    applied = []
    for now in range(cycle + last + 1):
        valids = tags = 0
        for position in range(1, last + 1):
            there = now - position in rows
            other = not there and rng.random() < 0.5  # a row of another gate
            gate = 2 if there or not other else int(rng.integers(2))
            valids |= (there or other) << (position - 1)
            tags |= (int(rng.integers(2)) | gate << 1) << (3 * (position - 1))
        value = rows.get(now - first, int(rng.integers(-128, 128)))
        applied.append((valids, tags, value))
    seen = replay(dut, [dut.valids, dut.tags, dut.i], [dut.o], applied)
    assert [seen[at + last][0] for at in rows] == list(rows.values())
    return len(rows)


@pytest.mark.parametrize("spacing", [1, 3, 4])
@pytest.mark.parametrize(("first", "last"), [(1, 1), (2, 3), (1, 4), (1, 5), (3, 11), (2, 15)])
def test_relayed(first, last, spacing):
    assert check_relay(first, last, spacing) == 40


@pytest.mark.parametrize(("first", "last", "spacing"), [(1, 5, 3), (3, 11, 4), (2, 15, 3)])
def test_rows_too_close_overtake(first, last, spacing):
    """Control: rows a cycle closer than was said, which a value must not survive."""
    with pytest.raises(AssertionError):
        check_relay(first, last, spacing, gap=spacing - 1)


@pytest.mark.parametrize(
    ("first", "last", "spacing", "count"), [(1, 1, 3, 0), (1, 4, 3, 1), (1, 5, 3, 2), (2, 15, 4, 4)]
)
def test_no_register_too_many(first, last, spacing, count):
    """One for each `spacing` cycles begun."""
    m, asked = Module(), []

    class Rows:
        def at(self, position, *row):
            asked.append((position, row))
            return Signal()

    relayed(m, Signal(BITS), Rows(), (first, last), "lstm", "o", spacing=spacing, name="kept")
    assert asked == [(first + spacing * k, ("lstm", "o")) for k in range(count)]
