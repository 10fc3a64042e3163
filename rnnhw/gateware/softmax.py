"""Softmax as a stage of its own: bit for bit what `rnnhw.fixedpoint.exponential` defines."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables
from rnnhw.plan.stages.heads import exponential_latency, exponentials_at_a_time

from .exponential import ExponentialUnit
from .interfaces import stage_payload
from .primitives import GENERIC, Primitives
from .reciprocal import Reciprocal
from .softmax_input import SoftmaxInput
from .softmax_output import SoftmaxOutput


class Softmax(wiring.Component):
    """Softmax over answers of `size` elements.

    Time is cut in frames of two or three cycles, one a digit of the distance (`SoftmaxTables.digits`). In a frame,
    the one multiplier makes one exponential of an answer and one result of the answer before. In between stands
    the division, which has its own time. So an answer takes `size` frames, or the division's ``e_frac + 3`` cycles
    if they are more; `rnnhw.plan.stages.heads` has the exact times. Everything behind the input stands still while
    the output is not taken.

    Parameters
    ----------
    size : int
        Elements of an answer, 1..1024.
    y_format : QFormat
        Of the elements.
    activation_bits : int
        ``n``: fraction bits of the results.
    style : str
        "block", "distributed" or "registers": of the memories.
    streams : int
        Interleaved sequences; the payloads have the field `stream` if there are several.
    primitives : Primitives
        Of which cells the multiplier is made.

    Members
    -------
    i : In(stream)
        Elements. `first` is taken with an answer's first element, `last` and `stream` with its final one.
    o : Out(stream)
        Results, in ``QFormat(n + 1, n)``; `first` on the first of an answer whose `first` was set, `last` on the
        final one of an answer whose `last` was set.
    """

    def __init__(
        self,
        size: int,
        y_format: QFormat,
        activation_bits: int,
        style: str,
        streams: int = 1,
        primitives: Primitives = GENERIC,
    ):
        self.primitives = primitives
        self.tables = softmax_tables(size, y_format, activation_bits)
        self.input = SoftmaxInput(size, y_format.width, streams, style)
        self.exponential = ExponentialUnit(self.tables, style)
        self.reciprocal = Reciprocal(self.tables)
        self.capacity = exponentials_at_a_time(self.tables)
        self.output = SoftmaxOutput(self.tables, self.capacity, streams, style)
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(y_format.width, streams))),
                "o": Out(stream.Signature(stage_payload(activation_bits + 1, streams))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        source, unit, output = self.input, self.exponential, self.output
        factor = self.tables.e_frac + 2
        multiplier = self.primitives.multiplier(factor, factor)
        m.submodules.input, m.submodules.exponential = source, unit
        m.submodules.reciprocal, m.submodules.output = self.reciprocal, output
        m.submodules.multiplier = multiplier
        wiring.connect(m, wiring.flipped(self.i), source.i)
        wiring.connect(m, output.o, wiring.flipped(self.o))
        phase = Signal(range(unit.digits))
        own = Signal()  # the multiplier is the output side's
        with m.If(output.enable):
            m.d.sync += phase.eq(Mux(phase == unit.digits - 1, 0, phase + 1))
        m.d.comb += [
            own.eq(phase == unit.free_phase),
            output.turn.eq(phase == unit.free_phase - 1),
            multiplier.enable.eq(output.enable),
            multiplier.a.eq(Mux(own, output.a, unit.a)),
            multiplier.b.eq(Mux(own, output.b, unit.b)),
            output.product.eq(multiplier.product),
            unit.product.eq(multiplier.product),
            unit.enable.eq(output.enable),
            unit.phase.eq(phase),
            unit.y.eq(source.y),
            unit.peak.eq(source.peak),
            output.tag.eq(source.tag),
            source.pop.eq(output.pop),
        ]
        self._flow(m, phase)
        return m

    def _flow(self, m, phase) -> None:
        """Issues elements as long as there is room for what is made of them, and follows them to their sum."""
        source, unit, output, reciprocal = self.input, self.exponential, self.output, self.reciprocal
        exponentials = Signal(range(self.capacity + 1))  # there, or on their way
        sums = Signal(range(3))  # on their way, or without their reciprocal in use
        room = (exponentials != self.capacity) & (~source.end | (sums != 2))
        latency = exponential_latency(self.tables)
        there = Signal(latency)  # bit k - 1: an element was read k cycles ago
        ends = Signal(latency)
        total = Signal(self.tables.sum_bits)
        begun = Signal()
        m.d.comb += [
            source.read.eq(output.enable & (phase == 0) & source.available & room),
            output.there.eq(there[-1]),
            output.e.eq(unit.e),
            output.done.eq(reciprocal.done),
            output.r.eq(reciprocal.r),
            output.k.eq(reciprocal.k),
            reciprocal.take.eq(output.take),
            reciprocal.enable.eq(output.enable),
            reciprocal.total.eq(total),
        ]
        m.d.sync += [
            exponentials.eq(exponentials + source.read - output.freed),
            sums.eq(sums + (source.read & source.end) - output.take),
        ]
        with m.If(output.enable):
            m.d.sync += [
                there.eq(Cat(source.read, there)),
                ends.eq(Cat(source.end, ends)),
                reciprocal.valid.eq(there[-1] & ends[-1]),
            ]
            with m.If(there[-1]):
                m.d.sync += [total.eq(Mux(begun, total, 0) + unit.e), begun.eq(~ends[-1])]
