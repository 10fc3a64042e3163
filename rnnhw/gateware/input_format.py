"""Brings what an engine takes to its own width, where the layer before has another."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import stage_payload
from .requantize import Requantize


class InputFormat(wiring.Component):
    """Requantises the elements of a stream on their way; combinational, so it takes no cycle.

    Parameters
    ----------
    plan : EnginePlan
        Of the engine that takes them.

    Members
    -------
    i : In(stream)
        Elements of the plan's `takes`.
    o : Out(stream)
        Elements of its first layer's format of x.
    saturated : Signal
        With `Hardware.count_saturations`: an element was clipped. Of a step in two parts, which hold the same elements
        of different steps, only the first counts.
    """

    def __init__(self, plan: EnginePlan):
        self.parts, x, streams = plan.parts, plan.layers[0].x, plan.hardware.streams
        shift, rounding = plan.takes.frac - x.frac, plan.network.config.rounding["y"]
        self.requantize = Requantize(plan.takes.width, [shift], x, rounding)
        self.counting = plan.hardware.count_saturations
        if self.counting:
            self.requantize.count()
            self.saturated = Signal(name="saturated")
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(plan.takes.width, streams))),
                "o": Out(stream.Signature(stage_payload(x.width, streams))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.requantize = requantize = self.requantize
        m.d.comb += [
            requantize.i.eq(self.i.payload.data),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
        ]
        for name, _ in self.o.payload.shape():
            value = requantize.o if name == "data" else self.i.payload[name]
            m.d.comb += self.o.payload[name].eq(value)
        if self.counting:
            size = sum(self.parts)
            element, taken = Signal(range(size)), Signal()
            m.d.comb += taken.eq(self.o.valid & self.o.ready)
            with m.If(taken):
                m.d.sync += element.eq(element + 1)
                with m.If(element == size - 1):
                    m.d.sync += element.eq(0)
            m.d.comb += self.saturated.eq(taken & requantize.clipped & (element < self.parts[0]))
        return m
