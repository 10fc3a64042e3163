# amaranth: UnusedElaboratable=no
"""Proofs about the input buffer, for every source, every reader and every stall."""

import pytest
from amaranth import Array, Elaboratable, Module, Mux, Signal
from amaranth.hdl import Assert, Assume, Cover

from rnnhw.gateware.input_buffer import InputBuffer

from .harness import Refuted, prove
from .properties import Followed, free, offered, transfer

WIDTH = 1


class Proof(Elaboratable):
    """One element, any, is followed: whenever its word is read, it is what was accepted, and it is there until its
    bank is freed.

    `broken`: the reader gets another element where it should get a 1 (the control).
    """

    def __init__(self, parts, columns: int, broken: bool = False):
        self.parts, self.columns, self.broken, self.inputs = parts, columns, broken, []
        self.size = sum(parts)

    def places(self):
        """Word and column of each element of a step; each part begins a word."""
        word = 0
        for length in self.parts:
            yield from ((word + at // self.columns, at % self.columns) for at in range(length))
            word += -(-length // self.columns)

    def elaborate(self, platform):
        m = Module()
        size, inputs = self.size, self.inputs
        words, columns = (Array(item) for item in zip(*self.places(), strict=True))
        m.submodules.dut = dut = InputBuffer(self.parts, self.columns, WIDTH, 1, "registers")
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
        reads = dut.enable & dut.available & followed.there & (followed.ahead < size)
        was_read = Signal()
        column = Signal(range(self.columns))
        kept = Signal(WIDTH)
        with m.If(dut.enable):
            m.d.sync += was_read.eq(reads & (dut.index == words[followed.ahead]))
            m.d.sync += [kept.eq(followed.value[:WIDTH]), column.eq(columns[followed.ahead])]
        with m.If(~followed.there & arrives):
            m.d.sync += is_first.eq(fresh)
        wrong = was_read & kept if self.broken else 0
        start = followed.there & (followed.ahead == 0)
        end = followed.there & (followed.ahead == size - 1)
        whole = (dut.index + 1) * self.columns if len(self.parts) == 1 else size  # elements that must be there
        m.d.comb += [
            Assume(dut.index < dut.words),
            Assume(~dut.free_bank | (followed.level >= size)),
            Assert(dut.available == (followed.level >= Mux(whole > size, size, whole))),
            Assert(dut.i.ready == (followed.level < 2 * size)),
            Assert(~was_read | ((Array(dut.data)[column] ^ wrong) == kept)),
            Assert(~start | (dut.first == (followed.value[WIDTH] | is_first))),
            Assert(~end | (dut.last == followed.value[WIDTH + 1])),
            Cover(was_read & (followed.level == 2 * size)),
        ]
        return m


@pytest.mark.parametrize(
    ("parts", "columns", "depth"), [([1], 1, 8), ([3], 1, 11), ([3], 2, 11), ([2], 3, 9), ([1, 2], 2, 11)]
)
def test_nothing_is_lost_doubled_or_reordered(parts, columns, depth, tmp_path):
    """A bank is filled, freed and filled again within the depth, and all of both is read meanwhile."""
    prove(Proof(parts, columns), depth, tmp_path)


def test_a_wrong_element_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(Proof([2], 1, broken=True), 12, tmp_path)
