"""Counters that stand in the outbox: small ones count, and are added to the large ones one after the other."""

from amaranth import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .outbox import ADDRESS, COUNTERS_AT, SNAPSHOT_AT, WRITE

#: Name and bytes of each counter, in the order of the payload.
COUNTERS = (("cycles", 6), ("busy", 6), ("inputs", 4), ("outputs", 4), ("saturations", 4), ("good", 2), ("bad", 2))
BYTES = sum(size for _, size in COUNTERS)
ROUND = 255  # cycles in which all of them are visited
SMALL = {"cycles": 8, "busy": 8, "inputs": 7, "outputs": 7, "good": 2, "bad": 3}  # bits of what counts till then
INDEX = 5  # bits of a byte's number


class Counters(wiring.Component):
    """Visits the counters' bytes in turn: reads one, adds what has come together since, writes it back.

    A round takes less than `ROUND` cycles if a byte is read and written after few cycles. There may be an input and
    an output in every other cycle, and as many good and bad frames as bytes on a line can make.

    Parameters
    ----------
    saturations : int
        Bits of the number of values that saturate in a cycle; 0: they are not counted.

    Members
    -------
    busy, inputs, outputs, good : In(1), bad : In(2), saturations : In
        What there is to count in this cycle.
    snapshot : In(1)
        Copy all of them; hold till `done`. All that came before is in the copy.
    clear : In(1)
        Set all of them to zero; hold till `done`.
    done : Out(1)
    can_read : In(1), address : Out, data : In(8)
        Of the outbox; data two cycles after `can_read`.
    write : Out(stream)
    """

    def __init__(self, saturations: int = 0):
        self.counted = {"cycles": 1, "busy": 1, "inputs": 1, "outputs": 1, "good": 1, "bad": 2}
        self.small = dict(SMALL)
        if saturations:
            self.counted["saturations"] = saturations
            self.small["saturations"] = (ROUND * ((1 << saturations) - 1)).bit_length()
        members = {name: In(bits) for name, bits in self.counted.items() if name != "cycles"}
        members |= {"snapshot": In(1), "clear": In(1), "done": Out(1), "can_read": In(1), "data": In(8)}
        members |= {"address": Out(ADDRESS), "write": Out(stream.Signature(WRITE))}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        index = Signal(INDEX)
        visit = Signal()
        byte, carry, total = Signal(8), Signal(), Signal(9)
        copying, copied, clearing = Signal(), Signal(), Signal(init=1)
        addend, first = self._small(m, index, visit)
        bank, final = COUNTERS_AT ^ SNAPSHOT_AT, Signal()
        m.d.sync += final.eq(index == BYTES - 1)
        m.d.comb += [
            self.address.eq(COUNTERS_AT | index),
            self.write.payload.address.eq((COUNTERS_AT | index) ^ Cat(Const(0, INDEX), copied & bool(bank))),
            self.write.payload.data.eq(total),
        ]
        with m.FSM():
            with m.State("READ"):
                with m.If(self.can_read):
                    m.next = "WAIT"
            with m.State("WAIT"):
                m.next = "VISIT"
            with m.State("VISIT"):
                m.d.comb += visit.eq(1)
                m.d.sync += [byte.eq(self.data), carry.eq(total[8] & ~first)]
                m.next = "ADD"
            with m.State("ADD"):
                m.d.sync += total.eq(byte + addend + carry)
                with m.If(clearing):
                    m.d.sync += total.eq(0)
                m.d.sync += self.write.valid.eq(1)
                m.next = "WRITE"
            with m.State("WRITE"):
                with m.If(self.write.ready):
                    m.d.sync += copied.eq(copying & ~copied)
                    with m.If(copied | ~copying):
                        m.d.sync += [index.eq(index + 1), self.write.valid.eq(0)]
                        m.next = "READ"
                        with m.If(final):
                            m.next = "END"
            with m.State("END"):
                m.d.comb += self.done.eq((copying & self.snapshot) | (clearing & self.clear))
                m.d.sync += [index.eq(0), copying.eq(self.snapshot & ~self.done), clearing.eq(self.clear & ~self.done)]
                m.next = "READ"
        return m

    def _small(self, m, index, visit):
        """The small counters; returns what to add to the byte (a cycle later) and whether it is a counter's lowest."""
        addend, first = Signal(8), Signal()
        at = 0
        with m.If(visit):
            m.d.sync += addend.eq(0)
        for name, size in COUNTERS:
            with m.If(index == at):
                m.d.comb += first.eq(1)
            if name in self.small:
                small = Signal(self.small[name], name=f"small_{name}")
                step = getattr(self, name) if name != "cycles" else 1
                m.d.sync += small.eq(small + step)
                for part in range(0, len(small), 8):
                    with m.If(visit & (index == at + part // 8)):
                        rest = Cat(small[:part], Const(0, 8), small[part + 8 :])[: len(small)]
                        m.d.sync += [addend.eq(small[part : part + 8]), small.eq(rest + step)]
            at += size
        return addend, first
