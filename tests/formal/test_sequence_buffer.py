# amaranth: UnusedElaboratable=no
"""Proofs about the sequence buffer, for every source, every consumer and every stall."""

import pytest
from amaranth import Array, Cat, Elaboratable, Module, Signal
from amaranth.hdl import Assert, Cover

from rnnhw.gateware.sequence_buffer import SequenceBuffer

from .harness import Refuted, prove
from .properties import Followed, cyclic, offered, taken, transfer, within

STEPS = 2  # of the longest sequence


class Proof(Elaboratable):
    """One sequence, any, is followed: its jobs come out whole, in order and once, with its flags.

    Parameters
    ----------
    size : int
    pieces : list of tuple
    last_only : bool
    turned : bool
        What is mirrored is expected as it came, and the other way round (the control).
    """

    def __init__(self, size: int, pieces, last_only: bool = False, turned: bool = False):
        self.size, self.pieces, self.last_only, self.turned = size, pieces, last_only, turned
        self.job = sum(length for _, length, _ in pieces)
        self.inputs = []

    def played(self, steps: int) -> list[int]:
        """Which stored elements come out of a sequence, in order."""
        order = []
        for t in range(steps)[-1:] if self.last_only else range(steps):
            for offset, length, mirrored in self.pieces:
                step = steps - 1 - t if mirrored != self.turned else t
                order += range(step * self.size + offset, step * self.size + offset + length)
        return order

    def elaborate(self, platform):
        m = Module()
        inputs, most = self.inputs, len(self.played(STEPS))
        m.submodules.dut = dut = SequenceBuffer(
            1, self.size, self.pieces, STEPS, last_only=self.last_only, style="registers"
        )
        offered(m, dut.i, inputs, "i")
        taken(m, dut.o, inputs, "o")
        whole, value = self.stored(m, dut)
        ends = transfer(dut.o) & dut.o.payload.last
        sequence = Followed(m, inputs, whole, ends, value, 3)  # one may come in while the last of two leaves
        sent = Signal(range(most + 1))  # elements of the sequence that comes out
        with m.If(transfer(dut.o)):
            m.d.sync += sent.eq(sent + 1)
            with m.If(dut.o.payload.last):
                m.d.sync += sent.eq(0)
        due = sequence.there & (sequence.ahead == 0) & dut.o.valid
        expected, final = Signal(), Signal()
        elements, length = Array(sequence.value[: STEPS * self.size]), sequence.value[STEPS * self.size :]
        for steps in range(1, STEPS + 1):
            order = self.played(steps)
            with m.If(length == steps):
                m.d.comb += [expected.eq(elements[Array(order)[sent]]), final.eq(sent == len(order) - 1)]
        output = dut.o.payload
        m.d.comb += [
            Assert(~dut.o.valid | (sequence.level != 0)),
            Assert(dut.i.ready | (sequence.level >= 2)),
            Assert(~due | (output.data == expected.as_signed())),
            Assert(~due | (output.first == (sent == 0))),
            Assert(~due | (output.last == final)),
            Cover(ends & due & (length == STEPS) & (sequence.level >= 2)),
        ]
        within(m, 1, (sequence.level != 0) & dut.o.ready, transfer(dut.o), "output")
        within(m, most, dut.i.valid & dut.o.ready, transfer(dut.i), "input")
        return m

    def stored(self, m, dut):
        """A sequence is in with this cycle's element; its elements and its number of steps."""
        index = cyclic(m, transfer(dut.i), self.size, "index")
        following = Signal(range(STEPS + 1))  # steps that are stored of the sequence
        step = Signal.like(following)
        before = Signal(STEPS * self.size)
        now = Signal.like(before)
        cut, whole, overflow = Signal(), Signal(), Signal()
        position = step * self.size + index
        m.d.comb += [
            step.eq(following),
            now.eq(before),
            now.bit_select(position, 1).eq(dut.i.payload.data),
            cut.eq(step == STEPS - 1),
            whole.eq(transfer(dut.i) & (index == self.size - 1) & (dut.i.payload.last | cut)),
            Assert(dut.overflow == overflow),
        ]
        with m.If(dut.i.payload.first & (index == 0)):
            m.d.comb += step.eq(0)
        with m.If(transfer(dut.i)):
            m.d.sync += [before.eq(now), following.eq(step)]
            with m.If(index == self.size - 1):
                m.d.sync += following.eq(step + 1)
        with m.If(whole):
            m.d.sync += [following.eq(0), overflow.eq(overflow | ~dut.i.payload.last)]
        return whole, Cat(now, (step + 1)[: len(following)])


FORWARD, MIRRORED = (0, 1, False), (0, 1, True)
CASES = [  # size, pieces, last_only, depth
    (1, [FORWARD], False, 10),
    (1, [FORWARD, MIRRORED], False, 11),
    (1, [FORWARD, MIRRORED], True, 10),
    (2, [(1, 1, True), (0, 2, False)], False, 13),
]


@pytest.mark.parametrize(("size", "pieces", "last_only", "depth"), CASES)
def test_sequences(size, pieces, last_only, depth, tmp_path):
    """Within the depth one bank is filled, played and filled again with long sequences, both with short ones."""
    prove(Proof(size, pieces, last_only), depth, tmp_path)


def test_the_wrong_direction_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(Proof(1, [FORWARD, MIRRORED], turned=True), 10, tmp_path)
