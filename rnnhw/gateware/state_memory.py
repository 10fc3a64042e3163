"""The state memory: hidden states in two banks, and vectors that one pass hands to another."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import row_tag
from .memory_ports import read_port, write_port
from .rows import number_is


class StateMemory(wiring.Component):
    """h of the step before is read while h of this step is written (two banks).

    A word holds as many elements as are written or read in a cycle, whichever is more: it is written in
    parts of `pipelines` elements and read in parts of `columns`. Every vector begins a word.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    address : In, part : In, enable : In(1), data : Out(ArrayLayout(n, columns))
        Read port; data a cycle later.
    write : In(1), tag : In, results : In(ArrayLayout)
        The next round of results, of the pass that the tag tells. What only goes out (the output of a final dense
        layer) is not kept.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, self.use = plan, plan.memories["h"]
        self.shape, self.bits = plan.geometry, plan.network.config.activation_bits
        self.read_parts = self.shape.word // self.shape.columns
        results = data.ArrayLayout(self.bits, self.shape.pipelines)
        super().__init__(
            {
                "address": In(range(self.use.depth)),
                "part": In(range(self.read_parts)),
                "enable": In(1),
                "data": Out(data.ArrayLayout(self.bits, self.shape.columns)),
                "write": In(1),
                "tag": In(row_tag(len(plan.passes), plan.hardware.streams)),
                "results": In(results),
            }
        )

    def elaborate(self, platform):
        m = Module()
        address, part = self._write_position(m)
        passes = self.plan.passes
        kept = [n for n, item in enumerate(passes) if item.recurrent or not item.final]
        writes = self.write & number_is(self.tag.number, kept, self.plan)
        words = []
        for number in range(self.use.count):
            name = "hidden" if self.use.count == 1 else f"hidden_{number}"
            store = memory.Memory(
                shape=self.use.width, depth=self.use.depth, init=[], attrs={"ram_style": self.use.style}
            )
            m.submodules[name] = store
            write, read = write_port(store, f"{name}_write"), read_port(store, f"{name}_read")
            m.d.comb += [
                read.addr.eq(self.address),
                read.en.eq(self.enable),
                write.addr.eq(address),
                write.en.eq(writes & (part == number)),
                write.data.eq(self.results),
            ]
            words.append(read.data)
        if self.read_parts == 1:
            for number, word in enumerate(words):
                width = len(word)
                m.d.comb += self.data.as_value()[number * width : (number + 1) * width].eq(word)
            return m
        chosen = Signal.like(self.part, name="chosen")
        with m.If(self.enable):
            m.d.sync += chosen.eq(self.part)
        m.d.comb += self.data.eq(words[0].word_select(chosen, self.shape.columns * self.bits))
        return m

    def _write_position(self, m):
        """Word and part that the next round goes to: a pass's first one where its vector begins."""
        plan = self.plan
        following = Signal(range(self.use.depth))
        following_part = Signal(range(self.use.count))
        fresh = Signal(init=1)  # the next round is a pass's first
        base = Signal.like(following, name="base")
        with m.Switch(self.tag.number):
            for number, outputs in enumerate(plan.work.outputs):
                with m.Case(number):
                    m.d.comb += base.eq(Mux(self.tag.bank, outputs[1], outputs[0]))
        start = base
        if plan.hardware.streams > 1:
            offset = Signal.like(following, name="offset")
            with m.Switch(self.tag.stream):
                for stream in range(plan.hardware.streams):
                    with m.Case(stream):
                        m.d.comb += offset.eq(stream * plan.state_words)
            start = base + offset
        address = Signal.like(following, name="write_word")
        part = Signal.like(following_part, name="write_part")
        m.d.comb += [address.eq(Mux(fresh, start, following)), part.eq(Mux(fresh, 0, following_part))]
        with m.If(self.write):
            m.d.sync += [fresh.eq(self.tag.end), following_part.eq(part + 1), following.eq(address)]
            with m.If(part == self.use.count - 1):
                m.d.sync += [following_part.eq(0), following.eq(address + 1)]
        return address, part
