"""Between bytes of frames and a core's streams."""

from amaranth import Module, Mux, ResetInserter, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.gateware.interfaces import answer_payload, stage_payload
from rnnhw.gateware.network_top import NetworkTop
from rnnhw.gateware.state_load import state_payload
from rnnhw.gateware.state_read import final_payload

from .busy import BusyMeter, answers_steps
from .commands import Commands
from .counters import Counters
from .events import EventCollector, element_bytes
from .frame_receiver import FrameReceiver
from .frame_sender import FrameSender
from .hello import LOAD_ERROR, LOADED, gives_states, hello_payload, state_elements, takes_states
from .outbox import FINAL_AT, OUTPUT_AT, Outbox, contents
from .payload import Payload
from .protocol import FINAL, OUTPUT, Request
from .request_reader import RequestReader
from .state_buffer import StateBuffer
from .step_check import StepCheck

LOAD = data.StructLayout({"data": 8, "last": 1})


class CoreLink(wiring.Component):
    """Takes requests as bytes, carries them out on a core, and gives answers and events as bytes.

    Parameters
    ----------
    core : NetworkTop
        The core, which is not a part of it.
    identity : bytes
        Eight bytes that no other design has.
    clock_hz : int
        Of the clock, for the host to know.

    Members
    -------
    i : In(stream), o : Out(stream)
        Bytes from the host, to the host.
    elements : Out(stream), answers : In(stream)
        The core's `i` and `o`.
    state : Out(stream), final : In(stream)
        The core's, if it has them.
    load : Out(stream), loaded : In(1), load_error : In(1)
        With loadable weights, the core's.
    saturated : In
        The core's, if it has it.
    restart : Out(1)
        Resets the core, but not its weights.
    busy : Out(1)
        A sequence is under way.
    error : Out(1)
        The last frame was damaged or refused.
    """

    def __init__(self, core: NetworkTop, identity: bytes, clock_hz: int):
        self.plan = plan = core.plan
        network, streams = plan.network, plan.hardware.streams
        self.states = takes_states(plan)
        self.loadable = plan.hardware.weights == "loadable"
        self.width = plan.engines[0].state_width
        byte = stream.Signature(8)
        members = {"i": In(byte), "o": Out(byte), "restart": Out(1), "busy": Out(1), "error": Out(1)}
        members["elements"] = Out(stream.Signature(stage_payload(network.input.width, streams)))
        members["answers"] = In(stream.Signature(answer_payload(network.output.width, streams)))
        self.known = [Request.HELLO, Request.ELEMENTS, Request.COUNTERS, Request.RESET]
        status = [0]
        if self.loadable:
            self.known.append(Request.LOAD)
            status += [LOADED, LOAD_ERROR]
            members |= {"load": Out(stream.Signature(LOAD)), "loaded": In(1), "load_error": In(1)}
        if self.states:
            self.known.append(Request.STATE)
            members["state"] = Out(stream.Signature(state_payload(self.width)))
        self.collectors = {"answers": EventCollector(OUTPUT, OUTPUT_AT, network.output.width, streams)}
        if gives_states(plan):
            members["final"] = In(stream.Signature(final_payload(self.width)))
            self.collectors["final"] = EventCollector(FINAL, FINAL_AT, self.width)
        saturations = 0
        if "saturated" in core.signature.members:
            saturations = len(core.saturated)
            members["saturated"] = In(saturations)
        words = contents([hello_payload(plan, identity, clock_hz, flag) for flag in status])
        self.outbox = Outbox(words, 1 + len(self.collectors))
        self.counters = Counters(saturations)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.commands = commands = Commands(self.known)
        m.submodules.payload = payload = Payload(self.plan)
        self.drop = drop = Signal()  # what is under way in the core is forgotten
        held = ResetInserter(drop)
        connect(m, flipped(self.i), receiver.i)
        connect(m, receiver.fault, commands.fault)
        m.d.comb += [
            self.restart.eq(commands.clear),
            drop.eq(commands.clear | (~self.loaded if self.loadable else 0)),
            commands.waiting.eq(receiver.waiting),
            receiver.free.eq(commands.free),
        ]
        with m.If(receiver.bad | commands.bad | commands.good):
            m.d.sync += self.error.eq(~commands.good)
        self._read(m, receiver, commands, payload)
        self._give(m, commands, payload, held)
        ended = self._take(m, commands, held)
        m.d.comb += [
            self.counters.good.eq(commands.good),
            self.counters.bad.eq(commands.bad + receiver.bad),
            self.counters.snapshot.eq(commands.snapshot),
            self.counters.clear.eq(commands.clear),
            commands.counted.eq(self.counters.done),
            self.counters.busy.eq(self.busy),
            self.counters.inputs.eq(self.elements.valid & self.elements.ready),
        ]
        if "saturated" in self.signature.members:
            m.d.comb += self.counters.saturations.eq(self.saturated)
        self._busy(m, payload, ended, held)
        return m

    def _read(self, m, receiver, commands, payload) -> None:
        """A request's bytes, for those who go through it."""
        m.submodules.reader = reader = RequestReader()
        m.d.comb += [
            receiver.address.eq(reader.address),
            reader.data.eq(receiver.data),
            reader.rewind.eq(commands.rewind),
            reader.enter.eq(commands.enter),
            reader.step.eq(commands.step | payload.step),
            payload.start.eq(commands.start),
            payload.kind.eq(commands.kind),
            payload.deliver.eq(commands.deliver),
            commands.done.eq(payload.done),
            commands.refused.eq(payload.refused),
            commands.reply.eq(payload.reply),
        ]
        for part in (commands, payload):
            m.d.comb += [part.byte.eq(reader.byte), part.ready.eq(reader.ready), part.left.eq(reader.address)]

    def _give(self, m, commands, payload, held) -> None:
        """What goes to the core."""
        self.check = check = StepCheck(self.plan)
        m.submodules.check = held(check)
        of_step = payload.kind == Request.ELEMENTS
        connect(m, payload.i, flipped(self.elements))
        m.d.comb += [
            check.begin.eq(payload.begin & of_step),
            check.element.eq(payload.element & of_step),
            check.commit.eq(payload.commit & of_step),
            check.keep.eq(payload.deliver),
            check.first.eq(payload.first),
            check.last.eq(payload.last),
            check.stream.eq(payload.stream),
            payload.step_wrong.eq(check.wrong),
            payload.step_reply.eq(check.reply),
            payload.end_wrong.eq(check.end_wrong),
        ]
        if self.loadable:
            connect(m, payload.load, flipped(self.load))
            m.d.comb += [commands.loaded.eq(self.loaded), commands.load_error.eq(self.load_error)]
            m.d.comb += payload.loaded.eq(self.loaded)
        if self.states:
            buffer = StateBuffer(state_elements(self.plan), self.width)
            m.submodules.state_buffer = held(buffer)
            of_state = payload.kind == Request.STATE
            connect(m, buffer.o, flipped(self.state))
            m.d.comb += [
                buffer.begin.eq(payload.begin & of_state),
                buffer.element.eq(payload.element & of_state),
                buffer.commit.eq(payload.commit & of_state),
                buffer.first.eq(payload.first),
                buffer.data.eq(payload.data[-8 * element_bytes(self.width) :]),
                payload.state_wrong.eq(buffer.wrong),
                payload.state_reply.eq(buffer.reply),
                check.state_full.eq(buffer.full),
            ]

    def _take(self, m, commands, held):
        """What comes from the core, and answers; returns whether an answer's final element comes."""
        m.submodules.outbox, m.submodules.counters = outbox, counters = self.outbox, self.counters
        m.submodules.sender = sender = FrameSender()
        connect(m, sender.o, flipped(self.o))
        connect(m, counters.write, outbox.write_0)
        m.d.comb += [
            *(outbox.read_0.eq(sender.read), outbox.address_0.eq(sender.address), sender.data.eq(outbox.data)),
            *(counters.can_read.eq(outbox.read_1), outbox.address_1.eq(counters.address)),
            counters.data.eq(outbox.data),
        ]
        sequence, sent = Signal(8), Signal()
        m.d.sync += sequence.eq(sequence + sent)
        taken = commands.o.valid
        m.d.comb += [
            commands.o.ready.eq(sender.i.ready),
            sender.i.valid.eq(taken),
            sender.i.payload.eq(commands.o.payload),
        ]
        for number, (name, collector) in enumerate(self.collectors.items(), 1):
            m.submodules[f"{name}_events"] = held(collector)
            connect(m, collector.write, getattr(outbox, f"write_{number}"))
            m.d.comb += [collector.sequence.eq(sequence), collector.idle.eq(sender.idle)]
            with m.If(~taken & collector.o.valid):
                m.d.comb += [sender.i.valid.eq(1), sender.i.payload.eq(collector.o.payload), sent.eq(sender.i.ready)]
                m.d.comb += collector.o.ready.eq(sender.i.ready)
            taken = taken | collector.o.valid
        return self._elements(m)

    def _elements(self, m):
        """The core's output streams to the collectors."""
        source, sink = self.answers, self.collectors["answers"].i
        index, size = Signal(range(self.plan.network.output_size)), self.plan.network.output_size
        passes, end = Signal(), Signal()
        m.d.comb += [
            passes.eq(source.valid & source.ready),
            end.eq(index == size - 1),
            sink.valid.eq(source.valid),
            source.ready.eq(sink.ready),
            sink.payload.data.eq(source.payload.data),
            sink.payload.end.eq(end),
            self.counters.outputs.eq(passes),
        ]
        if self.plan.hardware.streams > 1:
            m.d.comb += sink.payload.stream.eq(source.payload.stream)
        with m.If(passes):
            m.d.sync += index.eq(Mux(end, 0, index + 1))
        with m.If(self.drop):
            m.d.sync += index.eq(0)
        if "final" in self.collectors:
            final, sink = self.final, self.collectors["final"].i
            m.d.comb += [
                sink.valid.eq(final.valid),
                final.ready.eq(sink.ready),
                sink.payload.data.eq(final.payload.data),
                sink.payload.end.eq(final.payload.last),
            ]
        steps = answers_steps(self.plan) and self.plan.network.mode != "one-to-many"
        return passes & (end if steps else source.payload.last)

    def _busy(self, m, payload, ended, held) -> None:
        meter = BusyMeter(self.plan)
        m.submodules.meter = held(meter)
        element = self.elements
        m.d.comb += [
            meter.taken.eq(element.valid & element.ready),
            meter.first.eq(self.check.at_start),
            meter.last.eq(element.payload.last),
            meter.stream.eq(payload.stream),
            meter.answered.eq(ended),
            self.busy.eq(meter.busy),
        ]
