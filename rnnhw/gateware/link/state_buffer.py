"""Keeps an initial state till the core takes it."""

from amaranth import Cat, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.state_load import state_payload

from .byte_memory import ByteMemory
from .protocol import Reply


class StateBuffer(wiring.Component):
    """Takes one state vector in pieces, then offers it, an element in four cycles.

    Parameters
    ----------
    widths : sequence of int
        Bits of each element of a vector; they come in as many as the widest one has.

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

    def __init__(self, widths):
        self.widths = list(widths)
        self.size, self.width = len(self.widths), max(self.widths)
        width = self.width
        members = dict.fromkeys(("begin", "first", "element", "commit"), In(1)) | {"data": In(signed(width))}
        members |= {"wrong": Out(1), "reply": Out(4), "full": Out(1)}
        super().__init__(members | {"o": Out(stream.Signature(state_payload(width)))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.vector = store = ByteMemory([0] * self.size, self.width)
        count, kept = Signal(range(self.size + 1)), Signal(range(self.size + 1))
        index = Signal(range(self.size))
        m.d.comb += [
            store.write.eq(self.element & ~self.wrong),
            store.write_address.eq(count),
            store.write_data.eq(self.data),
            store.address.eq(index),
            self.o.payload.data.eq(store.data),
        ]
        with m.If(self.begin):
            m.d.sync += [count.eq(kept), self.wrong.eq(self.full), self.reply.eq(Reply.STATE_WAITING)]
            with m.If(self.first):
                m.d.sync += count.eq(0)
            with m.Elif(~self.full & (kept == 0)):
                m.d.sync += [self.wrong.eq(1), self.reply.eq(Reply.FLAGS)]
        narrow = Signal()
        for start, end, width in self._narrow_runs():
            spare = self.data[width - 1 :]
            with m.If((count >= start) & (count < end)):
                m.d.comb += narrow.eq(spare.any() & ~spare.all())
        with m.If(self.element):
            m.d.sync += count.eq(count + 1)
            with m.If(narrow):
                m.d.sync += [self.wrong.eq(1), self.reply.eq(Reply.RANGE)]
            with m.If(count == self.size):
                m.d.sync += [self.wrong.eq(1), self.reply.eq(Reply.SIZE)]
        with m.If(self.commit):
            m.d.sync += kept.eq(count)
            with m.If(count == self.size):
                m.d.sync += [self.full.eq(1), kept.eq(0)]
        fetched = Signal(2)
        m.d.sync += Cat(fetched, self.o.valid).eq(Cat(self.full, fetched))
        with m.If(self.o.valid & self.o.ready):
            m.d.sync += [index.eq(index + 1), fetched.eq(0), self.o.valid.eq(0)]
            with m.If(index == self.size - 1):
                m.d.sync += [index.eq(0), self.full.eq(0)]
        return m

    def _narrow_runs(self) -> list[tuple[int, int, int]]:
        """Start, end and width of each run of elements that are narrower than the widest."""
        cuts = [at for at in range(self.size) if at == 0 or self.widths[at] != self.widths[at - 1]]
        runs = zip(cuts, [*cuts[1:], self.size], strict=True)
        return [(start, end, self.widths[start]) for start, end in runs if self.widths[start] < self.width]
