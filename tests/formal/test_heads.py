# amaranth: UnusedElaboratable=no
"""Proofs about the stages at a chain's end, for every source, every consumer and every stall."""

import pytest
from amaranth import Cat, Elaboratable, Module, Mux, Signal, Value, signed
from amaranth.hdl import Assert, Cover
from amaranth.hdl._ast import AnySeq
from amaranth.lib import wiring

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import SoftmaxTables
from rnnhw.gateware import softmax
from rnnhw.gateware.argmax import Argmax
from rnnhw.gateware.multiplier import MultiplierSignature
from rnnhw.gateware.primitives import Primitives

from .harness import Refuted, prove
from .properties import Followed, cyclic, offered, taken, transfer, within


def flags(payload, index, size: int, first) -> Value:
    """What is to be said of an answer at its element `index`, given the `first` of its element 0."""
    return Cat(Mux(index == 0, payload.first, first), payload.last, payload.stream)


class ArgmaxProof(Elaboratable):
    """One answer, any, is followed: its index is that of the largest element, its flags are its own.

    `highest`: the highest of equal ones is to win (the control).
    """

    def __init__(self, width: int, size: int, highest: bool = False):
        self.width, self.size, self.highest, self.inputs = width, size, highest, []

    def elaborate(self, platform):
        m = Module()
        size, inputs = self.size, self.inputs
        m.submodules.dut = dut = Argmax(self.width, size, 2)
        offered(m, dut.i, inputs, "i")
        taken(m, dut.o, inputs, "o")
        position = cyclic(m, transfer(dut.i), size, "position")
        elements = [Signal(signed(self.width), name=f"element_{number}") for number in range(size)]
        current = [*elements[: size - 1], dut.i.payload.data]
        first = Signal()
        for number, element in enumerate(elements):
            with m.If(transfer(dut.i) & (position == number)):
                m.d.sync += element.eq(dut.i.payload.data)
                if number == 0:
                    m.d.sync += first.eq(dut.i.payload.first)
        wins = []
        for number, element in enumerate(current):
            lower = (element >= other if self.highest else element > other for other in current[:number])
            higher = (element > other if self.highest else element >= other for other in current[number + 1 :])
            wins.append(Cat(*lower, *higher).all())
        whole = transfer(dut.i) & (position == size - 1)
        value = Cat(flags(dut.i.payload, position, size, first), *wins)
        answer = Followed(m, inputs, whole, transfer(dut.o), value, 2)
        due = answer.there & (answer.ahead == 0) & dut.o.valid
        output = dut.o.payload
        m.d.comb += [
            Assert(dut.o.valid == (answer.level != 0)),
            Assert(~due | answer.value[3:].bit_select(output.data.as_unsigned(), 1)),
            Assert(~due | (output.data >= 0) & (output.data < size)),
            Assert(~due | (Cat(output.first, output.last, output.stream) == answer.value[:3])),
            Assert(~dut.o.ready | dut.i.ready | (answer.level == 2)),
            Cover(due & transfer(dut.o) & (answer.level == 2)),
        ]
        within(m, 1, dut.i.valid & dut.o.ready, transfer(dut.i), "input")
        return m


class AnyMultiplier(wiring.Component):
    """A multiplier of any results: what is proved with it holds for the real one."""

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        with m.If(self.enable):
            m.d.sync += self.product.eq(AnySeq(len(self.product)))
        return m


def tiny_tables(size: int, y_format: QFormat, activation_bits: int) -> SoftmaxTables:
    """Tables of two digits of a bit each, with exponentials of two fraction bits."""
    return SoftmaxTables(size, y_format, activation_bits, 2, 0, 2, ((4, 1), (4, 2)))


@pytest.fixture
def tiny(monkeypatch):
    """A softmax of tiny numbers, whose products are anything."""
    monkeypatch.setattr(softmax, "softmax_tables", tiny_tables)
    monkeypatch.setattr(Primitives, "multiplier", lambda _, *widths: AnyMultiplier(*widths))


class SoftmaxProof(Elaboratable):
    """One answer, any, is followed: it has `size` results, with its flags, in time, whatever the numbers are.

    The numbers are as small as can be (`tiny_tables`), which shortens the division and nothing else.

    `hurried`: it is to come sooner than it can (the control).
    """

    def __init__(self, bits: int, size: int, hurried: bool = False):
        self.bits, self.size, self.hurried, self.inputs = bits, size, hurried, []

    def elaborate(self, platform):
        m = Module()
        size, inputs = self.size, self.inputs
        m.submodules.dut = dut = softmax.Softmax(size, QFormat(2, 0), self.bits, "registers", 2)
        offered(m, dut.i, inputs, "i")
        taken(m, dut.o, inputs, "o")
        position = cyclic(m, transfer(dut.i), size, "position")
        sent = cyclic(m, transfer(dut.o), size, "sent")
        first = Signal()
        with m.If(transfer(dut.i) & (position == 0)):
            m.d.sync += first.eq(dut.i.payload.first)
        whole = transfer(dut.i) & (position == size - 1)
        ends = transfer(dut.o) & (sent == size - 1)
        answer = Followed(m, inputs, whole, ends, flags(dut.i.payload, position, size, first), 7)
        due = answer.there & (answer.ahead == 0) & dut.o.valid
        output, tables = dut.o.payload, dut.tables
        is_first, is_last = answer.value[0] & (sent == 0), answer.value[1] & (sent == size - 1)
        m.d.comb += [
            Assert(~dut.o.valid | (answer.level != 0)),
            Assert(~due | (Cat(output.first, output.last, output.stream) == Cat(is_first, is_last, answer.value[2]))),
            Cover(due & transfer(dut.o) & (answer.level == 2)),
        ]
        frame = len(tables.tables)
        latest = 2 * (3 + 2 * frame + tables.e_frac + 4 + (size + 2) * frame)
        within(m, 10 if self.hurried else latest, (answer.level != 0) & dut.o.ready, transfer(dut.o), "output")
        return m


@pytest.mark.parametrize(("width", "size", "depth"), [(2, 1, 8), (2, 2, 10), (2, 3, 12)])
def test_argmax(width, size, depth, tmp_path):
    prove(ArgmaxProof(width, size), depth, tmp_path)


def test_a_wrong_argmax_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(ArgmaxProof(2, 2, highest=True), 8, tmp_path)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(("size", "depth"), [(1, 22), (2, 25)])
def test_softmax(size, depth, tmp_path):
    prove(SoftmaxProof(2, size), depth, tmp_path)


@pytest.mark.usefixtures("tiny")
def test_a_late_softmax_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(SoftmaxProof(2, 1, hurried=True), 20, tmp_path)
