"""Carries requests out, one after the other."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .counters import BYTES
from .frame_receiver import FAULT
from .frame_sender import HEADER
from .outbox import HELLO_AT, REPLIES_AT, SNAPSHOT_AT
from .protocol import ANSWER, ERROR, Reply, Request

HELLO_BYTES = 33
WITH_PAYLOAD = (Request.ELEMENTS, Request.LOAD, Request.STATE)


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
    rewind, step, enter : Out(1), byte : In(8), ready : In(1), empty : In(1)
        The reader.
    start : Out(1), elements, load, state : Out(1), deliver : Out(1), done : In(1), refused : In(1), reply : In(4)
        The payload's part, and which request it belongs to.
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
        inputs = ("waiting", "ready", "empty", "done", "refused", "loaded", "load_error", "counted")
        outputs = ("free", "rewind", "step", "enter", "start", "deliver", "snapshot", "clear", "good", "bad")
        outputs += ("elements", "load", "state")
        members |= dict.fromkeys(inputs, In(1)) | dict.fromkeys(outputs, Out(1))
        super().__init__(members | {"byte": In(8), "reply": In(4)})

    def elaborate(self, platform):
        m = Module()
        number, sequence = Signal(3), Signal(8)
        kind = {request: Signal(name=f"is_{request.name.lower()}") for request in self.known}
        known, simple, doubled, wrong = Signal(), Signal(), Signal(), Signal()
        self.before, self.fresh = Signal(8), Signal(init=1)  # sequence number of the last one that was carried out
        reply, failed = Signal(4), Signal()
        own = Signal()  # there is a request behind it, not just a damaged frame
        for request in WITH_PAYLOAD:
            m.d.comb += getattr(self, request.name.lower()).eq(kind.get(request, 0))
        m.d.sync += [
            known.eq(Cat(*kind.values()).any()),
            simple.eq(Cat(is_it for request, is_it in kind.items() if request not in WITH_PAYLOAD).any()),
            wrong.eq(~known | doubled | (simple & ~self.empty)),
            doubled.eq((sequence == self.before) & ~self.fresh & ~kind[Request.HELLO]),
        ]
        form_answer(m, self, failed, reply, sequence, number, kind)
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [self.deliver.eq(0), failed.eq(self.fault.valid), own.eq(~self.fault.valid)]
                m.d.sync += reply.eq(self.fault.payload.reply)
                m.d.comb += [self.rewind.eq(1), self.fault.ready.eq(1)]
                with m.If(self.fault.valid):
                    m.d.sync += sequence.eq(self.fault.payload.sequence)
                    m.next = "ANSWER"
                with m.Elif(self.waiting):
                    m.next = "TYPE"
            with m.State("CHOOSE"):
                m.d.sync += reply.eq(Mux(~known, Reply.UNKNOWN, Mux(doubled, Reply.DUPLICATE, Reply.SIZE)))
                m.d.sync += failed.eq(wrong)
                with m.If(self.ready):
                    self._choose(m, simple, wrong, kind)
            with m.State("PAYLOAD"):
                m.d.sync += [failed.eq(self.refused), reply.eq(self.reply)]
                with m.If(self.done):
                    m.d.sync += self.deliver.eq(1)
                    m.d.comb += self.rewind.eq(1)
                    m.next = "TYPE"
                    with m.If(self.refused | self.deliver):
                        m.next = "ANSWER"
            with m.State("COUNT"):
                m.d.comb += [self.snapshot.eq(kind[Request.COUNTERS]), self.clear.eq(kind[Request.RESET])]
                with m.If(self.counted):
                    m.next = "ANSWER"
            answer_states(m, self, failed, own, reply, sequence, kind)
            self._header(m, number, sequence, kind)
        return m

    def _header(self, m, number, sequence, kind) -> None:
        """A request's type, sequence number and length."""
        with m.State("TYPE"):
            m.d.sync += [number.eq(self.byte), *(is_it.eq(self.byte == each) for each, is_it in kind.items())]
            self._go_on(m, self.step, "SEQUENCE")
        with m.State("SEQUENCE"):
            m.d.sync += sequence.eq(self.byte)
            self._go_on(m, self.step, "LENGTH")
        with m.State("LENGTH"):
            self._go_on(m, self.enter, "CHOOSE")

    def _go_on(self, m, how, state) -> None:
        with m.If(self.ready):
            m.d.comb += how.eq(1)
            m.next = state

    def _choose(self, m, simple, wrong, kind) -> None:
        """Where a request is carried out."""
        with m.If(wrong | kind[Request.HELLO]):
            m.next = "ANSWER"
        with m.Elif(simple):
            m.next = "COUNT"
        with m.Else():
            m.d.comb += self.start.eq(1)
            m.next = "PAYLOAD"


def form_answer(m, commands: Commands, failed, reply, sequence, number, kind) -> None:
    """What is sent."""
    answer = commands.o.payload
    m.d.comb += [
        answer.sequence.eq(sequence),
        answer.type.eq(Mux(failed, ERROR, ANSWER | number)),
        answer.base.eq(REPLIES_AT | reply << 1),
    ]
    with m.If(failed):
        m.d.comb += answer.length.eq(2)
    with m.Else():
        with m.If(kind[Request.HELLO]):
            m.d.comb += [answer.base.eq(HELLO_AT[0]), answer.length.eq(HELLO_BYTES)]
            if Request.LOAD in kind:
                with m.If(commands.loaded):
                    m.d.comb += answer.base.eq(HELLO_AT[1])
                with m.Elif(commands.load_error):
                    m.d.comb += answer.base.eq(HELLO_AT[2])
        with m.If(kind[Request.COUNTERS]):
            m.d.comb += [answer.base.eq(SNAPSHOT_AT), answer.length.eq(BYTES)]
        if Request.LOAD in kind:
            with m.If(kind[Request.LOAD]):
                m.d.comb += answer.length.eq(1)


def answer_states(m, commands: Commands, failed, own, reply, sequence, kind) -> None:
    """A request is over, and is answered."""
    with m.State("ANSWER"):
        m.d.comb += [commands.free.eq(own), commands.good.eq(~failed), commands.bad.eq(failed & own)]
        with m.If(~failed):
            m.d.sync += [commands.before.eq(sequence), commands.fresh.eq(0)]
            if Request.LOAD in kind:
                status = Mux(commands.loaded, Reply.LOADED, Mux(commands.load_error, Reply.LOAD_ERROR, Reply.LOADING))
                m.d.sync += reply.eq(status)
        m.d.sync += commands.o.valid.eq(1)
        m.next = "SEND"
    with m.State("SEND"):
        with m.If(commands.o.ready):
            m.d.sync += commands.o.valid.eq(0)
            m.next = "IDLE"
