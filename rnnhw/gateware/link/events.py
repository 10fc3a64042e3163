"""Collects what a core gives out into frames."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .frame_sender import HEADER
from .outbox import WRITE

ENDS = 2  # the flag of a frame that ends with the last element of an answer
FULL = 128  # a frame is sent once it has so many bytes, its flags and stream included


def element_bytes(width: int) -> int:
    """Bytes in which an element comes."""
    return -(-width // 8)


class EventCollector(wiring.Component):
    """Writes elements into the outbox, and has them sent when an answer ends or there are many.

    An element takes three cycles and more; while a frame is being sent none is taken.

    Parameters
    ----------
    type : int
        Of the frames.
    address : int
        Where in the outbox they are collected.
    width : int
        Bits of an element.
    streams : int

    Members
    -------
    i : In(stream)
        `data`, `end` with the last element of an answer, and `stream`.
    write : Out(stream)
        To the outbox.
    o : Out(stream)
        Frames to be sent.
    sequence : In(8)
        Number of the next event.
    idle : In(1)
        Nothing is being sent.
    """

    def __init__(self, type: int, address: int, width: int, streams: int = 1):
        self.type, self.address, self.bytes = type, address, element_bytes(width)
        payload = data.StructLayout({"data": signed(width), "end": 1, "stream": range(max(2, streams))})
        super().__init__(
            {
                "i": In(stream.Signature(payload)),
                "write": Out(stream.Signature(WRITE)),
                "o": Out(stream.Signature(HEADER)),
                "sequence": In(8),
                "idle": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        element = Signal(signed(8 * self.bytes))
        end, number = Signal(), Signal.like(self.i.payload.stream)
        length = Signal(8, init=2)
        left = Signal(range(self.bytes + 1))
        write, frame = self.write.payload, self.o.payload
        m.d.comb += [
            write.address.eq(self.address | length),
            write.data.eq(element),
            frame.type.eq(self.type),
            frame.sequence.eq(self.sequence),
            frame.address.eq(self.address),
            frame.length.eq(length),
        ]
        with m.FSM():
            with m.State("TAKE"):
                m.d.comb += self.i.ready.eq(1)
                m.d.sync += [element.eq(self.i.payload.data), end.eq(self.i.payload.end)]
                m.d.sync += [number.eq(self.i.payload.stream), left.eq(self.bytes - 1)]
                with m.If(self.i.valid):
                    m.next = "WRITE"
            with m.State("WRITE"):
                m.d.comb += self.write.valid.eq(1)
                with m.If(self.write.ready):
                    m.d.sync += [element.eq(element >> 8), length.eq(length + 1), left.eq(left - 1)]
                    with m.If(left == 0):
                        m.next = "TAKEN"
            with m.State("TAKEN"):
                m.next = "TAKE"
                with m.If(end | length[7]):
                    m.next = "FLAGS"
            with m.State("FLAGS"):
                m.d.comb += [self.write.valid.eq(1), write.address.eq(self.address), write.data.eq(Mux(end, ENDS, 0))]
                with m.If(self.write.ready):
                    m.next = "STREAM"
            with m.State("STREAM"):
                m.d.comb += [self.write.valid.eq(1), write.address.eq(self.address | 1), write.data.eq(number)]
                with m.If(self.write.ready):
                    m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "SENT"
            with m.State("SENT"):
                m.d.sync += length.eq(2)
                with m.If(self.idle):
                    m.next = "TAKE"
        return m
