"""A sequence's final state is read from the state memories and goes out."""

from amaranth import Array, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan


def final_payload(width: int) -> data.StructLayout:
    """One element of a final state: `last` on its final element."""
    return data.StructLayout({"data": signed(width), "last": 1})


class StateRead(wiring.Component):
    """Reads one state vector, and puts it on a stream.

    A word of a memory is addressed the cycle after `start`, or after the last element of the word before was
    transferred; its elements are offered from two cycles later on, one a cycle.

    Parameters
    ----------
    plan : EnginePlan
    width : int
        Bits of an element on the stream.

    Members
    -------
    start : In(1), bank : In(1), stream : In
        Read a vector: hidden states from that bank, of that stream. All hold till `done`.
    busy : Out(1)
        From the cycle after `start` to that of `done`.
    done : Out(1)
        The final element is transferred in this cycle.
    h_address : Out, h_part : Out, h_data : In
        Of the state memory; data a cycle later.
    c_read : Out(1), c_pass : Out
        Read the next round of a pass's carry memory; `c_data` : In (low bits of an element each) a cycle later.
    final : Out(stream)
        The cells in order: h, then c of an LSTM.
    """

    def __init__(self, plan: EnginePlan, width: int):
        self.plan, self.shape, self.parts, self.width = plan, plan.geometry, plan.state_parts, width
        self.bits = plan.network.config.activation_bits
        self.slots = max(self.shape.columns, self.shape.pipelines)
        self.read_parts = self.shape.word // self.shape.columns
        super().__init__(
            {
                "start": In(1),
                "bank": In(1),
                "stream": In(range(plan.hardware.streams)),
                "busy": Out(1),
                "done": Out(1),
                "h_address": Out(range(plan.memories["h"].depth)),
                "h_part": Out(range(self.read_parts)),
                "h_data": In(data.ArrayLayout(self.bits, self.shape.columns)),
                "c_read": Out(1),
                "c_pass": Out(range(len(plan.passes))),
                "c_data": In(data.ArrayLayout(plan.cell_bits, self.shape.pipelines)),
                "final": Out(stream.Signature(final_payload(width))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        part = Signal(range(len(self.parts)))
        index = Signal(range(max(item.length for item in self.parts)))
        slot = Signal(range(self.slots))
        word = Signal(data.ArrayLayout(signed(self.width), self.slots))
        of_c = Signal()
        part_end = Signal()
        word_end = Signal()
        with m.Switch(part):
            for at, item in enumerate(self.parts):
                per_word = self.shape.columns if item.memory == "h" else self.shape.pipelines
                with m.Case(at):
                    m.d.comb += [
                        of_c.eq(item.memory == "c"),
                        part_end.eq(index == item.length - 1),
                        word_end.eq(part_end | (slot == per_word - 1)),
                        self.c_pass.eq(item.number),
                    ]
        addressing = Signal()
        fetched = Signal()
        taken = Signal()
        self._address(m, part, index, slot, taken & part_end, taken & word_end)
        m.d.comb += [
            taken.eq(self.final.valid & self.final.ready),
            self.busy.eq(addressing | fetched | self.final.valid),
            self.c_read.eq(addressing & of_c),
            self.final.payload.data.eq(Array(word)[slot]),
            self.final.payload.last.eq(part_end & (part == len(self.parts) - 1)),
            self.done.eq(taken & self.final.payload.last),
        ]
        m.d.sync += [addressing.eq(self.start | (taken & word_end & ~self.done)), fetched.eq(addressing)]
        with m.If(fetched):
            m.d.sync += self.final.valid.eq(1)
            self._keep(m, word, of_c)
        with m.If(taken):
            m.d.sync += [index.eq(index + 1), slot.eq(slot + 1)]
            with m.If(word_end):
                m.d.sync += [slot.eq(0), self.final.valid.eq(0)]
            with m.If(part_end):
                m.d.sync += [index.eq(0), part.eq(Mux(self.done, 0, part + 1))]
        return m

    def _keep(self, m, word, of_c) -> None:
        """Take over what the memory gave."""
        for slot in range(self.slots):
            h = self.h_data[slot].as_signed() if slot < self.shape.columns else 0
            c = self.c_data[slot].as_signed() if slot < self.shape.pipelines else 0
            m.d.sync += word[slot].eq(Mux(of_c, c, h))

    def _address(self, m, part, index, slot, part_end, word_end) -> None:
        """Where in the state memory the part at hand stands: counted on from where its vector begins."""
        words = Signal(range(self.plan.memories["h"].depth))
        pieces = Signal(range(self.read_parts))
        base = Signal.like(words)
        offset = Signal.like(words)
        with m.Switch(part):
            for at, item in enumerate(self.parts):
                low, high = self.plan.work.outputs[item.number]
                with m.Case(at):
                    m.d.comb += base.eq(Mux(self.bank, high, low))
        with m.Switch(self.stream):
            for number in range(1, self.plan.hardware.streams):
                with m.Case(number):
                    m.d.comb += offset.eq(number * self.plan.state_words)
        m.d.comb += [self.h_address.eq(base + offset + words), self.h_part.eq(pieces)]
        with m.If(word_end):
            m.d.sync += pieces.eq(pieces + 1)
            with m.If(pieces == self.read_parts - 1):
                m.d.sync += [pieces.eq(0), words.eq(words + 1)]
        with m.If(part_end):
            m.d.sync += [pieces.eq(0), words.eq(0)]
