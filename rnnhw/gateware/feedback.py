"""One-to-many networks: each answer goes out and comes back as the next input."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, Rounding
from rnnhw.fixedpoint.checks import integer

from .interfaces import stage_payload
from .requantize import Requantize


class Feedback(wiring.Component):
    """Stands around a chain of engines, between the core's streams and the chain's.

    A sequence's one input step goes into the chain. Each answer goes out, and all but the final one also back into
    the chain, requantised to the input's format. Then the next sequence's input is taken, while the
    final answer may still be on its way. No element is stored and no cycle added: an element that goes two ways
    is offered to both at once, each takes it when it is ready, and the next one comes when both have.

    The chain has to answer every step.

    Parameters
    ----------
    steps : int
        Answers to an input, at least 1.
    size : int
        Elements of an input and of an answer.
    source : QFormat
        Of an answer.
    target : QFormat
        Of an input.
    rounding : Rounding
        Of the requantisation.

    Members
    -------
    i : In(stream)
        A sequence's input step; its flags mean nothing.
    to_chain : Out(stream)
        `first` on the first element of a sequence's first step, `last` on the final element of its last.
    from_chain : In(stream)
        Answers; their flags mean nothing.
    o : Out(stream)
        Answers: `first` on the first element of a sequence's first, `last` on the final element of its last.
    saturated : Signal
        An element goes back clipped. Made once `count` was called.
    """

    def __init__(self, steps: int, size: int, source: QFormat, target: QFormat, rounding: Rounding):
        self.steps = integer("steps", steps, 1)
        self.size = size
        self.requantize = Requantize(source.width, [source.frac - target.frac], target, rounding)
        element = stream.Signature(stage_payload(target.width))
        answer = stream.Signature(stage_payload(source.width))
        super().__init__({"i": In(element), "to_chain": Out(element), "from_chain": In(answer), "o": Out(answer)})

        self.saturated = None

    def count(self) -> None:
        """Have `saturated` made."""
        self.requantize.count()
        self.saturated = Signal(name="saturated")

    def elaborate(self, platform):
        m = Module()
        m.submodules.requantize = requantize = self.requantize
        feeding = Signal()  # what goes into the chain next is an answer
        number = Signal(range(self.steps))  # of the answer in its sequence
        final = Signal()
        fed_end = Signal()  # final element of the last answer that goes back
        answered = Signal()
        m.d.comb += [
            answered.eq(self.from_chain.valid & self.from_chain.ready),
            final.eq(number == self.steps - 1),
            requantize.i.eq(self.from_chain.payload.data),
            self.o.payload.data.eq(self.from_chain.payload.data),
            self.to_chain.payload.data.eq(Mux(feeding, requantize.o, self.i.payload.data)),
        ]
        input_start, input_end = self._counter(m, "input_index", self.i.valid & self.i.ready)
        answer_start, answer_end = self._counter(m, "answer_index", answered)
        m.d.comb += [
            fed_end.eq(answer_end & (number == self.steps - 2) if self.steps > 1 else 0),
            self.o.payload.first.eq(answer_start & (number == 0)),
            self.o.payload.last.eq(answer_end & final),
            self.to_chain.payload.first.eq(input_start & ~feeding),
            self.to_chain.payload.last.eq(fed_end & feeding if self.steps > 1 else input_end),
        ]
        with m.If(answered & answer_end):
            m.d.sync += number.eq(Mux(final, 0, number + 1))
        with m.If(answered & fed_end):
            m.d.sync += feeding.eq(0)
        if self.steps > 1:
            with m.If(self.i.valid & self.i.ready & input_end):
                m.d.sync += feeding.eq(1)
        self._fork(m, feeding, final)
        return m

    def _counter(self, m, name: str, advance):
        """Counts a step's elements; returns whether this is the first, the final one."""
        index = Signal(range(self.size), name=name)
        with m.If(advance):
            m.d.sync += index.eq(Mux(index == self.size - 1, 0, index + 1))
        return index == 0, index == self.size - 1

    def _fork(self, m, feeding, final) -> None:
        """Offer an answer's element to whom it concerns, each till it has taken it."""
        is_out = Signal()  # the element has gone out
        is_back = Signal()  # the element has gone back
        back = Signal()
        m.d.comb += [
            self.o.valid.eq(self.from_chain.valid & ~is_out & (feeding | final)),
            back.eq(self.from_chain.valid & ~is_back & ~final),
            self.to_chain.valid.eq(Mux(feeding, back, self.i.valid)),
            self.i.ready.eq(self.to_chain.ready & ~feeding),
            self.from_chain.ready.eq(
                (self.o.ready | is_out) & (final | (feeding & (self.to_chain.ready | is_back))),
            ),
        ]
        if self.saturated is not None:
            m.d.comb += self.saturated.eq(feeding & back & self.to_chain.ready & self.requantize.clipped)
        with m.If(self.from_chain.ready):
            m.d.sync += [is_out.eq(0), is_back.eq(0)]
        with m.Else():
            m.d.sync += is_out.eq(is_out | (self.o.valid & self.o.ready))
            m.d.sync += is_back.eq(is_back | (feeding & back & self.to_chain.ready))
