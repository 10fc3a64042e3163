"""The end of a stage: two places, so that the next stage's `ready` ends in a register."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .interfaces import stage_payload


class StageBuffer(wiring.Component):
    """A queue of two elements with the payload between stages.

    Latency one cycle, throughput one element a cycle.

    Parameters
    ----------
    width : int
        Bits of an element.
    streams : int

    Members
    -------
    push : In(1)
        Take `answer`; only while `full` is low.
    answer : In(payload)
    full : Out(1)
    o : Out(stream)
    """

    def __init__(self, width: int, streams: int = 1):
        self.layout = layout = stage_payload(width, streams)
        super().__init__({"push": In(1), "answer": In(layout), "full": Out(1), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(3))
        head = Signal(self.layout)
        tail = Signal(self.layout)
        pop = Signal()
        m.d.comb += [
            self.full.eq(count == 2),
            self.o.valid.eq(count != 0),
            self.o.payload.eq(head),
            pop.eq(self.o.valid & self.o.ready),
        ]
        m.d.sync += count.eq(count + self.push - pop)
        with m.If(pop):
            m.d.sync += head.eq(tail)
        with m.If(self.push):
            with m.If((count == 0) | ((count == 1) & pop)):
                m.d.sync += head.eq(self.answer)
            with m.Else():
                m.d.sync += tail.eq(self.answer)
        return m
