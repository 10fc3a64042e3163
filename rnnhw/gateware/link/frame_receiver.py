"""From bytes to whole, checked requests."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .byte_memory import ByteMemory
from .frame_bits import FrameByte, needs_escape
from .protocol import Reply

SLOT = 256  # bytes of a request's place
TYPE = 0xFF  # where a request's type stands in its place; below it sequence and length, and the payload from there on
LENGTH = TYPE - 2

FAULT = data.StructLayout({"reply": 4, "sequence": 8})


class RequestSlots(wiring.Component):
    """Room for two requests.

    Members
    -------
    write : In(1), write_address : In(8), write_data : In(8)
        Write a byte of the request that comes.
    full : Out(1)
        There is no room for it.
    keep : In(1)
        It is there.
    waiting, address, data, free
        As of `FrameReceiver`.
    """

    def __init__(self):
        members = {"write": In(1), "write_address": In(8), "write_data": In(8), "full": Out(1), "keep": In(1)}
        super().__init__(members | {"waiting": Out(1), "address": In(8), "data": Out(8), "free": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.requests = requests = ByteMemory([0] * (2 * SLOT))
        newest, oldest, used = Signal(), Signal(), Signal(2)
        m.d.comb += [
            requests.write.eq(self.write),
            requests.write_address.eq(Cat(self.write_address, newest)),
            requests.write_data.eq(self.write_data),
            requests.address.eq(Cat(self.address, oldest)),
            self.data.eq(requests.data),
            self.full.eq(used.bit_select(newest, 1)),
            self.waiting.eq(used.bit_select(oldest, 1)),
        ]
        with m.If(self.free):
            m.d.sync += [oldest.eq(~oldest), used.bit_select(oldest, 1).eq(0)]
        with m.If(self.keep):
            m.d.sync += [newest.eq(~newest), used.bit_select(newest, 1).eq(1)]
        return m


class FrameReceiver(wiring.Component):
    """Takes frames, checks length and CRC, and keeps two that are right.

    A byte takes 13 cycles. A frame that comes while two are kept is checked and then told as overrun. Of a payload
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
        m.submodules.bits = bits = FrameByte()
        m.submodules.slots = slots = RequestSlots()
        byte, phase, dropped = bits.byte, Signal(3), Signal()
        sequence, remaining = Signal(8), Signal(8)
        store, end = Signal(), Signal()
        m.d.comb += [
            bits.value.eq(self.i.payload),
            bits.checked.eq(1),
            bits.restart.eq(end),
            slots.write.eq(store & ~phase[2] & ~dropped),
            slots.write_address.eq(Mux(phase == 3, remaining, Cat((phase + 1)[:2], Const(-1, 6)))),
            slots.write_data.eq(byte),
            slots.keep.eq(self.good),
            slots.address.eq(self.address),
            slots.free.eq(self.free),
            self.data.eq(slots.data),
            self.waiting.eq(slots.waiting),
        ]
        with m.If(end):
            m.d.sync += sequence.eq(0)
        with m.Elif(store & (phase == 1)):
            m.d.sync += sequence.eq(byte)
        with m.If(store & (phase == 0)):
            m.d.sync += dropped.eq(slots.full)
        count_phases(m, store, end, byte, phase, remaining)
        whole, right, keep = Signal(), Signal(), Signal()
        escaped = Signal()
        m.d.sync += [whole.eq((phase == 6) & ~escaped), right.eq(bits.crc == 0), keep.eq(whole & right & ~dropped)]
        m.d.comb += [self.good.eq(end & keep), self.bad.eq(end & ~keep)]
        self._verdict(m, whole, right, sequence)
        self._states(m, bits, phase, escaped, store, end)
        return m

    def _states(self, m, bits, phase, escaped, store, end) -> None:
        synchronised, special = Signal(), Signal()
        m.d.sync += special.eq(needs_escape(bits.byte))
        with m.FSM():
            with m.State("WAIT"):
                m.d.comb += [self.i.ready.eq(1), bits.load.eq(self.i.valid)]
                with m.If(self.i.valid):
                    m.next = "MARK"
            with m.State("MARK"):
                m.next = "LOOK"
            with m.State("LOOK"):
                m.next = "WAIT"
                with m.If(special & bits.byte[1]):  # a flag
                    m.d.sync += synchronised.eq(1)
                    m.next = "CLOSE"
                with m.Elif(synchronised & special):
                    m.d.sync += escaped.eq(1)
                with m.Elif(synchronised):
                    m.next = "ESCAPE"
            with m.State("ESCAPE"):
                m.d.comb += bits.escape.eq(escaped)
                m.d.sync += escaped.eq(0)
                m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += store.eq(1)
                m.next = "TURN"
            with m.State("TURN"):
                m.d.comb += bits.turn.eq(1)
                with m.If(bits.turned):
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

    def _verdict(self, m, whole, right, sequence) -> None:
        """What is wrong with a bad frame."""
        fault = self.fault
        with m.If(fault.ready):
            m.d.sync += fault.valid.eq(0)
        with m.If(self.bad & ~fault.valid):
            m.d.sync += [fault.valid.eq(1), fault.payload.sequence.eq(sequence)]
            m.d.sync += fault.payload.reply.eq(Mux(whole, Mux(right, Reply.OVERRUN, Reply.CRC), Reply.LENGTH))


def count_phases(m, store, end, byte, phase, remaining) -> None:
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
