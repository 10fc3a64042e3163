"""The end of a stage: two places, so that the next stage's `ready` ends in a register."""

from amaranth import Cat, Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .answer_queue import stage_payload
from .output_buffer import OutputBuffer


class StageBuffer(wiring.Component):
    """An `OutputBuffer` for the payload between stages.

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
        layout = stage_payload(width, streams)
        self.others = [name for name, _ in layout if name != "last"]
        super().__init__({"push": In(1), "answer": In(layout), "full": Out(1), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform):
        m = Module()
        answer, element = ([payload[name] for name in self.others] for payload in (self.answer, self.o.payload))
        m.submodules.places = places = OutputBuffer(sum(len(field) for field in answer))
        m.d.comb += [
            places.push.eq(self.push),
            places.answer.data.eq(Cat(*answer)),
            places.answer.last.eq(self.answer.last),
            self.full.eq(places.full),
            self.o.valid.eq(places.o.valid),
            Cat(*element).eq(places.o.payload.data),
            self.o.payload.last.eq(places.o.payload.last),
            places.o.ready.eq(self.o.ready),
        ]
        return m
