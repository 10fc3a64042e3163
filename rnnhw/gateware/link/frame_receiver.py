"""From bytes to whole, checked requests."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .byte_memory import ByteMemory
from .frame_bits import needs_escape, next_crc
from .protocol import CRC_START, ESCAPED, Reply

SLOT = 256  # bytes of a request's place
TYPE = 0xFF  # where a request's type stands in its place; below it sequence and length, and the payload from there on
LENGTH = TYPE - 2

FAULT = data.StructLayout({"reply": 4, "sequence": 8})


class FrameReceiver(wiring.Component):
    """Takes frames, checks length and CRC, and keeps two that are right.

    A byte takes ten cycles. A frame that comes while two are kept is checked and then told as overrun. Of a payload
    the byte after which r bytes come stands at address r + 1, so that one counter is both address and end.

    Members
    -------
    i : In(stream)
        Bytes.
    fault : Out(stream)
        What was wrong with a frame, and its sequence number if that came. One that comes while another one waits is
        just counted.
    good, bad : Out(1)
        A frame was right (and is kept), was not, in this cycle.
    waiting : Out(1)
        A request is there.
    address : In(8), data : Out(8)
        A byte of the oldest one, two cycles after its address.
    free : In(1)
        It is done with.
    """

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "fault": Out(stream.Signature(FAULT)),
                "good": Out(1),
                "bad": Out(1),
                "waiting": Out(1),
                "address": In(8),
                "data": Out(8),
                "free": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        byte, phase, dropped = Signal(8), Signal(3), Signal()
        crc = Signal(16, init=CRC_START)
        sequence, remaining = Signal(8), Signal(8)
        synchronised, escaped = Signal(), Signal()
        count = Signal(3)
        take, store, shift, end = Signal(), Signal(), Signal(), Signal()
        special = Signal()
        m.d.comb += special.eq(needs_escape(self.i.payload))
        with m.If(take):
            m.d.sync += byte.eq(self.i.payload ^ Mux(escaped, ESCAPED, 0))
        with m.Elif(shift):
            m.d.sync += byte.eq(byte << 1)
        with m.If(end):
            m.d.sync += crc.eq(CRC_START)
        with m.Elif(shift):
            m.d.sync += crc.eq(next_crc(crc, byte[7]))
        with m.If(end):
            m.d.sync += sequence.eq(0)
        with m.Elif(store & (phase == 1)):
            m.d.sync += sequence.eq(byte)
        m.d.sync += count.eq(Mux(shift, count + 1, 0))
        self._phases(m, store, end, byte, phase, remaining)
        slot, full = self._slots(m, store & ~phase[2] & ~dropped, byte, phase, remaining)
        whole, right, keep = Signal(), Signal(), Signal()
        m.d.sync += [whole.eq((phase == 6) & ~escaped), right.eq(crc == 0), keep.eq(whole & right & ~dropped)]
        m.d.comb += [self.good.eq(end & keep), self.bad.eq(end & ~keep)]
        self._verdict(m, whole, right, sequence)
        with m.If(self.good):
            m.d.sync += [slot.eq(~slot), full.bit_select(slot, 1).eq(1)]
        with m.FSM():
            with m.State("WAIT"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid & special & self.i.payload[1]):  # a flag
                    m.d.sync += synchronised.eq(1)
                    m.next = "CLOSE"
                with m.Elif(self.i.valid & synchronised):
                    m.d.comb += take.eq(~special)
                    m.d.sync += escaped.eq(special)
                    with m.If(~special):
                        m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += store.eq(1)
                with m.If(phase == 0):
                    m.d.sync += dropped.eq(full.bit_select(slot, 1))
                m.next = "CRC"
            with m.State("CRC"):
                m.d.comb += shift.eq(1)
                with m.If(count == 7):
                    m.next = "WAIT"
            with m.State("CLOSE"):
                m.next = "WAIT"
                with m.If((phase != 0) | escaped):
                    m.next = "JUDGE"
            with m.State("JUDGE"):
                m.next = "END"
            with m.State("END"):
                m.d.comb += end.eq(1)
                m.d.sync += escaped.eq(0)
                m.next = "WAIT"
        return m

    def _slots(self, m, write_now, byte, phase, remaining):
        """The two places; returns which one is written and which are in use."""
        m.submodules.requests = requests = ByteMemory([0] * (2 * SLOT))
        slot, oldest, full = Signal(), Signal(), Signal(2)
        header = Cat((phase + 1)[:2], Const(-1, 6))
        m.d.comb += [
            requests.write.eq(write_now),
            requests.write_address.eq(Cat(Mux(phase == 3, remaining, header), slot)),
            requests.write_data.eq(byte),
            requests.address.eq(Cat(self.address, oldest)),
            self.data.eq(requests.data),
            self.waiting.eq(full.bit_select(oldest, 1)),
        ]
        with m.If(self.free):
            m.d.sync += [oldest.eq(~oldest), full.bit_select(oldest, 1).eq(0)]
        return slot, full

    def _phases(self, m, store, end, byte, phase, remaining) -> None:
        """Length, sequence, type, payload, two bytes of CRC, the end, and what is too long."""
        with m.If(end):
            m.d.sync += phase.eq(0)
        with m.Elif(store & (phase != 7)):
            m.d.sync += phase.eq(phase + 1)
            with m.If((phase == 0) & byte[4:].all() & byte[:4].any()):  # more than 240
                m.d.sync += phase.eq(7)
            with m.If((phase == 2) & (remaining == 0)):
                m.d.sync += phase.eq(4)
            with m.If((phase == 3) & (remaining != 1)):
                m.d.sync += phase.eq(3)
        with m.If(store & (phase == 0)):
            m.d.sync += remaining.eq(byte)
        with m.Elif(store & (phase == 3)):
            m.d.sync += remaining.eq(remaining - 1)

    def _verdict(self, m, whole, right, sequence) -> None:
        """What is wrong with a bad frame."""
        fault = self.fault
        with m.If(fault.ready):
            m.d.sync += fault.valid.eq(0)
        with m.If(self.bad & ~fault.valid):
            m.d.sync += [fault.valid.eq(1), fault.payload.sequence.eq(sequence)]
            m.d.sync += fault.payload.reply.eq(Mux(whole, Mux(right, Reply.OVERRUN, Reply.CRC), Reply.LENGTH))
