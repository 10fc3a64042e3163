# amaranth: UnusedElaboratable=no
"""Proofs about the input buffer, for every source, every reader and every stall."""

import pytest
from amaranth import Elaboratable, Module, Signal
from amaranth.hdl import Assert, Assume, Cover

from rnnhw.gateware import InputBuffer

from .harness import Refuted, prove
from .properties import Followed, free, offered, transfer

WIDTH = 1


class Proof(Elaboratable):
    """One element, any, is followed: whenever it is read, it is what was accepted, and it is there until its bank
    is freed.

    `broken`: the reader gets another element where it should get a 1 (the control).
    """

    def __init__(self, size: int, broken: bool = False):
        self.size, self.broken, self.inputs = size, broken, []

    def elaborate(self, platform):
        m = Module()
        size, inputs = self.size, self.inputs
        m.submodules.dut = dut = InputBuffer(size, WIDTH, "registers")
        offered(m, dut.i, inputs, "i")
        for name in ("index", "enable", "free_bank"):
            port = getattr(dut, name)
            m.d.comb += port.eq(free(port.shape(), name, inputs))
        arrives = transfer(dut.i)
        followed = Followed(m, inputs, arrives, dut.free_bank, dut.i.payload, 2 * size, size)
        fresh = Signal(init=1)
        is_first = Signal()
        with m.If(arrives):
            m.d.sync += fresh.eq(0)
        reads = dut.enable & dut.available & followed.there & (dut.index == followed.ahead)
        was_read = Signal()
        kept = Signal(WIDTH)
        with m.If(dut.enable):
            m.d.sync += [was_read.eq(reads), kept.eq(followed.value[:WIDTH])]
        with m.If(~followed.there & arrives):
            m.d.sync += is_first.eq(fresh)
        wrong = was_read & kept if self.broken else 0
        start = followed.there & (followed.ahead == 0)
        end = followed.there & (followed.ahead == size - 1)
        m.d.comb += [
            Assume(dut.index < size),
            Assume(~dut.free_bank | (followed.level >= size)),
            Assert(dut.available == (followed.level > dut.index)),
            Assert(dut.i.ready == (followed.level < 2 * size)),
            Assert(~was_read | ((dut.data ^ wrong) == kept)),
            Assert(~start | (dut.first == (followed.value[WIDTH] | is_first))),
            Assert(~end | (dut.last == followed.value[WIDTH + 1])),
            Cover(was_read & (followed.level == 2 * size)),
        ]
        return m


@pytest.mark.parametrize(("size", "depth"), [(1, 9), (2, 11), (3, 12)])
def test_nothing_is_lost_doubled_or_reordered(size, depth, tmp_path):
    prove(Proof(size), depth, tmp_path)


def test_a_wrong_element_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(Proof(2, broken=True), 12, tmp_path)
