"""Between bytes of frames and a core's streams."""

from amaranth import Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.gateware.network_top import NetworkTop

from .busy import BusyMeter, answers_steps
from .hello import LOAD_ERROR, LOADED, hello_payload
from .outbox import contents
from .replies import Replies
from .requests import Requests

PORTS = ("elements", "answers", "state", "final", "load")  # streams of the core


class CoreLink(wiring.Component):
    """Takes requests as bytes, carries them out on a core, and gives answers and events as bytes.

    Parameters
    ----------
    core : NetworkTop
        The core, which is not a part of it.
    identity : bytes
        Eight bytes that no other design has.
    clock_hz : int
        Of the clock, for the host to know.

    Members
    -------
    i : In(stream), o : Out(stream)
        Bytes from the host, to the host.
    elements : Out(stream), answers : In(stream)
        The core's `i` and `o`.
    state : Out(stream), final : In(stream)
        The core's, if it has them.
    load : Out(stream), loaded : In(1), load_error : In(1)
        With loadable weights, the core's.
    saturated : In
        The core's, if it has it.
    restart : Out(1)
        Resets the core, but not its weights.
    busy : Out(1)
        A sequence is under way.
    error : Out(1)
        The last frame was damaged or refused.
    """

    def __init__(self, core: NetworkTop, identity: bytes, clock_hz: int):
        self.plan = plan = core.plan
        self.loadable = plan.hardware.weights == "loadable"
        status = [0, LOADED, LOAD_ERROR] if self.loadable else [0]
        words = contents([hello_payload(plan, identity, clock_hz, flags) for flags in status])
        saturations = len(core.saturated) if "saturated" in core.signature.members else 0
        self.requests, self.replies = Requests(plan), Replies(plan, words, saturations)
        members = {"i": In(stream.Signature(8)), "o": Out(stream.Signature(8))}
        members |= dict.fromkeys(("restart", "busy", "error"), Out(1))
        for part in (self.requests, self.replies):
            wanted = [name for name in PORTS if name in part.signature.members]
            members |= {name: part.signature.members[name] for name in wanted}
        if self.loadable:
            members |= {"loaded": In(1), "load_error": In(1)}
        if saturations:
            members["saturated"] = In(saturations)
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.requests, m.submodules.replies = requests, replies = self.requests, self.replies
        drop = Signal()  # what is under way in the core is forgotten
        connect(m, flipped(self.i), requests.i)
        connect(m, requests.o, replies.i)
        connect(m, replies.o, flipped(self.o))
        for part in (requests, replies):
            for name in PORTS:
                if name in part.signature.members:
                    connect(m, getattr(part, name), flipped(getattr(self, name)))
            m.d.comb += part.drop.eq(drop)
        loaded = self.loaded if self.loadable else 1
        m.d.comb += [
            requests.loaded.eq(loaded),
            requests.load_error.eq(self.load_error if self.loadable else 0),
            requests.counted.eq(replies.done),
            replies.snapshot.eq(requests.snapshot),
            replies.clear.eq(requests.clear),
            replies.busy.eq(self.busy),
        ]
        m.d.sync += [
            self.restart.eq(requests.clear),
            drop.eq(requests.clear | ~loaded if self.loadable else requests.clear),
            replies.good.eq(requests.good),
            replies.bad.eq(requests.bad),
            replies.inputs.eq(self.elements.valid & self.elements.ready),
        ]
        if "saturated" in self.signature.members:
            m.d.comb += replies.saturations.eq(self.saturated)
        with m.If(replies.good | (replies.bad != 0)):
            m.d.sync += self.error.eq(replies.bad != 0)
        self._busy(m, drop)
        return m

    def _busy(self, m, drop) -> None:
        meter, element, answer = BusyMeter(self.plan), self.elements, self.answers
        m.submodules.meter = ResetInserter(drop)(meter)
        m.d.comb += [
            meter.taken.eq(element.valid & element.ready),
            meter.first.eq(self.requests.at_start),
            meter.last.eq(element.payload.last),
            meter.answered.eq(answer.valid & answer.ready & answer.payload.last),
            self.busy.eq(meter.busy),
        ]
        if answers_steps(self.plan) and self.plan.network.mode != "one-to-many":
            m.d.comb += meter.answered.eq(self.replies.answer_end)
        if self.plan.hardware.streams > 1:
            m.d.comb += meter.stream.eq(element.payload.stream)
