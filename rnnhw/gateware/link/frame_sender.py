"""From an answer or event to the bytes of its frame."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .frame_bits import FrameByte, needs_escape
from .outbox import ADDRESS
from .protocol import ESCAPE, FLAG

#: What is to be sent: its payload stands in the outbox, `length` bytes from `base` on, which ends with zeros enough for
#: that.
HEADER = data.StructLayout({"type": 8, "sequence": 8, "base": ADDRESS, "length": 8})


class FrameSender(wiring.Component):
    """Sends frames, a flag before and behind each.

    A byte that is taken at once is followed by the next one within 18 cycles.

    Members
    -------
    i : In(stream)
        Frames.
    idle : Out(1)
        None is being sent.
    read : Out(1), address : Out, data : In(8)
        Read the outbox in this cycle; the byte two cycles later.
    o : Out(stream)
        Bytes.
    """

    def __init__(self):
        members = {"i": In(stream.Signature(HEADER)), "o": Out(stream.Signature(8)), "idle": Out(1)}
        super().__init__(members | {"read": Out(1), "address": Out(ADDRESS), "data": In(8)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bits = bits = FrameByte()
        header, index, over = Signal(HEADER), Signal(8), Signal()
        phase = Signal(3)  # flag, length, sequence, type, payload, two of CRC, flag
        follow = Signal()
        ends, special = Signal(), Signal()  # a flag is being sent; what has to be escaped is
        in_payload, idle = Signal(), Signal(init=1)
        m.d.comb += [
            self.idle.eq(idle),
            self.i.ready.eq(idle),
            self.address.eq(header.base | index),
            self.o.payload.eq(Mux(special, ESCAPE, bits.byte)),
            bits.restart.eq(ends),
            bits.escape.eq(special & self.o.ready),
        ]
        m.d.sync += [
            over.eq(index == header.length),
            ends.eq((phase == 0) | (phase == 7)),
            in_payload.eq(phase == 4),
            bits.checked.eq((phase != 5) & (phase != 6)),
        ]
        sources = [FLAG, header.length, header.sequence, header.type, self.data, bits.crc[8:], bits.crc[8:], FLAG]
        with m.Switch(phase):
            for number, source in enumerate(sources):
                with m.Case(number):
                    m.d.comb += bits.value.eq(source)
        with m.If(idle):
            m.d.sync += [header.eq(self.i.payload), index.eq(0)]
        with m.Elif(bits.load & in_payload):
            m.d.sync += index.eq(index + 1)
        with m.If(idle):
            m.d.sync += phase.eq(0)
        with m.Elif(follow):
            m.d.sync += phase.eq(phase + 1)
            with m.If((phase == 3) | (phase == 4)):
                m.d.sync += phase.eq(Mux(over, 5, 4))
        self._states(m, bits, phase, in_payload, ends, special, follow, idle)
        return m

    def _states(self, m, bits, phase, in_payload, ends, special, follow, idle) -> None:
        """A byte of the frame after the other."""
        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.i.valid):
                    m.d.sync += idle.eq(0)
                    m.next = "FETCH"
            with m.State("FETCH"):  # the phase and what follows from it have come
                m.next = "READ"
            with m.State("READ"):
                m.d.sync += self.read.eq(in_payload)
                m.next = "WAIT"
            with m.State("WAIT"):
                m.d.sync += self.read.eq(0)
                m.next = "COME"
            with m.State("COME"):
                m.next = "CHOOSE"
            with m.State("CHOOSE"):
                m.d.comb += bits.load.eq(1)
                m.next = "TURN"
            with m.State("TURN"):
                m.d.comb += bits.turn.eq(1)
                with m.If(bits.turned):
                    m.next = "MARK"
            with m.State("MARK"):
                m.d.sync += special.eq(~ends & needs_escape(bits.byte))
                m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += special.eq(0)
                    m.d.comb += follow.eq(~special)
                    with m.If(~special):
                        m.next = "FETCH"
                        with m.If(phase == 7):
                            m.d.sync += idle.eq(1)
                            m.next = "IDLE"
