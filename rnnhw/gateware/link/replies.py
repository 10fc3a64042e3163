"""From answers, and from what a core gives out, to bytes."""

from amaranth import Module, Mux, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.gateware.interfaces import answer_payload
from rnnhw.gateware.state_read import final_payload
from rnnhw.plan import Plan

from .counters import Counters
from .events import EventCollector
from .frame_sender import HEADER, FrameSender
from .hello import gives_states
from .outbox import FINAL_AT, OUTPUT_AT, Outbox
from .protocol import FINAL, OUTPUT


class Replies(wiring.Component):
    """The outbox and all who have to do with it: counters, collectors of events, sender.

    Parameters
    ----------
    plan : Plan
    words : list of int
        What stands in the outbox from the beginning.
    saturations : int
        Bits of the number of values that saturate in a cycle; 0: they are not counted.

    Members
    -------
    i : In(stream)
        Answers. They go before events.
    o : Out(stream)
        Bytes to the host.
    answers : In(stream)
        The core's output elements. With `answer_end` : Out(1) the final one of a step's answer is taken.
    final : In(stream)
        The core's final states, if it gives them.
    drop : In(1)
        Forget what has been collected.
    busy, inputs, good, bad, saturations, snapshot, clear : In, done : Out(1)
        As of `Counters`.
    """

    def __init__(self, plan: Plan, words, saturations: int = 0):
        network, self.streams = plan.network, plan.hardware.streams
        width, self.size = network.output.width, network.output_size
        self.collectors = {"answers": EventCollector(OUTPUT, OUTPUT_AT, width, self.streams)}
        members = {"answers": In(stream.Signature(answer_payload(width, self.streams))), "answer_end": Out(1)}
        if gives_states(plan):
            width = plan.engines[0].state_width
            members["final"] = In(stream.Signature(final_payload(width)))
            self.collectors["final"] = EventCollector(FINAL, FINAL_AT, width)
        self.outbox, self.counters = Outbox(words, 1 + len(self.collectors)), Counters(saturations)
        self.shared = [name for name in self.counters.counted if name not in ("cycles", "outputs")]
        self.shared += ["snapshot", "clear", "done"]
        members |= {name: self.counters.signature.members[name] for name in self.shared}
        members |= {"i": In(stream.Signature(HEADER)), "o": Out(stream.Signature(8)), "drop": In(1)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.outbox, m.submodules.counters = outbox, counters = self.outbox, self.counters
        m.submodules.sender = sender = FrameSender()
        connect(m, sender.o, flipped(self.o))
        connect(m, counters.write, outbox.write_0)
        for name in self.shared:
            if name != "done":
                m.d.comb += getattr(counters, name).eq(getattr(self, name))
        m.d.comb += [
            self.done.eq(counters.done),
            *(outbox.read_0.eq(sender.read), outbox.address_0.eq(sender.address), sender.data.eq(outbox.data)),
            *(counters.can_read.eq(outbox.read_1), outbox.address_1.eq(counters.address)),
            counters.data.eq(outbox.data),
        ]
        sequence, sent = Signal(8), Signal()
        m.d.sync += sequence.eq(sequence + sent)
        with m.If(self.clear):  # so that the host sees it if the first event after a reset is lost
            m.d.sync += sequence.eq(0)
        taken = self.i.valid
        m.d.comb += [
            self.i.ready.eq(sender.i.ready),
            sender.i.valid.eq(taken),
            sender.i.payload.eq(self.i.payload),
        ]
        for number, (name, collector) in enumerate(self.collectors.items(), 1):
            m.submodules[f"{name}_events"] = ResetInserter(self.drop)(collector)
            connect(m, collector.write, getattr(outbox, f"write_{number}"))
            m.d.comb += [collector.sequence.eq(sequence), collector.idle.eq(sender.idle)]
            with m.If(~taken & collector.o.valid):
                m.d.comb += [sender.i.valid.eq(1), sender.i.payload.eq(collector.o.payload), sent.eq(sender.i.ready)]
                m.d.comb += collector.o.ready.eq(sender.i.ready)
            taken = taken | collector.o.valid
        self._collect(m)
        return m

    def _collect(self, m) -> None:
        """The core's streams to the collectors."""
        source, sink = self.answers, self.collectors["answers"].i
        index = Signal(range(self.size))
        passes, end = Signal(), Signal()
        m.d.comb += [
            passes.eq(source.valid & source.ready),
            end.eq(index == self.size - 1),
            self.answer_end.eq(passes & end),
            sink.valid.eq(source.valid),
            source.ready.eq(sink.ready),
            sink.payload.data.eq(source.payload.data),
            sink.payload.end.eq(end),
        ]
        m.d.sync += self.counters.outputs.eq(passes)
        if self.streams > 1:
            m.d.comb += sink.payload.stream.eq(source.payload.stream)
        with m.If(self.drop):
            m.d.sync += index.eq(0)
        with m.Elif(passes):
            m.d.sync += index.eq(Mux(end, 0, index + 1))
        if "final" in self.collectors:
            final, sink = self.final, self.collectors["final"].i
            m.d.comb += [
                sink.valid.eq(final.valid),
                final.ready.eq(sink.ready),
                sink.payload.data.eq(final.payload.data),
                sink.payload.end.eq(final.payload.last),
            ]
