"""The top of a core: streams in and out, the chain of stages between them."""

from amaranth import Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.plan import BufferPlan, EnginePlan, Plan
from rnnhw.plan.loading import loaded_memories

from .argmax import Argmax
from .engine import Engine
from .feedback import Feedback
from .interfaces import answer_payload, stage_payload
from .pipeline import SATURATIONS
from .primitives import GENERIC, Primitives
from .sequence_buffer import SequenceBuffer
from .softmax import Softmax
from .state_load import state_payload
from .state_read import final_payload
from .state_streams import StateJoin, StateSplit
from .weight_loader import WeightLoader


class NetworkTop(wiring.Component):
    """A whole network behind two streams.

    Cycles per step, latency and the order of everything are `plan`'s.

    Parameters
    ----------
    plan : Plan
    primitives : Primitives
        The cells of an FPGA family that multipliers are made of, for synthesis; by default they are behavioural,
        for any simulator. Both do the same, cycle for cycle.
    restart : bool
        Whether there is an input `restart`.

    Members
    -------
    i : In(stream)
        Input elements of the network's input format, a step's elements in order; `first` on a sequence's
        first element clears the state, `last` on its final element ends it; `stream` tells which of
        several interleaved sequences the step belongs to.
    o : Out(stream)
        Output elements of the network's output format; `last` on the final one of a sequence's answer.
    state : In(stream)
        With `load_state`: initial states, taken when a sequence's first step is due.
    final : Out(stream)
        With `read_state`: final states, behind each sequence's last step.
    load : In(stream), loaded : Out(1), load_error : Out(1)
        With loadable weights: an image (`Plan.load_image`), whether it has come whole, or came damaged. Until it has,
        the core takes nothing; another image resets the core.
    saturated : Out
        With `count_saturations`: how many values were clipped, each counted once, a few cycles after it was.
    restart : In(1)
        Resets all but weights that have been loaded whole.
    """

    def __init__(self, plan: Plan, primitives: Primitives = GENERIC, *, restart: bool = False):
        self.plan = plan
        network, streams = plan.network, plan.hardware.streams
        self.stages = [(stage.name, _component(stage, streams, primitives)) for stage in plan.stages]
        self.feedback = None
        if network.mode == "one-to-many":
            self.feedback = Feedback(
                network.steps, network.output_size, network.result, network.input, network.config.rounding["y"]
            )
        members = {
            "i": In(stream.Signature(stage_payload(network.input.width, streams))),
            "o": Out(stream.Signature(answer_payload(network.output.width, streams))),
        }
        state_width = plan.engines[0].state_width
        self.loading = [stage for stage in plan.engines if stage.loads_state and stage.hardware.load_state]
        self.reading = [stage for stage in plan.engines if stage.reads_state]
        if self.loading:
            members["state"] = In(stream.Signature(state_payload(state_width)))
            self.state_split = StateSplit([_elements(stage) for stage in self.loading], state_width)
        if self.reading:
            members["final"] = Out(stream.Signature(final_payload(state_width)))
            self.state_join = StateJoin([_elements(stage) for stage in self.reading], state_width)
        self.loader = None
        if plan.hardware.weights == "loadable":
            memories = {engine.name: engine.memories for engine in plan.engines}
            uses = [memories[engine][name] for engine, name in loaded_memories(plan)]
            self.loader = WeightLoader([(use.depth, use.width) for use in uses])
            names = ("load", "loaded", "load_error")
            members |= {name: self.loader.signature.members[name] for name in names}
        if restart:
            members["restart"] = In(1)
        if plan.hardware.count_saturations:
            members["saturated"] = Out(
                range(sum(engine.geometry.pipelines * SATURATIONS + engine.converts for engine in plan.engines) + 2)
            )
            if self.feedback is not None:
                self.feedback.count()
        super().__init__(members)
        for name, stage in self.stages:  # the way to the signals that a trace looks at
            setattr(self, name, stage)

    def elaborate(self, platform):
        m = Module()
        held = self._load(m)
        for name, stage in self.stages:
            m.submodules[name] = held(stage)
        for (_, before), (_, after) in zip(self.stages[:-1], self.stages[1:], strict=True):
            connect(m, before.o, after.i)
        self._states(m, held)
        first, last = self.stages[0][1], self.stages[-1][1]
        answer = last.o
        if self.plan.hardware.count_saturations:
            self._saturations(m)
        entry = first.i if self.feedback is None else self.feedback.i
        gate(m, self.i, entry, self.ready)
        if self.feedback is not None:
            m.submodules.feedback = held(self.feedback)
            connect(m, self.feedback.to_chain, first.i)
            connect(m, last.o, self.feedback.from_chain)
            answer = self.feedback.o
        m.d.comb += [self.o.valid.eq(answer.valid), answer.ready.eq(self.o.ready)]
        m.d.comb += [self.o.payload[name].eq(answer.payload[name]) for name, _ in self.o.payload.shape()]
        return m

    def _load(self, m):
        """The loader, and what keeps a component in reset until the weights are there."""
        self.ready = Signal(init=1)
        restart = self.restart if "restart" in self.signature.members else None
        if self.loader is None:
            return (lambda component: component) if restart is None else ResetInserter(restart)
        loader = self.loader
        m.submodules.loader = loader if restart is None else ResetInserter(restart & ~loader.loaded)(loader)
        connect(m, flipped(self.load), loader.load)
        m.d.comb += [self.loaded.eq(loader.loaded), self.load_error.eq(loader.load_error), self.ready.eq(loader.loaded)]
        engines = dict(self.stages)
        for number, (engine, name) in enumerate(loaded_memories(self.plan)):
            port = getattr(engines[engine], f"load_{name}")
            m.d.comb += [
                port.write.eq(loader.write[number]),
                port.address.eq(loader.address),
                port.word.eq(loader.word),
            ]
        return ResetInserter(loader.active if restart is None else loader.active | restart)

    def _saturations(self, m) -> None:
        """Of all engines, and of what is fed back."""
        sources = [stage.saturated for _, stage in self.stages if isinstance(stage, Engine)]
        if self.feedback is not None:
            sources.append(self.feedback.saturated)
        m.d.sync += self.saturated.eq(sum(sources))

    def _states(self, m, held) -> None:
        """Each engine's part of the initial and of the final states."""
        engines = dict(self.stages)
        if self.loading:
            m.submodules.state_split = held(self.state_split)
            gate(m, self.state, self.state_split.state, self.ready)
            for number, plan in enumerate(self.loading):
                connect(m, getattr(self.state_split, f"part_{number}"), engines[plan.name].state)
        if self.reading:
            m.submodules.state_join = held(self.state_join)
            connect(m, self.state_join.final, flipped(self.final))
            for number, plan in enumerate(self.reading):
                connect(m, engines[plan.name].final, getattr(self.state_join, f"part_{number}"))


def gate(m, source, sink, ready) -> None:
    """Connect two streams while `ready`."""
    m.d.comb += [
        sink.valid.eq(source.valid & ready),
        source.ready.eq(sink.ready & ready),
        sink.payload.eq(source.payload),
    ]


def _elements(plan: EnginePlan) -> int:
    return sum(part.length for part in plan.state_parts)


def _component(stage, streams: int, primitives: Primitives):
    if isinstance(stage, EnginePlan):
        return Engine(stage, primitives)
    if isinstance(stage, BufferPlan):
        pieces, style = stage.pieces, stage.memories["elements"].style
        return SequenceBuffer(stage.width, stage.size, pieces, stage.max_steps, last_only=stage.last_only, style=style)
    if stage.name == "argmax":
        return Argmax(stage.source.width, stage.size, streams)
    style = stage.memories["table"].style
    return Softmax(stage.size, stage.source, stage.target.frac, style, streams, primitives)
