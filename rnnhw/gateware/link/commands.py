"""Carries requests out, one after the other."""

from amaranth import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .counters import BYTES
from .frame_receiver import FAULT
from .frame_sender import HEADER
from .outbox import HELLO_AT, REPLIES_AT, SNAPSHOT_AT
from .protocol import ANSWER, ERROR, Reply, Request

HELLO_BYTES = 33


class Commands(wiring.Component):
    """Reads a request, has it carried out, and says what is to be answered; and the same of frames that were damaged.

    Parameters
    ----------
    known : collection of Request
        Those that the core can carry out.

    Members
    -------
    fault : In(stream)
        Of the receiver.
    waiting : In(1), free : Out(1)
        A request is there; it is done with.
    rewind, step, enter : Out(1), byte : In(8), ready : In(1), left : In(8)
        The reader.
    start : Out(1), kind : Out(3), deliver : Out(1), done : In(1), refused : In(1), reply : In(4)
        The payload's part.
    loaded, load_error : In(1)
        Of the core's weights.
    snapshot : Out(1), clear : Out(1), counted : In(1)
        The counters'. The core is to be reset while `clear`.
    good, bad : Out(1)
        A request has been carried out, has been refused, in this cycle.
    o : Out(stream)
        Answers.
    """

    def __init__(self, known):
        self.known = tuple(known)
        members = {"fault": In(stream.Signature(FAULT)), "o": Out(stream.Signature(HEADER))}
        inputs = ("waiting", "ready", "done", "refused", "loaded", "load_error", "counted")
        outputs = ("free", "rewind", "step", "enter", "start", "deliver", "snapshot", "clear", "good", "bad")
        members |= dict.fromkeys(inputs, In(1)) | dict.fromkeys(outputs, Out(1))
        members |= {"byte": In(8), "left": In(8), "kind": Out(3), "reply": In(4)}
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        kind, known, sequence = self.kind, Signal(), Signal(8)
        before, fresh = Signal(8), Signal(init=1)  # the sequence number of the last request that was carried out
        doubled = Signal()
        reply, failed = Signal(4), Signal()
        own = Signal()  # there is a request behind it, not just a damaged frame
        self._answer(m, failed, reply, sequence)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.deliver.eq(0), failed.eq(0), own.eq(1)]
                m.d.comb += self.rewind.eq(1)
                with m.If(self.fault.valid):
                    m.d.comb += self.fault.ready.eq(1)
                    m.d.sync += [own.eq(0), sequence.eq(self.fault.payload.sequence)]
                    m.d.sync += [failed.eq(1), reply.eq(self.fault.payload.reply)]
                    m.next = "ANSWER"
                with m.Elif(self.waiting):
                    m.next = "TYPE"
            with m.State("TYPE"):
                with m.If(self.ready):
                    m.d.comb += self.step.eq(1)
                    m.d.sync += kind.eq(self.byte)
                    with m.Switch(self.byte):
                        with m.Case(*self.known):
                            m.d.sync += known.eq(1)
                        with m.Default():
                            m.d.sync += known.eq(0)
                    m.next = "SEQUENCE"
            with m.State("SEQUENCE"):
                with m.If(self.ready):
                    m.d.comb += self.step.eq(1)
                    m.d.sync += [sequence.eq(self.byte), doubled.eq((self.byte == before) & ~fresh)]
                    m.next = "LENGTH"
            with m.State("LENGTH"):
                with m.If(self.ready):
                    m.d.comb += self.enter.eq(1)
                    m.next = "CHOOSE"
            with m.State("CHOOSE"):
                self._choose(m, known, doubled & (kind != Request.HELLO), failed, reply)
            with m.State("PAYLOAD"):
                with m.If(self.done):
                    m.d.sync += [self.deliver.eq(1), failed.eq(self.refused), reply.eq(self.reply)]
                    m.d.comb += self.rewind.eq(1)
                    m.next = "TYPE"
                    with m.If(self.refused | self.deliver):
                        m.next = "ANSWER"
            with m.State("COUNT"):
                m.d.comb += [self.snapshot.eq(kind == Request.COUNTERS), self.clear.eq(kind == Request.RESET)]
                with m.If(self.counted):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                with m.If(~failed & (kind == Request.LOAD)):
                    m.d.sync += reply.eq(
                        Mux(self.loaded, Reply.LOADED, Mux(self.load_error, Reply.LOAD_ERROR, Reply.LOADING))
                    )
                m.d.comb += [self.free.eq(own), self.good.eq(~failed), self.bad.eq(failed & own)]
                with m.If(~failed):
                    m.d.sync += [before.eq(sequence), fresh.eq(0)]
                m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.next = "IDLE"
        return m

    def _choose(self, m, known, doubled, failed, reply) -> None:
        """What a request needs."""
        with m.Switch(self.kind):
            with m.Case(Request.HELLO):
                m.next = "ANSWER"
            with m.Case(Request.COUNTERS, Request.RESET):
                m.next = "COUNT"
            with m.Default():
                m.next = "PAYLOAD"
        simple = (self.kind == Request.HELLO) | (self.kind == Request.COUNTERS) | (self.kind == Request.RESET)
        for wrong, what in (
            (simple & (self.left != 0), Reply.SIZE),
            (doubled & ~self.deliver, Reply.DUPLICATE),
            (~known, Reply.UNKNOWN),
        ):
            with m.If(wrong):
                m.d.sync += [failed.eq(1), reply.eq(what)]
                m.next = "ANSWER"
        m.d.comb += self.start.eq(1)

    def _answer(self, m, failed, reply, sequence) -> None:
        answer = self.o.payload
        m.d.comb += [
            answer.sequence.eq(sequence),
            answer.type.eq(Mux(failed, ERROR, ANSWER | self.kind)),
            answer.address.eq(REPLIES_AT | reply << 1),
        ]
        with m.If(failed):
            m.d.comb += answer.length.eq(2)
        with m.Else():
            with m.Switch(self.kind):
                with m.Case(Request.HELLO):
                    m.d.comb += [answer.address.eq(HELLO_AT[0]), answer.length.eq(HELLO_BYTES)]
                    if Request.LOAD in self.known:
                        with m.If(self.loaded):
                            m.d.comb += answer.address.eq(HELLO_AT[1])
                        with m.Elif(self.load_error):
                            m.d.comb += answer.address.eq(HELLO_AT[2])
                with m.Case(Request.COUNTERS):
                    m.d.comb += [answer.address.eq(SNAPSHOT_AT), answer.length.eq(BYTES)]
                with m.Case(Request.LOAD):
                    m.d.comb += answer.length.eq(1)
