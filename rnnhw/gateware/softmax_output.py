"""The output side of a softmax: each exponential times the reciprocal of their sum."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint.exponential import SoftmaxTables

from .interfaces import stage_payload
from .softmax_input import answer_tag, counter, store
from .stage_buffer import StageBuffer


class SoftmaxOutput(wiring.Component):
    """Keeps the exponentials until their sum's reciprocal is there, then reads one at each `turn`.

    A result is valid five cycles after its exponential was read. Throughput: one a cycle.

    Parameters
    ----------
    tables : SoftmaxTables
    capacity : int
        Exponentials that there may be at a time.
    streams : int
    style : str
        "block", "distributed" or "registers".

    Members
    -------
    enable : Out(1)
        Low while a result waits for the consumer; then all of the softmax stands still, but for its input.
    there : In(1), e : In(e_frac + 1)
        An exponential.
    done : In(1), r : In(e_frac + 1), k : In, take : Out(1)
        Reciprocals, in the order of the answers.
    tag : In, pop : Out(1)
        The tag of the answer that is read.
    turn : In(1)
        The multiplier is free in the next cycle.
    a, b : Out(signed(e_frac + 2)), product : In
        To and from the multiplier (two cycles), the cycle after `turn`.
    freed : Out(1)
        An exponential was read.
    o : Out(stream)
    """

    def __init__(self, tables: SoftmaxTables, capacity: int, streams: int, style: str):
        self.tables, self.capacity, self.streams, self.style = tables, capacity, streams, style
        self.tag_layout = answer_tag(streams)
        factor = tables.e_frac + 2
        super().__init__(
            {
                "enable": Out(1),
                "there": In(1),
                "e": In(tables.e_frac + 1),
                "done": In(1),
                "r": In(tables.e_frac + 1),
                "k": In(range(tables.max_shift + 1)),
                "take": Out(1),
                "tag": In(self.tag_layout),
                "pop": Out(1),
                "turn": In(1),
                "a": Out(signed(factor)),
                "b": Out(signed(factor)),
                "product": In(signed(2 * factor)),
                "freed": Out(1),
                "o": Out(stream.Signature(stage_payload(tables.output.width, streams))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        ready = Signal()
        r = Signal.like(self.r, name="r_1")
        k = Signal.like(self.k, name="k_0")
        write, read = store(m, "exponentials", self.capacity, self.tables.e_frac + 1, self.style)
        write_address, _ = counter(m, self.capacity, self.enable & self.there, "write_address")
        address, _ = counter(m, self.capacity, self.freed, "read_address")
        index, end = counter(m, self.tables.size, self.freed, "index")
        start = index == 0
        m.d.comb += [
            self.take.eq(self.enable & self.done & ~ready),
            self.freed.eq(self.enable & self.turn & ready),
            self.pop.eq(self.freed & end),
            write.addr.eq(write_address),
            write.data.eq(self.e),
            write.en.eq(self.enable & self.there),
            read.addr.eq(address),
            read.en.eq(self.freed),
            self.a.eq(read.data),
            self.b.eq(r),
        ]
        with m.If(self.take):
            m.d.sync += [r.eq(self.r), k.eq(self.k), ready.eq(1)]
        with m.If(self.pop):
            m.d.sync += ready.eq(0)
        tag = Signal(self.tag_layout, name="tag_0")
        m.d.comb += [tag.eq(self.tag), tag.first.eq(self.tag.first & start), tag.last.eq(self.tag.last & end)]
        self._results(m, tag, k)
        return m

    def _results(self, m, tag, k) -> None:
        """Shifts, rounds and limits the products, and puts the results out."""
        travelling = data.StructLayout({"there": 1, "k": k.shape(), "tag": self.tag_layout})
        stages = [Signal(travelling, name=f"share_{number}") for number in range(5)]
        m.d.comb += [stages[0].there.eq(self.freed), stages[0].k.eq(k), stages[0].tag.eq(tag)]
        bits, shift = self.tables.activation_bits, self.tables.share_shift
        shifted = Signal(bits + 2)  # with a bit below the last place
        rounded = Signal(bits + 1)
        result = Signal(bits)
        with m.Switch(stages[3].k):
            for amount in range(self.tables.max_shift + 1):
                with m.Case(amount):
                    m.d.comb += shifted.eq(self.product >> (shift + amount - 1))
        m.d.comb += rounded.eq((shifted + 1) >> 1)
        with m.If(self.enable):
            m.d.sync += [stages[number + 1].eq(stages[number]) for number in range(4)]
            m.d.sync += result.eq(Mux(rounded[bits], (1 << bits) - 1, rounded))

        m.submodules.buffer = buffer = StageBuffer(bits + 1, self.streams)
        wiring.connect(m, buffer.o, wiring.flipped(self.o))
        m.d.comb += [
            self.enable.eq(~(stages[4].there & buffer.full)),
            buffer.push.eq(stages[4].there & ~buffer.full),
            buffer.answer.data.eq(result),
        ]
        m.d.comb += [buffer.answer[name].eq(stages[4].tag[name]) for name, _ in self.tag_layout]
