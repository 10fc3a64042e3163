"""Keeps an initial state till the core takes it."""

from amaranth import Module, Signal, signed
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.memory_ports import read_port, write_port
from rnnhw.gateware.state_load import state_payload
from rnnhw.plan.memory_map import REGISTER_BITS

from .protocol import Reply


class StateBuffer(wiring.Component):
    """Takes one state vector in pieces, then offers it, an element in three cycles.

    Parameters
    ----------
    size : int
        Elements of a vector.
    width : int
        Bits of an element.

    Members
    -------
    begin : In(1), first : In(1)
        Elements come, with a vector's first one or not.
    element : In(1), data : In(signed(width))
        One of them.
    wrong : Out(1), reply : Out(4)
        From the cycle after `begin` or `element` on: they cannot be taken.
    commit : In(1)
        They have all come and are to be kept.
    full : Out(1)
        A whole vector waits, or is being taken.
    o : Out(stream)
    """

    def __init__(self, size: int, width: int):
        self.size, self.width = size, width
        members = dict.fromkeys(("begin", "first", "element", "commit"), In(1)) | {"data": In(signed(width))}
        members |= {"wrong": Out(1), "reply": Out(4), "full": Out(1)}
        super().__init__(members | {"o": Out(stream.Signature(state_payload(width)))})

    def elaborate(self, platform):
        m = Module()
        style = "registers" if self.size * self.width <= REGISTER_BITS else "block"
        m.submodules.vector = store = memory.Memory(
            shape=self.width, depth=self.size, init=[], attrs={"ram_style": style}
        )
        write, read = write_port(store), read_port(store)
        count, kept = Signal(range(self.size + 1)), Signal(range(self.size + 1))
        index = Signal(range(self.size))
        m.d.comb += [
            write.addr.eq(count),
            write.data.eq(self.data),
            write.en.eq(self.element & ~self.wrong),
            read.addr.eq(index),
            read.en.eq(1),
            self.o.payload.data.eq(read.data.as_signed()),
        ]
        with m.If(self.begin):
            m.d.sync += [count.eq(kept), self.wrong.eq(self.full), self.reply.eq(Reply.STATE_WAITING)]
            with m.If(self.first):
                m.d.sync += count.eq(0)
            with m.Elif(~self.full & (kept == 0)):
                m.d.sync += [self.wrong.eq(1), self.reply.eq(Reply.FLAGS)]
        with m.If(self.element):
            m.d.sync += count.eq(count + 1)
            with m.If(count == self.size):
                m.d.sync += [self.wrong.eq(1), self.reply.eq(Reply.SIZE)]
        with m.If(self.commit):
            m.d.sync += kept.eq(count)
            with m.If(count == self.size):
                m.d.sync += [self.full.eq(1), kept.eq(0)]
        fetched = Signal()
        m.d.sync += [fetched.eq(self.full), self.o.valid.eq(fetched & self.full)]
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [index.eq(index + 1), fetched.eq(0), self.o.valid.eq(0)]
            with m.If(index == self.size - 1):
                m.d.sync += [index.eq(0), self.full.eq(0)]
        return m
