"""The top of a core: streams in and out, the engine between them."""

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.plan import Plan

from .engine import Engine
from .input_buffer import InputBuffer
from .interfaces import input_payload, output_payload
from .output_buffer import OutputBuffer


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
        first element clears the state, `last` on its final element ends it.
    o : Out(stream)
        Output elements of the network's output format; `last` on the final one of a sequence's answer.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        network = plan.network
        bits, width = network.config.activation_bits, network.output.width
        self.input_buffer = InputBuffer(network.input_size, bits, plan.memories["x"].style)
        self.engine = Engine(plan)
        self.output_buffer = OutputBuffer(width)
        super().__init__(
            {"i": In(stream.Signature(input_payload(bits))), "o": Out(stream.Signature(output_payload(width)))}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.input_buffer = source = self.input_buffer
        m.submodules.engine = engine = self.engine
        m.submodules.output_buffer = sink = self.output_buffer
        connect(m, flipped(self.i), source.i)
        connect(m, sink.o, flipped(self.o))
        m.d.comb += [
            source.index.eq(engine.x_index),
            source.enable.eq(engine.x_enable),
            source.free_bank.eq(engine.x_release),
            engine.x_data.eq(source.data),
            engine.x_available.eq(source.available),
            engine.x_first.eq(source.first),
            engine.x_last.eq(source.last),
            sink.push.eq(engine.push),
            sink.answer.eq(engine.answer),
            engine.full.eq(sink.full),
        ]
        return m
