"""Elements: put together of bytes, and offered to the core."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.interfaces import stage_payload
from rnnhw.plan import Plan

from .hello import takes_states

LOAD = data.StructLayout({"data": 8, "last": 1})


def element_bytes(width: int) -> int:
    """Bytes in which an element comes."""
    return -(-width // 8)


def request_bits(plan: Plan) -> dict[str, int]:
    """Bits of an element of each kind of request that a core takes elements of."""
    bits = {"elements": plan.network.input.width}
    if plan.hardware.weights == "loadable":
        bits["load"] = 8
    if takes_states(plan):
        bits["state"] = plan.engines[0].state_width
    return bits


class ElementBytes(wiring.Component):
    """Collects an element's bytes, the lowest one first.

    Parameters
    ----------
    bits : dict of str to int
        Bits of an element of each kind (`request_bits`).

    Members
    -------
    elements, load, state : In(1)
        Which kind comes.
    begin : In(1)
        Forget what was collected.
    byte : In(8), take : In(1)
        The next byte; no two in less than three cycles.
    whole : Out(1)
        It is an element's last.
    begun : Out(1)
        Some of an element's bytes have been taken, but not all.
    data : Out
        The element, at its high end, from the cycle after its last byte was taken on.
    outside : Out(1)
        It is no value of its format; two cycles after its last byte was taken.
    """

    def __init__(self, bits):
        self.bits, self.bytes = bits, max(map(element_bytes, bits.values()))
        members = dict.fromkeys(("elements", "load", "state", "begin", "take"), In(1)) | {"byte": In(8)}
        members |= dict.fromkeys(("whole", "begun", "outside"), Out(1))
        super().__init__(members | {"data": Out(8 * self.bytes)})

    def elaborate(self, platform):
        m = Module()
        part = Signal(range(self.bytes))
        m.d.sync += [self.outside.eq(0), self.whole.eq(0)]
        m.d.comb += self.begun.eq(part != 0)
        for kind, bits in self.bits.items():
            size = element_bytes(bits)
            spare = self.data[8 * (self.bytes - size) :][bits - 1 :]
            with m.If(getattr(self, kind)):
                m.d.sync += [self.outside.eq(spare.any() & ~spare.all()), self.whole.eq(part == size - 1)]
        with m.If(self.begin):
            m.d.sync += part.eq(0)
        with m.Elif(self.take):
            m.d.sync += [self.data.eq(Cat(self.data, self.byte)[8:]), part.eq(Mux(self.whole, 0, part + 1))]
        return m


class ElementOffer(wiring.Component):
    """Offers elements to the core.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    begin : In(1), element : In(1)
        The first element will come; one comes, and is offered from the next cycle on.
    elements : In(1), load : In(1)
        Its kind; another one is not offered.
    first, last : In(1), stream : In(8), final : In(1)
        The request's flags and stream, and whether this is its last element.
    data : In
    busy : Out(1)
        It is being offered, and is not taken in this cycle.
    i : Out(stream)
        Input elements for the core.
    weights : Out(stream)
        With loadable weights: bytes for the core.
    """

    def __init__(self, plan: Plan):
        bits, self.streams = request_bits(plan), plan.hardware.streams
        self.bytes, self.of_input = max(map(element_bytes, bits.values())), element_bytes(bits["elements"])
        members = dict.fromkeys(("begin", "element", "elements", "load", "first", "last", "final"), In(1))
        members |= {"stream": In(8), "data": In(8 * self.bytes), "busy": Out(1)}
        members["i"] = Out(stream.Signature(stage_payload(bits["elements"], self.streams)))
        if "load" in bits:
            members["weights"] = Out(stream.Signature(LOAD))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        opening = Signal()  # none has gone out yet
        payload = self.i.payload
        m.d.comb += [
            payload.data.eq(self.data[8 * (self.bytes - self.of_input) :]),
            payload.first.eq(self.first & opening),
            payload.last.eq(self.last & self.final),
            self.busy.eq(self.i.valid & ~self.i.ready),
        ]
        if self.streams > 1:
            m.d.comb += payload.stream.eq(self.stream)
        with m.If(self.begin):
            m.d.sync += opening.eq(1)
        with m.Elif(self.i.valid & self.i.ready):
            m.d.sync += opening.eq(0)
        self._offer(m, self.i, self.elements)
        if "weights" in self.signature.members:
            weights = self.weights
            self._offer(m, weights, self.load)
            m.d.comb += [weights.payload.data.eq(self.data[-8:]), weights.payload.last.eq(self.first & self.final)]
            m.d.comb += self.busy.eq((self.i.valid & ~self.i.ready) | (weights.valid & ~weights.ready))
        return m

    def _offer(self, m, port, asked) -> None:
        with m.If(self.element & asked):
            m.d.sync += port.valid.eq(1)
        with m.Elif(port.ready):
            m.d.sync += port.valid.eq(0)
