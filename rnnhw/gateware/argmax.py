"""Argmax as a stage of its own."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint.checks import integer
from rnnhw.fixedpoint.exponential import MAX_SIZE

from .interfaces import stage_payload
from .stage_buffer import StageBuffer


def index_width(size: int) -> int:
    """Bits of an index among so many elements, signed."""
    return max(1, (size - 1).bit_length()) + 1


class Argmax(wiring.Component):
    """Index of the largest element of each answer; of equal ones the lowest.

    The index is valid the cycle after the answer's final element was accepted. Throughput: one element a cycle,
    also between answers. Two indices may wait for the consumer; only a third answer's final element is held then.

    Parameters
    ----------
    width : int
        Bits of an element.
    size : int
        Elements of an answer, 1..1024.
    streams : int
        Interleaved sequences; the payloads have the field `stream` if there are several.

    Members
    -------
    i : In(stream)
        Elements. `first` is taken with an answer's first element, `last` and `stream` with its final one.
    o : Out(stream)
        One element an answer, with its `first`, `last` and `stream`.
    """

    def __init__(self, width: int, size: int, streams: int = 1):
        self.width = integer("width", width, 1)
        self.size = integer("size", size, 1, MAX_SIZE)
        self.streams = streams
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(width, streams))),
                "o": Out(stream.Signature(stage_payload(index_width(size), streams))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        element = self.i.payload
        index = Signal(range(self.size))
        best = Signal(signed(self.width))
        best_index = Signal(range(self.size))
        answer_first = Signal()
        take = Signal()
        start = Signal()
        end = Signal()
        larger = Signal()
        winner = Signal(range(self.size))
        m.submodules.buffer = buffer = StageBuffer(len(self.o.payload.data), self.streams)
        wiring.connect(m, buffer.o, wiring.flipped(self.o))
        m.d.comb += [
            start.eq(index == 0),
            end.eq(index == self.size - 1),
            self.i.ready.eq(~(end & buffer.full)),
            take.eq(self.i.valid & self.i.ready),
            larger.eq(start | (element.data > best)),
            winner.eq(Mux(larger, index, best_index)),
            buffer.push.eq(take & end),
            buffer.answer.last.eq(element.last),
            buffer.answer.data.eq(winner),
            buffer.answer.first.eq(Mux(start, element.first, answer_first)),
        ]
        if self.streams > 1:
            m.d.comb += buffer.answer.stream.eq(element.stream)
        with m.If(take):
            m.d.sync += index.eq(Mux(end, 0, index + 1))
            with m.If(larger):
                m.d.sync += [best.eq(element.data), best_index.eq(index)]
            with m.If(start):
                m.d.sync += answer_first.eq(element.first)
        return m
