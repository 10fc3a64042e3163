# amaranth: UnusedElaboratable=no
"""Proofs about the queues of answers and the feedback, for every source, every consumer and every stall."""

import pytest
from amaranth import Cat, Elaboratable, Module, Mux, Signal, Value
from amaranth.hdl import Assert, Assume, Cover

from rnnhw.fixedpoint import QFormat, Rounding
from rnnhw.gateware.answer_queue import AnswerQueue
from rnnhw.gateware.feedback import Feedback
from rnnhw.gateware.stage_buffer import StageBuffer

from .harness import Refuted, prove
from .properties import Followed, cyclic, free, offered, taken, transfer, within


class QueueProof(Elaboratable):
    """One element, any, is followed from its push, of up to `results` at a time, to its transfer.

    `dropped`: the reserve of a second answer is taken for granted (the control).
    """

    def __init__(self, size: int, results=1, aligned: bool = False, style: str = "block", dropped: bool = False):
        self.size, self.results, self.aligned, self.style = size, results, aligned, style
        self.dropped, self.inputs = dropped, []

    def elaborate(self, platform):
        m = Module()
        size, inputs = self.size, self.inputs
        m.submodules.dut = dut = AnswerQueue(1, size, self.results, aligned=self.aligned, style=self.style)
        for name in ("reserve", "first", "last"):
            m.d.comb += getattr(dut, name).eq(free(1, name, inputs))
        taken(m, dut.o, inputs, "o")
        pushed = self.pushes(m, dut)
        sent = cyclic(m, transfer(dut.o), size, "sent")
        answers = Signal(range(4))  # reserved, and not pushed whole yet
        m.d.sync += answers.eq(answers + dut.reserve - (dut.push[0] & dut.end))
        room = dut.room if not self.dropped else 1
        values = [
            Cat(dut.data[k], dut.first & (pushed + k == 0), dut.last & (pushed + k == size - 1))
            for k in range(self.results)
        ]
        element = Followed(m, inputs, list(dut.push), transfer(dut.o), values, 2 * size)
        held_first, held_last = Signal(), Signal()
        with m.If(dut.push[0]):
            m.d.sync += [held_first.eq(dut.first), held_last.eq(dut.last)]
        due = element.there & (element.ahead == 0)
        output = dut.o.payload
        m.d.comb += [
            Assume(~dut.reserve | room),
            Assume(~dut.reserve | (answers != 3)),
            Assume(~dut.push[0] | (answers != 0)),
            Assume((pushed == 0) | ((dut.first == held_first) & (dut.last == held_last))),  # of the answer's step
            Assert(dut.o.valid == (element.level != 0)),
            Assert(~due | (Cat(output.data, output.first, output.last) == element.value)),
            Assert((sent == 0) | ~output.first | ~dut.o.valid),
            Cover(due & transfer(dut.o) & (element.level == 2 * size)),
        ]
        return m

    def pushes(self, m, dut) -> Signal:
        """Push the first few results of an answer that are left, as many as may be; returns how many were before."""
        pushed = Signal(range(self.size))
        amount = sum(dut.push)
        m.d.comb += dut.push.eq(free(self.results, "push", self.inputs))
        m.d.comb += [dut.data[k].eq(free(1, f"element_{k}", self.inputs)) for k in range(self.results)]
        m.d.comb += [Assume(dut.push[k] | ~dut.push[k + 1]) for k in range(self.results - 1)]
        m.d.comb += [Assume(pushed + amount <= self.size), dut.end.eq(pushed + amount == self.size)]
        if self.aligned:
            m.d.comb += Assume(~dut.push[0] | (amount == self.results) | dut.end)
        m.d.sync += pushed.eq(Mux(dut.end, 0, pushed + amount))
        return pushed


class StageBufferProof(Elaboratable):
    """One element, any, is followed from its push to its transfer.

    `overfull`: it is pushed while the buffer is full (the control).
    """

    def __init__(self, overfull: bool = False):
        self.overfull, self.inputs = overfull, []

    def elaborate(self, platform):
        m = Module()
        inputs = self.inputs
        m.submodules.dut = dut = StageBuffer(1, 2)
        m.d.comb += dut.push.eq(free(1, "push", inputs))
        m.d.comb += dut.answer.eq(free(dut.answer.shape(), "answer", inputs))
        taken(m, dut.o, inputs, "o")
        element = Followed(m, inputs, dut.push, transfer(dut.o), dut.answer, 2)
        due = element.there & (element.ahead == 0)
        m.d.comb += [
            Assume(~dut.push | (element.level < 2 + self.overfull)),
            Assert(dut.full == (element.level == 2)),
            Assert(dut.o.valid == (element.level != 0)),
            Assert(~due | (Value.cast(dut.o.payload) == element.value)),
            Cover(due & transfer(dut.o) & (element.level == 2)),
        ]
        return m


class FeedbackProof(Elaboratable):
    """Each answer's element goes out once, and back into the chain once unless it is of a sequence's final answer.

    The chain answers a step any time after it has got all of it.
    `lossy`: the chain is to get the final answer, too (the control).
    """

    def __init__(self, steps: int, size: int, lossy: bool = False):
        self.steps, self.size, self.lossy, self.inputs = steps, size, lossy, []

    def elaborate(self, platform):
        m = Module()
        size, inputs, length = self.size, self.inputs, self.steps * self.size
        form = QFormat(2, 0)
        m.submodules.dut = dut = Feedback(self.steps, size, form, form, Rounding.FLOOR)
        offered(m, dut.i, inputs, "i")
        offered(m, dut.from_chain, inputs, "from_chain")
        taken(m, dut.o, inputs, "o")
        taken(m, dut.to_chain, inputs, "to_chain")
        goes_in, goes_out, made = (transfer(port) for port in (dut.to_chain, dut.o, dut.from_chain))
        in_number = cyclic(m, goes_in, length, "in_number")
        made_number = cyclic(m, made, length, "made_number")
        step_in = goes_in & (cyclic(m, goes_in, size, "in_index") == size - 1)
        step_made = made & (cyclic(m, made, size, "made_index") == size - 1)
        owed = Signal(range(4))  # steps that the chain has got and not answered
        went_out, went_in = Signal(), Signal()  # the element that the chain offers
        m.d.sync += [
            owed.eq(owed + step_in - step_made),
            went_out.eq(~made & (went_out | goes_out)),
            went_in.eq(~made & (went_in | (goes_in & (in_number >= size)))),
        ]
        is_input = in_number < size
        final = (made_number >= length - size) if not self.lossy else 0
        fed, answer = dut.to_chain.payload, dut.from_chain.payload
        m.d.comb += [
            Assume(~dut.from_chain.valid | (owed != 0)),
            Assume(~goes_in | (owed != 3)),  # the chain holds no more than that
            Assert(transfer(dut.i) == (goes_in & is_input)),
            Assert(~(dut.to_chain.valid & is_input) | (fed.data == dut.i.payload.data)),
            Assert(~(dut.to_chain.valid & ~is_input) | (dut.from_chain.valid & (fed.data == answer.data))),
            Assert(~(goes_in & ~is_input) | (~went_in & ~final)),
            Assert(~made | final | went_in | (goes_in & ~is_input)),
            Assert(~goes_out | (dut.from_chain.valid & ~went_out & (dut.o.payload.data == answer.data))),
            Assert(~made | went_out | goes_out),
            Assert(~goes_out | (dut.o.payload.first == (made_number == 0))),
            Assert(~goes_out | (dut.o.payload.last == (made_number == length - 1))),
            Assert(~goes_in | (fed.first == (in_number == 0))),
            Assert(~goes_in | (fed.last == (in_number == length - 1))),
            Cover(goes_out & dut.o.payload.last),
        ]
        within(m, 1, dut.from_chain.valid & dut.o.ready & dut.to_chain.ready, made, "answer")
        return m


QUEUES = [(1, 1, True, "block", 8), (3, 1, True, "block", 10), (3, 2, True, "registers", 9), (3, 2, False, "block", 9)]
QUEUES += [(1, 2, False, "block", 8), (1, 2, False, "registers", 8)]


@pytest.mark.parametrize(("size", "results", "aligned", "style", "depth"), QUEUES)
def test_answer_queue(size, results, aligned, style, depth, tmp_path):
    """Both places of the queue are filled, emptied and begun again within the depth; banks read ahead or at once."""
    prove(QueueProof(size, results, aligned, style), depth, tmp_path)


def test_an_answer_that_was_not_reserved_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(QueueProof(1, dropped=True), 9, tmp_path)


def test_stage_buffer(tmp_path):
    """Its registers hold two elements: all their states are reached in four cycles."""
    prove(StageBufferProof(), 7, tmp_path)


def test_a_push_too_many_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(StageBufferProof(overfull=True), 7, tmp_path)


@pytest.mark.parametrize(("steps", "size", "depth"), [(1, 1, 7), (1, 2, 8), (2, 1, 9), (3, 2, 13)])
def test_feedback(steps, size, depth, tmp_path):
    prove(FeedbackProof(steps, size), depth, tmp_path)


def test_a_lost_answer_is_found(tmp_path):
    with pytest.raises(Refuted, match="failed assertion"):
        prove(FeedbackProof(2, 1, lossy=True), 9, tmp_path)
