"""What stands in a request's payload: flags, stream and elements; checked first, then handed on."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.interfaces import stage_payload
from rnnhw.plan import Plan

from .events import element_bytes
from .hello import takes_states
from .protocol import Reply


class Payload(wiring.Component):
    """Goes through the payload of ELEMENTS, LOAD and STATE.

    Nothing is handed on while `deliver` is low: all of it is just checked. With `deliver` high elements go out, and
    `done` comes once all were taken.

    Parameters
    ----------
    plan : Plan

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
        To those who check what is common to several requests: elements come, one of them, they are kept.
    step_wrong : In(1), step_reply : In(4), end_wrong : In(1), state_wrong : In(1), state_reply : In(4)
        What they say.
    data : Out(signed)
        The element, its lowest bits.
    i : Out(stream)
        Input elements for the core.
    weights : Out(stream), loaded : In(1)
        With loadable weights: bytes for the core, and whether it has its weights.
    """

    def __init__(self, plan: Plan):
        network, streams = plan.network, plan.hardware.streams
        self.streams = streams
        self.bits = {"elements": network.input.width}
        members = {"i": Out(stream.Signature(stage_payload(network.input.width, streams)))}
        if plan.hardware.weights == "loadable":
            self.bits["load"] = 8
            layout = data.StructLayout({"data": 8, "last": 1})
            members |= {"weights": Out(stream.Signature(layout)), "loaded": In(1)}
        if takes_states(plan):
            self.bits["state"] = plan.engines[0].state_width
        self.bytes = max(map(element_bytes, self.bits.values()))
        inputs = ("start", "elements", "load", "state", "deliver", "ready", "empty", "final")
        inputs += ("step_wrong", "end_wrong", "state_wrong")
        outputs = ("done", "refused", "step", "first", "last", "begin", "element", "commit")
        members |= dict.fromkeys(inputs, In(1)) | dict.fromkeys(outputs, Out(1))
        members |= {"reply": Out(4), "step_reply": In(4), "state_reply": In(4)}
        super().__init__(members | {"byte": In(8), "stream": Out(8), "data": Out(8 * self.bytes)})

    def elaborate(self, platform):
        m = Module()
        part = Signal(range(self.bytes))
        outside = Signal()  # not a value of the element's format
        whole = Signal()  # the byte at hand is an element's last
        m.d.sync += [outside.eq(0), whole.eq(0)]
        for kind, bits in self.bits.items():
            size, asked = element_bytes(bits), getattr(self, kind)
            spare = self.data[8 * (self.bytes - size) :][bits - 1 :]
            with m.If(asked):
                m.d.sync += [outside.eq(spare.any() & ~spare.all()), whole.eq(part == size - 1)]
        self._offer(m)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.refused.eq(0), part.eq(0)]
                with m.If(self.start):
                    m.next = "FLAGS"
            self._header(m)
            with m.State("DATA"):
                with m.If(self.ready):
                    m.d.sync += [self.data.eq(Cat(self.data, self.byte)[8:]), part.eq(Mux(whole, 0, part + 1))]
                    m.next = "NEXT"
                    with m.If(whole):
                        m.next = "ELEMENT"
            with m.State("ELEMENT"):
                m.d.comb += self.element.eq(1)
                m.next = "RANGE"
            with m.State("RANGE"):
                m.next = "OFFER"
                with m.If(outside):
                    self._refuse(m, Reply.RANGE)
            with m.State("OFFER"):
                with m.If(~self.offered | self.taken):
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
                with m.If(part != 0):
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
        if "state" in self.bits:
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
                if "load" in self.bits:
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
                if "loaded" in self.signature.members:
                    with m.If(self.elements & ~self.loaded):
                        self._refuse(m, Reply.WEIGHTS_MISSING)
                with m.If(meaningless | (self.stream >= Mux(self.elements, self.streams, 1))):
                    self._refuse(m, Reply.FLAGS)
                with m.If(self.empty):
                    self._refuse(m, Reply.SIZE)
        with m.State("BEGUN"):
            m.next = "DATA"
            self._checkers(m)

    def _offer(self, m) -> None:
        """Hand elements on: `offered` till `taken`."""
        opening = Signal()  # none has gone out yet
        self.offered, self.taken = Signal(), Signal()
        values = self.data[8 * (self.bytes - element_bytes(self.bits["elements"])) :]
        payload = self.i.payload
        m.d.comb += [
            self.offered.eq(self.i.valid),
            self.taken.eq(self.i.ready),
            payload.data.eq(values),
            payload.first.eq(self.first & opening),
            payload.last.eq(self.last & self.final),
        ]
        if self.streams > 1:
            m.d.comb += payload.stream.eq(self.stream)
        with m.If(self.begin):
            m.d.sync += opening.eq(1)
        with m.Elif(self.offered & self.taken):
            m.d.sync += opening.eq(0)
        with m.If(self.element):
            m.d.sync += self.i.valid.eq(self.deliver & self.elements)
        with m.Elif(self.i.ready):
            m.d.sync += self.i.valid.eq(0)
        if "load" not in self.bits:
            return
        weights = self.weights
        m.d.comb += [weights.payload.data.eq(self.data[-8:]), weights.payload.last.eq(self.first & self.final)]
        with m.If(self.element):
            m.d.sync += weights.valid.eq(self.deliver & self.load)
        with m.Elif(weights.ready):
            m.d.sync += weights.valid.eq(0)
        with m.If(self.load):
            m.d.comb += [self.offered.eq(weights.valid), self.taken.eq(weights.ready)]
