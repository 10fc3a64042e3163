# amaranth: UnusedElaboratable=no
"""Proofs about the states that come in and go out, for every source, every consumer and every stall."""

import pytest
from amaranth import Array, Cat, Elaboratable, Module, Mux, Signal, signed
from amaranth.hdl import Assert, Assume, Cover
from amaranth.hdl._ast import AnyConst

from rnnhw.gateware.state_load import StateLoad
from rnnhw.gateware.state_read import StateRead
from tests.gateware.plans import small_engine

from .harness import Refuted, prove
from .properties import cyclic, free, offered, taken, transfer, within

WIDTH = 2  # bits of an element on the streams


def tiny_engine(kind: str, units: int, pipelines: int, columns: int = 1):
    """An engine of a single layer."""
    sizes = {"inputs": 1, "hidden": [units], "outputs": [], "kinds": [kind]}
    return small_engine(1, sizes, {"lanes": pipelines, "pipelines": pipelines, "columns_per_cycle": columns})


def started(m, dut, ended, inputs) -> Signal:
    """Start vectors at any time, but one after the other, of any bank; whether one is on its way."""
    running, bank = Signal(), Signal()
    m.d.comb += [
        dut.start.eq(free(1, "start", inputs)),
        dut.bank.eq(free(1, "bank", inputs)),
        Assume(~dut.start | ~running),
        Assume(~running | (dut.bank == bank)),
    ]
    m.d.sync += [running.eq((running | dut.start) & ~ended), bank.eq(dut.bank)]
    return running


class LoadProof(Elaboratable):
    """Each element is taken once, and stands in its round, which is written once, in the cycle after.

    `expected`: an engine (another one in the control).
    """

    def __init__(self, plan, expected=None):
        self.plan, self.expected, self.inputs = plan, expected or plan, []

    def elaborate(self, platform):
        m = Module()
        parts, pipelines = self.expected.state_parts, self.plan.geometry.pipelines
        m.submodules.dut = dut = StateLoad(self.plan, WIDTH)
        offered(m, dut.state, self.inputs, "state")
        took = transfer(dut.state)
        position = cyclic(m, took, sum(part.length for part in parts), "position")
        final, due, write_h, write_c, end = (Signal(name=name) for name in ("final", "due", "to_h", "to_c", "end"))
        running = started(m, dut, took & final, self.inputs)
        values = [Signal(signed(WIDTH), name=f"value_{slot}") for slot in range(pipelines)]
        filled = Signal(pipelines)
        number, done = Signal.like(dut.tag.number), Signal()
        m.d.sync += [due.eq(0), done.eq(took & final)]
        with m.If(due):
            m.d.sync += filled.eq(0)
        at = 0
        for part in parts:
            for index in range(part.length):
                slot, part_end = index % pipelines, index == part.length - 1
                with m.If(position == at):
                    m.d.comb += final.eq(part is parts[-1] and part_end)
                    with m.If(took):
                        m.d.sync += [values[slot].eq(dut.state.payload.data), filled[slot].eq(1)]
                        m.d.sync += [number.eq(part.number), end.eq(part_end)]
                        m.d.sync += due.eq(part_end or slot == pipelines - 1)
                        m.d.sync += [write_h.eq(part.memory == "h"), write_c.eq(part.carry is not None)]
                at += 1
        same = [~filled[slot] | (dut.values[slot] == value) for slot, value in enumerate(values)]
        m.d.comb += [
            Assert(dut.state.ready == running),
            Assert(dut.done == done),
            Assert(dut.write_h == (due & write_h)),
            Assert(dut.write_c == (due & write_c)),
            Assert(~due | (Cat(dut.tag.number, dut.tag.end) == Cat(number, end))),
            Assert(~due | Cat(*same).all()),
            Assert(dut.tag.bank == dut.bank),
            Cover(done),
        ]
        return m


class ReadProof(Elaboratable):
    """The memories hold anything: each element of the state comes out once, in order, from its own place.

    `other_bank`: the elements are to come from the other bank (the control).
    """

    def __init__(self, plan, other_bank: bool = False):
        self.plan, self.other_bank, self.inputs = plan, other_bank, []

    def elaborate(self, platform):
        m = Module()
        plan, shape = self.plan, self.plan.geometry
        m.submodules.dut = dut = StateRead(plan, WIDTH)
        taken(m, dut.final, self.inputs, "final")
        running = started(m, dut, dut.done, self.inputs)
        h_words = [AnyConst(plan.network.config.activation_bits) for _ in range(plan.state_words * shape.word)]
        at = dut.h_address * shape.word + dut.h_part * shape.columns
        m.d.sync += [dut.h_data[k].eq(Array(h_words)[at + k]) for k in range(shape.columns)]
        rounds = self.cell_rounds(m, dut)
        elements = []
        for part in plan.state_parts:
            low, high = plan.work.outputs[part.number]
            for index in range(part.length):
                if part.memory == "c":
                    elements.append(rounds[part.number, index // shape.pipelines][index % shape.pipelines])
                    continue
                low_word, high_word = (h_words[base * shape.word + index] for base in (low, high))
                elements.append(Mux(dut.bank ^ self.other_bank, high_word, low_word))
        took = transfer(dut.final)
        position = cyclic(m, took, len(elements), "position")
        payload, final = dut.final.payload, position == len(elements) - 1
        m.d.comb += [
            Assert(dut.busy == running),
            Assert(~dut.final.valid | running),
            Assert(~dut.final.valid | (payload.data.as_unsigned() == Array(elements)[position][:WIDTH])),
            Assert(~dut.final.valid | (payload.last == final)),
            Assert(dut.done == (took & final)),
            Cover(dut.done),
        ]
        within(m, 2, running & dut.final.ready, took, "output")
        return m

    def cell_rounds(self, m, dut) -> dict:
        """Give rounds of cells in their order; the elements of each pass's rounds."""
        pipelines, bits = self.plan.geometry.pipelines, self.plan.cell_bits
        lengths = {part.number: part.length for part in self.plan.state_parts if part.memory == "c"}
        order = [(number, at) for number, length in lengths.items() for at in range(-(-length // pipelines))]
        rounds = {at: [AnyConst(bits) for _ in range(pipelines)] for at in order}
        if order:
            number = cyclic(m, dut.c_read, len(order), "round")
            m.d.comb += Assert(~dut.c_read | (dut.c_pass == Array(at[0] for at in order)[number]))
            m.d.sync += [dut.c_data[k].eq(Array(rounds[at][k] for at in order)[number]) for k in range(pipelines)]
        return rounds


SHAPES = [("lstm", 3, 2, 1), ("gru", 2, 1, 2)]


@pytest.mark.parametrize(("kind", "units", "pipelines", "columns"), SHAPES)
def test_load(kind, units, pipelines, columns, tmp_path):
    """A whole vector, of both banks, and the beginning of the next one come within the depth."""
    prove(LoadProof(tiny_engine(kind, units, pipelines, columns)), 11, tmp_path)


@pytest.mark.parametrize(("kind", "units", "pipelines", "columns", "depth"), [(*SHAPES[0], 20), (*SHAPES[1], 9)])
def test_read(kind, units, pipelines, columns, depth, tmp_path):
    """A whole vector and the beginning of the next one come within the depth."""
    prove(ReadProof(tiny_engine(kind, units, pipelines, columns)), depth, tmp_path)


def test_another_layout_is_found(tmp_path):
    plans = tiny_engine("lstm", 3, 2), tiny_engine("lstm", 2, 2)
    with pytest.raises(Refuted, match="failed assertion"):
        prove(LoadProof(*plans), 9, tmp_path)


def test_the_other_bank_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(ReadProof(tiny_engine("gru", 2, 1), other_bank=True), 9, tmp_path)
