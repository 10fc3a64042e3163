# amaranth: UnusedElaboratable=no
"""TagPipeline, Rows and `delayed`: what stands where, and how many cycles ago it was put in."""

import numpy as np
import pytest
from amaranth import Elaboratable, Module, Signal, signed
from amaranth.lib import data

from rnnhw.gateware.delay import delayed
from rnnhw.gateware.interfaces import row_tag
from rnnhw.gateware.rows import Rows, number_is
from rnnhw.gateware.tag_pipeline import TagPipeline
from rnnhw.plan import ROWS
from tests.networks import CELLS

from .plans import small_engine
from .stepper import replay


@pytest.mark.parametrize("length", [1, 2, 9, 15])
def test_tag_pipeline(length):
    rng = np.random.default_rng(length)
    dut = TagPipeline(data.StructLayout({"number": 3, "end": 1}), length)
    rows = [(int(rng.integers(2)), int(rng.integers(16))) for _ in range(300)]
    seen = replay(dut, [dut.valid, dut.tag], [dut.valids, *[dut.tags[k] for k in range(length)]], rows)
    history = [(0, 0)] * length  # newest first
    for row, (valids, *tags) in zip(rows, seen, strict=True):
        assert [valids >> k & 1 for k in range(length)] == [valid for valid, _ in history]
        assert tags == [tag for _, tag in history]
        history = [row, *history[:-1]]


class Delay(Elaboratable):
    """`delayed` as a component."""

    def __init__(self, cycles: int):
        self.cycles, self.i, self.o = cycles, Signal(signed(5)), Signal(signed(5))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(delayed(m, self.i, self.cycles, "late"))
        m.d.sync += Signal(name="clocked").eq(0)
        return m


@pytest.mark.parametrize("cycles", [0, 1, 2, 7])
def test_delayed(cycles):
    dut, values = Delay(cycles), np.random.default_rng(1).integers(-16, 16, 50).tolist()
    seen = [value for (value,) in replay(dut, [dut.i], [dut.o], [(value,) for value in values])]
    assert seen == ([0] * cycles + values)[:50]
    assert cycles == 0 or seen != ([0] * (cycles - 1) + values)[:50]


class Decoder(Elaboratable):
    """`Rows` at one position: any row, each kind, each gate."""

    def __init__(self, plan, stages: int, position: int):
        self.plan, self.position = plan, position
        self.valids = Signal(stages)
        self.tags = Signal(data.ArrayLayout(row_tag(len(plan.passes), 1), stages))
        self.asked = [(kind, None) for kind in ROWS] + [(kind, gate) for kind, gates in ROWS.items() for gate in gates]
        self.answers = Signal(len(self.asked) + 1)

    def elaborate(self, platform):
        m = Module()
        rows = Rows(self.plan, self.valids, self.tags)
        m.d.comb += self.answers[-1].eq(rows.at(self.position))
        m.d.comb += [self.answers[n].eq(rows.at(self.position, *asked)) for n, asked in enumerate(self.asked)]
        m.d.sync += Signal(name="clocked").eq(0)
        return m


@pytest.mark.parametrize("position", [1, 3, 5])
@pytest.mark.parametrize("kinds", [CELLS, ["lstm"], ["gru-before"]])
def test_rows(kinds, position):
    plan = small_engine(2, {"hidden": [2, 3, 2, 1], "outputs": [2], "kinds": kinds, "head": "none"}, {"lanes": 2})
    rng, stages = np.random.default_rng(position), 5
    dut = Decoder(plan, stages, position)
    fields = [dut.tags[position - 1].number, dut.tags[position - 1].gate]
    rows = []
    for _ in range(200):
        number = int(rng.integers(len(plan.passes)))
        rows.append((int(rng.integers(1 << stages)), number, int(rng.integers(len(plan.passes[number].gates)))))
    for (valids, number, gate), (answers,) in zip(
        rows, replay(dut, [dut.valids, *fields], [dut.answers], rows), strict=True
    ):
        there, item = valids >> (position - 1) & 1, plan.passes[number]
        truth = [there and item.kind == k and (g is None or item.gates[gate] == g) for k, g in dut.asked]
        assert [answers >> n & 1 for n in range(len(dut.asked) + 1)] == [*map(int, truth), there]


def test_number_is():
    plan = small_engine(2, {"hidden": [2, 3], "outputs": [2], "kinds": ["lstm"], "head": "none"}, {"lanes": 2})
    number = Signal(2)
    assert len(plan.passes) == 3
    assert (number_is(number, [], plan).value, number_is(number, [0, 1, 2], plan).value) == (0, 1)
