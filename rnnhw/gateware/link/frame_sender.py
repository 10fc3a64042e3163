"""From an answer or event to the bytes of its frame."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .crc import next_crc
from .outbox import ADDRESS
from .protocol import CRC_START, ESCAPE, ESCAPED, FLAG

#: What is to be sent: its payload stands in the outbox, `length` bytes from `address` on.
HEADER = data.StructLayout({"type": 8, "sequence": 8, "address": ADDRESS, "length": 8})


class FrameSender(wiring.Component):
    """Sends frames, a flag before and behind each.

    A byte that is taken at once is followed by the next one within 15 cycles.

    Members
    -------
    i : In(stream)
        Frames.
    idle : Out(1)
        None is being sent.
    read : Out(1), address : Out, data : In(8)
        Read the outbox in this cycle; the byte a cycle later.
    o : Out(stream)
        Bytes.
    """

    def __init__(self):
        members = {"i": In(stream.Signature(HEADER)), "o": Out(stream.Signature(8)), "idle": Out(1)}
        super().__init__(members | {"read": Out(1), "address": Out(ADDRESS), "data": In(8)})

    def elaborate(self, platform):
        m = Module()
        header, left, phase = Signal(HEADER), Signal(8), Signal(3)
        byte, crc, count = Signal(8), Signal(16, init=CRC_START), Signal(3)
        special, checked = Signal(), Signal()
        m.d.comb += [
            self.idle.eq(0),
            self.address.eq(header.address),
            special.eq((byte == FLAG) | (byte == ESCAPE)),
            checked.eq(phase < 5),  # flag, length, sequence, type, payload, two of CRC, flag
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += [self.i.ready.eq(1), self.idle.eq(1)]
                m.d.sync += [header.eq(self.i.payload), left.eq(self.i.payload.length), crc.eq(CRC_START), phase.eq(0)]
                m.d.sync += byte.eq(FLAG)
                with m.If(self.i.valid):
                    m.next = "FLAG"
            with m.State("FETCH"):
                m.d.comb += self.read.eq(phase == 4)
                m.next = "CHOOSE"
            with m.State("CHOOSE"):
                with m.Switch(phase):
                    for at, value in enumerate([FLAG, left, header.sequence, header.type, self.data, crc[8:], crc[8:]]):
                        with m.Case(at):
                            m.d.sync += byte.eq(value)
                    with m.Default():
                        m.d.sync += byte.eq(FLAG)
                m.next = "CRC"
                with m.If(phase == 7):
                    m.next = "FLAG"
            with m.State("CRC"):
                m.d.sync += [crc.eq(Mux(checked, next_crc(crc, byte[7]), crc << 1)), count.eq(count + 1)]
                m.d.sync += byte.eq(byte.rotate_left(1))
                with m.If(count == 7):
                    m.next = "SEND"
            with m.State("SEND"):
                with m.If(~self.o.valid):
                    m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(Mux(special, ESCAPE, byte))]
                    m.d.sync += byte.eq(byte ^ ESCAPED)
                    m.next = "NEXT"
                    with m.If(special):
                        m.next = "ESCAPED"
            with m.State("ESCAPED"):
                with m.If(~self.o.valid):
                    m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(byte)]
                    m.next = "NEXT"
            with m.State("FLAG"):
                with m.If(~self.o.valid):
                    m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(FLAG)]
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.sync += phase.eq(phase + 1)
                m.next = "FETCH"
                with m.If((phase == 3) & (left == 0)):
                    m.d.sync += phase.eq(5)
                with m.If(phase == 4):
                    m.d.sync += [left.eq(left - 1), header.address.eq(header.address + 1)]
                    with m.If(left != 1):
                        m.d.sync += phase.eq(4)
                with m.If(phase == 7):
                    m.next = "IDLE"
        return m
