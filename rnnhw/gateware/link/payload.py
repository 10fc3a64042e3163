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
        outside = Signal()
        limit = Mux(self.elements, self.streams, 1)
        m.d.sync += outside.eq(self.stream >= limit if self.streams > 1 else self.stream != 0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += self.refused.eq(0)
                with m.If(self.start):
                    m.next = "FLAGS"
            header_states(m, self, outside)
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
                    refuse(m, self, Reply.RANGE)
            with m.State("OFFER"):
                with m.If(~self.offering):
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.comb += self.step.eq(1)
                m.next = "DATA"
                with m.If(self.final):
                    m.next = "END"
                ask_checkers(m, self)
            with m.State("END"):
                m.next = "COMMIT"
                with m.If(self.elements & self.end_wrong):
                    refuse(m, self, Reply.STEP)
                with m.If(collected.begun):
                    refuse(m, self, Reply.SIZE)
            with m.State("COMMIT"):
                m.d.comb += self.commit.eq(self.deliver)
                m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m


def refuse(m, payload: Payload, reply) -> None:
    """Go no further."""
    m.d.sync += [payload.refused.eq(1), payload.reply.eq(reply)]
    m.next = "DONE"


def ask_checkers(m, payload: Payload) -> None:
    """Refuse what those refuse who know what came before."""
    with m.If(payload.elements & payload.step_wrong):
        refuse(m, payload, payload.step_reply)
    with m.If(payload.state & payload.state_wrong):
        refuse(m, payload, payload.state_reply)


def header_states(m, payload: Payload, outside) -> None:
    """Flags and stream; `outside`: there is no such stream."""
    meaningless = Signal()
    with m.State("FLAGS"):
        m.d.sync += [Cat(payload.first, payload.last).eq(payload.byte), payload.stream.eq(0)]
        m.d.sync += meaningless.eq(payload.byte[2:].any() | (payload.byte[1] & ~payload.elements))
        with m.If(payload.ready):
            m.d.comb += payload.step.eq(1)
            m.next = "STREAM"
            with m.If(payload.load):
                m.next = "BEGIN"
            with m.If(payload.empty):
                refuse(m, payload, Reply.SIZE)
    with m.State("STREAM"):
        m.d.sync += payload.stream.eq(payload.byte)
        with m.If(payload.ready):
            m.d.comb += payload.step.eq(1)
            m.next = "BEGIN"
            with m.If(payload.empty):
                refuse(m, payload, Reply.SIZE)
    with m.State("BEGIN"):
        with m.If(payload.ready):
            m.d.comb += payload.begin.eq(1)
            m.next = "BEGUN"
            with m.If(payload.elements & ~payload.loaded):
                refuse(m, payload, Reply.WEIGHTS_MISSING)
            with m.If(meaningless | outside):
                refuse(m, payload, Reply.FLAGS)
            with m.If(payload.empty):
                refuse(m, payload, Reply.SIZE)
    with m.State("BEGUN"):
        m.next = "DATA"
        ask_checkers(m, payload)
