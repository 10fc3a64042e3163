"""From bytes to what goes to the core and what is to be answered."""

from amaranth import Module, ResetInserter
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.gateware.interfaces import stage_payload
from rnnhw.gateware.state_load import state_payload
from rnnhw.plan import Plan

from .commands import Commands
from .elements import LOAD, ElementOffer, element_bytes, request_bits
from .frame_receiver import FrameReceiver
from .frame_sender import HEADER
from .payload import Payload
from .protocol import Request
from .request_reader import RequestReader
from .state_buffer import StateBuffer
from .step_check import StepCheck


class Requests(wiring.Component):
    """Receives requests, checks them, carries them out one after the other.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    i : In(stream)
        Bytes from the host.
    o : Out(stream)
        Answers to be sent.
    elements : Out(stream), at_start : Out(1)
        To the core; the element is the first one of its step.
    state : Out(stream)
        To the core, if it takes states.
    load : Out(stream), loaded : In(1), load_error : In(1)
        To and from the core (a core with fixed weights is loaded).
    drop : In(1)
        Forget what belongs to sequences that are under way.
    snapshot : Out(1), clear : Out(1), counted : In(1)
        The counters'. The core is to be reset while `clear`.
    good : Out(1), bad : Out(2)
        A request was carried out; how many frames were damaged or refused, in this cycle.
    """

    def __init__(self, plan: Plan):
        self.plan, self.bits = plan, request_bits(plan)
        form = stream.Signature(stage_payload(self.bits["elements"], plan.hardware.streams))
        members = dict.fromkeys(("at_start", "snapshot", "clear", "good"), Out(1))
        members |= dict.fromkeys(("loaded", "load_error", "drop", "counted"), In(1)) | {"bad": Out(2)}
        members |= {"i": In(stream.Signature(8)), "o": Out(stream.Signature(HEADER)), "elements": Out(form)}
        if "load" in self.bits:
            members["load"] = Out(stream.Signature(LOAD))
        if "state" in self.bits:
            members["state"] = Out(stream.Signature(state_payload(self.bits["state"])))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = FrameReceiver()
        m.submodules.reader = reader = RequestReader()
        simple = (Request.HELLO, Request.COUNTERS, Request.RESET)
        m.submodules.commands = commands = Commands([*simple, *(Request[kind.upper()] for kind in self.bits)])
        m.submodules.payload = payload = Payload(self.bits, self.plan.hardware.streams)
        connect(m, flipped(self.i), receiver.i)
        connect(m, receiver.fault, commands.fault)
        connect(m, commands.o, flipped(self.o))
        m.d.comb += [
            commands.waiting.eq(receiver.waiting),
            receiver.free.eq(commands.free),
            receiver.address.eq(reader.address),
            reader.data.eq(receiver.data),
            reader.rewind.eq(commands.rewind),
            reader.enter.eq(commands.enter),
            reader.step.eq(commands.step | payload.step),
            commands.done.eq(payload.done),
            commands.refused.eq(payload.refused),
            commands.reply.eq(payload.reply),
            commands.load_error.eq(self.load_error),
            commands.counted.eq(self.counted),
            self.snapshot.eq(commands.snapshot),
            self.clear.eq(commands.clear),
            self.good.eq(commands.good),
            self.bad.eq(commands.bad + receiver.bad),
            payload.final.eq(reader.final),
        ]
        names = ("start", "elements", "load", "state", "deliver")
        m.d.comb += [getattr(payload, name).eq(getattr(commands, name)) for name in names]
        for part in (commands, payload):
            m.d.comb += [part.byte.eq(reader.byte), part.ready.eq(reader.ready), part.empty.eq(reader.empty)]
            m.d.comb += part.loaded.eq(self.loaded)
        self._offer(m, payload)
        self._check(m, payload)
        return m

    def _offer(self, m, payload) -> None:
        m.submodules.offer = offer = ElementOffer(self.plan)
        names = ("begin", "elements", "load", "first", "last", "stream", "final", "data")
        m.d.comb += [getattr(offer, name).eq(getattr(payload, name)) for name in names]
        m.d.comb += [offer.element.eq(payload.element & payload.deliver), payload.offering.eq(offer.busy)]
        connect(m, offer.i, flipped(self.elements))
        if "load" in self.bits:
            connect(m, offer.weights, flipped(self.load))

    def _check(self, m, payload) -> None:
        """Those who know what came before."""
        held = ResetInserter(self.drop)
        check = StepCheck(self.plan)
        m.submodules.check = held(check)
        names = ("begin", "element", "commit")
        m.d.comb += [getattr(check, name).eq(getattr(payload, name) & payload.elements) for name in names]
        m.d.comb += [getattr(check, name).eq(getattr(payload, name)) for name in ("first", "last", "stream")]
        m.d.comb += [
            check.keep.eq(payload.deliver),
            payload.step_wrong.eq(check.wrong),
            payload.step_reply.eq(check.reply),
            payload.end_wrong.eq(check.end_wrong),
            self.at_start.eq(check.at_start),
        ]
        if "state" not in self.bits:
            return
        buffer = StateBuffer([form.width for form, units in self.plan.network.state_formats for _ in range(units)])
        m.submodules.state_buffer = held(buffer)
        connect(m, buffer.o, flipped(self.state))
        m.d.comb += [getattr(buffer, name).eq(getattr(payload, name) & payload.state) for name in names]
        m.d.comb += [
            buffer.first.eq(payload.first),
            buffer.data.eq(payload.data[-8 * element_bytes(self.bits["state"]) :]),
            payload.state_wrong.eq(buffer.wrong),
            payload.state_reply.eq(buffer.reply),
            check.state_full.eq(buffer.full),
        ]
