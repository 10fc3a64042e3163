"""The top of a core: streams in and out, the chain of stages between them."""

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.plan import BufferPlan, EnginePlan, Plan

from .argmax import Argmax
from .engine import Engine
from .feedback import Feedback
from .interfaces import answer_payload, stage_payload
from .sequence_buffer import SequenceBuffer
from .softmax import Softmax


class NetworkTop(wiring.Component):
    """A whole network behind two streams.

    Cycles per step, latency and the order of everything are `plan`'s.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    i : In(stream)
        Input elements of the network's input format, a step's elements in order; `first` on a sequence's
        first element clears the state, `last` on its final element ends it; `stream` tells which of
        several interleaved sequences the step belongs to.
    o : Out(stream)
        Output elements of the network's output format; `last` on the final one of a sequence's answer.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        network, streams = plan.network, plan.hardware.streams
        self.stages = [(stage.name, _component(stage, streams)) for stage in plan.stages]
        self.feedback = None
        if network.mode == "one-to-many":
            self.feedback = Feedback(
                network.steps, network.output_size, network.result, network.input, network.config.rounding["y"]
            )
        bits, width = network.config.activation_bits, network.output.width
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(bits, streams))),
                "o": Out(stream.Signature(answer_payload(width, streams))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for name, stage in self.stages:
            m.submodules[name] = stage
        for (_, before), (_, after) in zip(self.stages[:-1], self.stages[1:], strict=True):
            connect(m, before.o, after.i)
        first, last = self.stages[0][1], self.stages[-1][1]
        answer = last.o
        if self.feedback is None:
            connect(m, flipped(self.i), first.i)
        else:
            m.submodules.feedback = self.feedback
            connect(m, flipped(self.i), self.feedback.i)
            connect(m, self.feedback.to_chain, first.i)
            connect(m, last.o, self.feedback.from_chain)
            answer = self.feedback.o
        m.d.comb += [self.o.valid.eq(answer.valid), answer.ready.eq(self.o.ready)]
        m.d.comb += [self.o.payload[name].eq(answer.payload[name]) for name, _ in self.o.payload.shape()]
        return m


def _component(stage, streams: int):
    if isinstance(stage, EnginePlan):
        return Engine(stage)
    if isinstance(stage, BufferPlan):
        pieces, style = stage.pieces, stage.memories["elements"].style
        return SequenceBuffer(stage.width, stage.size, pieces, stage.max_steps, last_only=stage.last_only, style=style)
    if stage.name == "argmax":
        return Argmax(stage.source.width, stage.size, streams)
    return Softmax(stage.size, stage.source, stage.target.frac, stage.memories["table"].style, streams)
