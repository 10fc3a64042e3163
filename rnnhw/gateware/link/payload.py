"""What stands in a request's payload: flags, stream and elements; checked first, then handed on."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .elements import ElementBytes
from .protocol import Reply

INPUTS = ("start", "elements", "load", "state", "deliver", "ready", "empty", "final", "loaded")
INPUTS += ("step_wrong", "end_wrong", "state_wrong", "offering")
OUTPUTS = ("done", "refused", "step", "first", "last", "begin", "element", "commit")


class Payload(wiring.Component):
    """Goes through the payload of ELEMENTS, LOAD and STATE.

    All of it is just checked if `deliver` is low; otherwise `done` comes once all elements were taken.

    Parameters
    ----------
    bits : dict of str to int
        Bits of an element of each kind of request (`request_bits`).
    streams : int

    Members
    -------
    start : In(1), elements : In(1), load : In(1), state : In(1), deliver : In(1)
        The payload of such a request begins at the reader. They hold, but for `start`, till `done`.
    done : Out(1), refused : Out(1), reply : Out(4)
        All of it is through; with `refused`: what is wrong.
    step : Out(1), byte : In(8), ready : In(1), empty : In(1), final : In(1)
        The reader.
    first : Out(1), last : Out(1), stream : Out(8)
        Flags and stream.
    begin : Out(1), element : Out(1), commit : Out(1)
        Elements come, one of them, all were taken.
    step_wrong : In(1), step_reply : In(4), end_wrong : In(1), state_wrong : In(1), state_reply : In(4)
        What those say who know what came before.
    loaded : In(1)
        The core has its weights.
    data : Out
        The element, at its high end.
    offering : In(1)
        It has not been taken yet.
    """

    def __init__(self, bits, streams: int):
        self.streams, self.collected = streams, ElementBytes(bits)
        members = dict.fromkeys(INPUTS, In(1)) | dict.fromkeys(OUTPUTS, Out(1))
        members |= {"reply": Out(4), "step_reply": In(4), "state_reply": In(4)}
        super().__init__(members | {"byte": In(8), "stream": Out(8), "data": Out(8 * self.collected.bytes)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.collected = collected = self.collected
        m.d.comb += [getattr(collected, kind).eq(getattr(self, kind)) for kind in ("elements", "load", "state")]
        m.d.comb += [collected.begin.eq(self.start), collected.byte.eq(self.byte), self.data.eq(collected.data)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += self.refused.eq(0)
                with m.If(self.start):
                    m.next = "FLAGS"
            self._header(m)
            with m.State("DATA"):
                with m.If(self.ready):
                    m.d.comb += collected.take.eq(1)
                    m.next = "NEXT"
                    with m.If(collected.whole):
                        m.next = "ELEMENT"
            with m.State("ELEMENT"):
                m.d.comb += self.element.eq(1)
                m.next = "RANGE"
            with m.State("RANGE"):
                m.next = "OFFER"
                with m.If(collected.outside):
                    self._refuse(m, Reply.RANGE)
            with m.State("OFFER"):
                with m.If(~self.offering):
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.comb += self.step.eq(1)
                m.next = "DATA"
                with m.If(self.final):
                    m.next = "END"
                self._checkers(m)
            with m.State("END"):
                m.next = "COMMIT"
                with m.If(self.elements & self.end_wrong):
                    self._refuse(m, Reply.STEP)
                with m.If(collected.begun):
                    self._refuse(m, Reply.SIZE)
            with m.State("COMMIT"):
                m.d.comb += self.commit.eq(self.deliver)
                m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _refuse(self, m, reply) -> None:
        m.d.sync += [self.refused.eq(1), self.reply.eq(reply)]
        m.next = "DONE"

    def _checkers(self, m) -> None:
        """Refuse what they refuse."""
        with m.If(self.elements & self.step_wrong):
            self._refuse(m, self.step_reply)
        with m.If(self.state & self.state_wrong):
            self._refuse(m, self.state_reply)

    def _header(self, m) -> None:
        """Flags and stream."""
        meaningless = Signal()
        with m.State("FLAGS"):
            m.d.sync += [Cat(self.first, self.last).eq(self.byte), self.stream.eq(0)]
            m.d.sync += meaningless.eq(self.byte[2:].any() | (self.byte[1] & ~self.elements))
            with m.If(self.ready):
                m.d.comb += self.step.eq(1)
                m.next = "STREAM"
                with m.If(self.load):
                    m.next = "BEGIN"
                with m.If(self.empty):
                    self._refuse(m, Reply.SIZE)
        with m.State("STREAM"):
            m.d.sync += self.stream.eq(self.byte)
            with m.If(self.ready):
                m.d.comb += self.step.eq(1)
                m.next = "BEGIN"
                with m.If(self.empty):
                    self._refuse(m, Reply.SIZE)
        with m.State("BEGIN"):
            with m.If(self.ready):
                m.d.comb += self.begin.eq(1)
                m.next = "BEGUN"
                with m.If(self.elements & ~self.loaded):
                    self._refuse(m, Reply.WEIGHTS_MISSING)
                with m.If(meaningless | (self.stream >= Mux(self.elements, self.streams, 1))):
                    self._refuse(m, Reply.FLAGS)
                with m.If(self.empty):
                    self._refuse(m, Reply.SIZE)
        with m.State("BEGUN"):
            m.next = "DATA"
            self._checkers(m)
