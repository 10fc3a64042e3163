"""From bytes to whole, checked requests."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.memory_ports import read_port, write_port

from .crc import next_crc
from .protocol import CRC_START, ESCAPE, ESCAPED, FLAG, Reply

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
        A byte of the oldest one, a cycle after its address.
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
        store = Signal()
        is_flag, is_escape = Signal(), Signal()
        m.d.comb += [is_flag.eq(self.i.payload == FLAG), is_escape.eq(self.i.payload == ESCAPE)]
        slot, full = self._slots(m, store & ~phase[2] & ~dropped, byte, phase, remaining)
        with m.FSM():
            with m.State("WAIT"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid & is_flag):
                    m.d.sync += synchronised.eq(1)
                    with m.If((phase != 0) | escaped):
                        m.next = "END"
                with m.Elif(self.i.valid & synchronised):
                    m.d.sync += [escaped.eq(is_escape), byte.eq(self.i.payload ^ Mux(escaped, ESCAPED, 0))]
                    with m.If(~is_escape):
                        m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += store.eq(1)
                self._phases(m, byte, phase, sequence, remaining)
                with m.If(phase == 0):
                    m.d.sync += dropped.eq(full.bit_select(slot, 1))
                m.next = "CRC"
            with m.State("CRC"):
                m.d.sync += [crc.eq(next_crc(crc, byte[7])), byte.eq(byte << 1), count.eq(count + 1)]
                with m.If(count == 7):
                    m.next = "WAIT"
            with m.State("END"):
                self._verdict(m, (phase == 6) & ~escaped, crc == 0, dropped, sequence)
                with m.If(self.good):
                    m.d.sync += [slot.eq(~slot), full.bit_select(slot, 1).eq(1)]
                m.d.sync += [signal.eq(signal.init) for signal in (phase, crc, sequence, escaped)]
                m.next = "WAIT"
        return m

    def _slots(self, m, write_now, byte, phase, remaining):
        """The two places; returns which one is written and which are in use."""
        m.submodules.requests = requests = memory.Memory(shape=8, depth=2 * SLOT, init=[], attrs={"ram_style": "block"})
        write, read = write_port(requests), read_port(requests)
        slot, oldest, full = Signal(), Signal(), Signal(2)
        header = Cat((phase + 1)[:2], Const(-1, 6))
        m.d.comb += [
            write.addr.eq(Cat(Mux(phase == 3, remaining, header), slot)),
            write.data.eq(byte),
            write.en.eq(write_now),
            read.addr.eq(Cat(self.address, oldest)),
            read.en.eq(1),
            self.data.eq(read.data),
            self.waiting.eq(full.bit_select(oldest, 1)),
        ]
        with m.If(self.free):
            m.d.sync += [oldest.eq(~oldest), full.bit_select(oldest, 1).eq(0)]
        return slot, full

    def _phases(self, m, byte, phase, sequence, remaining) -> None:
        """Length, sequence, type, payload, two bytes of CRC, the end, and what is too long."""
        m.d.sync += phase.eq(phase + 1)
        with m.Switch(phase):
            with m.Case(0):
                m.d.sync += remaining.eq(byte)
                with m.If(byte[4:].all() & byte[:4].any()):  # more than 240
                    m.d.sync += phase.eq(7)
            with m.Case(1):
                m.d.sync += sequence.eq(byte)
            with m.Case(2):
                with m.If(remaining == 0):
                    m.d.sync += phase.eq(4)
            with m.Case(3):
                m.d.sync += remaining.eq(remaining - 1)
                with m.If(remaining != 1):
                    m.d.sync += phase.eq(3)
            with m.Case(7):
                m.d.sync += phase.eq(7)

    def _verdict(self, m, whole, right, dropped, sequence) -> None:
        fault = self.fault
        m.d.comb += [self.good.eq(whole & right & ~dropped), self.bad.eq(~self.good)]
        with m.If(fault.ready):
            m.d.sync += fault.valid.eq(0)
        with m.If(self.bad & ~fault.valid):
            m.d.sync += [fault.valid.eq(1), fault.payload.sequence.eq(sequence)]
            reply = Mux(~whole, Reply.LENGTH, Mux(right, Reply.OVERRUN, Reply.CRC))
            m.d.sync += fault.payload.reply.eq(reply)
