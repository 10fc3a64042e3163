"""What stands in a request's payload: flags, stream and elements; checked first, then handed on."""

from amaranth import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.interfaces import stage_payload
from rnnhw.plan import Plan

from .events import element_bytes
from .hello import takes_states
from .protocol import Reply, Request


class Payload(wiring.Component):
    """Goes through the payload of ELEMENTS, LOAD and STATE.

    Nothing is handed on while `deliver` is low: all of it is just checked. With `deliver` high elements go out, and
    `done` comes once all were taken.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    start : In(1), kind : In(3), deliver : In(1)
        The payload of a request of that `Request` begins at the reader. They hold, but for `start`, till `done`.
    done : Out(1), refused : Out(1), reply : Out(4)
        All of it is through; with `refused`: what is wrong.
    step : Out(1), byte : In(8), ready : In(1), left : In(8)
        The reader.
    first : Out(1), last : Out(1), stream : Out(8)
        Flags and stream.
    begin : Out(1), element : Out(1), commit : Out(1)
        To those who check what is common to several requests: elements come, one of them, they are kept.
    step_wrong : In(1), step_reply : In(4), end_wrong : In(1), state_wrong : In(1), state_reply : In(4)
        What they say.
    data : Out(signed)
        The element, its lowest bits.
    i : Out(stream)
        Input elements for the core.
    load : Out(stream), loaded : In(1)
        With loadable weights: bytes for the core, and whether it has its weights.
    """

    def __init__(self, plan: Plan):
        network, streams = plan.network, plan.hardware.streams
        self.streams = streams
        self.bits = {Request.ELEMENTS: network.input.width}
        if plan.hardware.weights == "loadable":
            self.bits[Request.LOAD] = 8
        if takes_states(plan):
            self.bits[Request.STATE] = plan.engines[0].state_width
        self.bytes = max(map(element_bytes, self.bits.values()))
        members = {"start": In(1), "kind": In(3), "deliver": In(1), "done": Out(1), "refused": Out(1), "reply": Out(4)}
        members |= {"step": Out(1), "byte": In(8), "ready": In(1), "left": In(8)}
        members |= {"first": Out(1), "last": Out(1), "stream": Out(8)}
        members |= {"begin": Out(1), "element": Out(1), "commit": Out(1), "data": Out(8 * self.bytes)}
        members |= {"step_wrong": In(1), "step_reply": In(4), "end_wrong": In(1)}
        members |= {"state_wrong": In(1), "state_reply": In(4)}
        members |= {"i": Out(stream.Signature(stage_payload(network.input.width, streams)))}
        if Request.LOAD in self.bits:
            members |= {"load": Out(stream.Signature(data.StructLayout({"data": 8, "last": 1}))), "loaded": In(1)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        opening = Signal()  # no element has gone out yet
        part = Signal(range(self.bytes))
        empty, final, taken = Signal(), Signal(), Signal()
        m.d.comb += [empty.eq(self.left == 0), final.eq(self.left == 1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.refused.eq(0), part.eq(0), opening.eq(1)]
                with m.If(self.start):
                    m.next = "FLAGS"
            self._header(m, empty)
            with m.State("DATA"):
                with m.If(self.ready):
                    m.d.sync += [self.data.eq(Cat(self.data, self.byte)[8:]), part.eq(part + 1)]
                    m.next = "NEXT"
                    for kind, bits in self.bits.items():
                        with m.If((self.kind == kind) & (part == element_bytes(bits) - 1)):
                            m.d.sync += part.eq(0)
                            m.next = "ELEMENT"
            with m.State("ELEMENT"):
                m.d.comb += self.element.eq(1)
                m.next = "OFFER"
                for kind, bits in self.bits.items():
                    spare = self.data[8 * (self.bytes - element_bytes(bits)) :][bits - 1 :]
                    if len(spare) > 1:
                        with m.If((self.kind == kind) & spare.any() & ~spare.all()):
                            self._refuse(m, Reply.RANGE)
            with m.State("OFFER"):
                taken = self._offer(m, opening, final)
                with m.If(taken):
                    m.d.sync += opening.eq(0)
                    m.next = "NEXT"
            with m.State("NEXT"):
                m.d.comb += self.step.eq(1)
                m.next = "DATA"
                with m.If(final):
                    m.next = "END"
                self._checkers(m)
            with m.State("END"):
                m.d.comb += self.commit.eq(self.deliver)
                m.next = "DONE"
                with m.If((self.kind == Request.ELEMENTS) & self.end_wrong):
                    self._refuse(m, Reply.STEP)
                with m.If(part != 0):
                    self._refuse(m, Reply.SIZE)
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _refuse(self, m, reply) -> None:
        m.d.sync += [self.refused.eq(1), self.reply.eq(reply)]
        m.next = "DONE"

    def _checkers(self, m) -> None:
        """Refuse what they refuse."""
        with m.If((self.kind == Request.ELEMENTS) & self.step_wrong):
            self._refuse(m, self.step_reply)
        with m.If((self.kind == Request.STATE) & self.state_wrong):
            self._refuse(m, self.state_reply)

    def _header(self, m, empty) -> None:
        """Flags and stream."""
        reserved, outside = Signal(), Signal()  # flags, stream that mean nothing
        with m.State("FLAGS"):
            with m.If(self.ready):
                m.d.comb += self.step.eq(1)
                m.d.sync += [Cat(self.first, self.last).eq(self.byte), reserved.eq(self.byte[2:].any())]
                with m.If((self.kind != Request.ELEMENTS) & self.byte[1]):
                    m.d.sync += reserved.eq(1)
                m.next = "STREAM"
                if Request.LOAD in self.bits:
                    with m.If(self.kind == Request.LOAD):
                        m.next = "BEGIN"
            with m.If(empty):
                self._refuse(m, Reply.SIZE)
        with m.State("STREAM"):
            with m.If(self.ready):
                m.d.comb += self.step.eq(1)
                m.d.sync += [self.stream.eq(self.byte), outside.eq(self.byte >= self.streams)]
                with m.If((self.kind == Request.STATE) & (self.byte != 0)):
                    m.d.sync += outside.eq(1)
                m.next = "BEGIN"
            with m.If(empty):
                self._refuse(m, Reply.SIZE)
        with m.State("BEGIN"):
            m.d.comb += self.begin.eq(1)
            m.next = "BEGUN"
            with m.If(outside & (self.kind != Request.LOAD)):
                self._refuse(m, Reply.STREAM)
            if Request.LOAD in self.bits:
                with m.If((self.kind == Request.ELEMENTS) & ~self.loaded):
                    self._refuse(m, Reply.WEIGHTS_MISSING)
            with m.If(reserved):
                self._refuse(m, Reply.FLAGS)
            with m.If(empty):
                self._refuse(m, Reply.SIZE)
        with m.State("BEGUN"):
            m.next = "DATA"
            self._checkers(m)

    def _offer(self, m, opening, final):
        """Hand the element on; returns whether it has been taken."""
        taken = ~self.deliver
        number = self.kind
        data = self.data[8 * (self.bytes - element_bytes(self.bits[Request.ELEMENTS])) :]
        payload = self.i.payload
        m.d.comb += [
            self.i.valid.eq(self.deliver & (number == Request.ELEMENTS)),
            payload.data.eq(data),
            payload.first.eq(self.first & opening),
            payload.last.eq(self.last & final),
        ]
        taken |= self.i.valid & self.i.ready
        if self.streams > 1:
            m.d.comb += payload.stream.eq(self.stream)
        if Request.LOAD in self.bits:
            m.d.comb += [
                self.load.valid.eq(self.deliver & (number == Request.LOAD)),
                self.load.payload.data.eq(self.data[-8:]),
                self.load.payload.last.eq(self.first & final),
            ]
            taken |= self.load.valid & self.load.ready
        return taken | (number == Request.STATE)
