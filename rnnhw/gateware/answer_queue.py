"""The engine's output side: results come several a cycle, the answer leaves one element a cycle."""

from amaranth import Array, Module, Mux, Signal, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan.engine_schedule import ANSWERS

from .interfaces import stage_payload
from .memory_ports import read_port, write_port


class AnswerBanks(wiring.Component):
    """Where answers wait: element e of an answer stands in bank e mod `results`, row e div `results` of its place.

    Parameters
    ----------
    width, size, results : int
    aligned : bool
    style : str
        As in `AnswerQueue`.

    Members
    -------
    push : In(results), data : In(ArrayLayout(signed(width), results)), end : In(1)
        As in `AnswerQueue`.
    place : Out(1)
        Which of the two answers is being pushed.
    row : In(range(2 * ceil(size / results)))
    words : Out(ArrayLayout(signed(width), results))
        That row of all banks, one cycle later; at once where they are made of registers (`direct`).
    """

    def __init__(self, width: int, size: int, results: int, aligned: bool, style: str):
        self.width, self.results, self.style = width, results, style
        self.aligned = aligned or results == 1
        self.direct = style == "registers"
        self.rows = -(-size // results)
        self.depth = ANSWERS * self.rows
        words = data.ArrayLayout(signed(width), results)
        super().__init__(
            {
                "push": In(results),
                "data": In(words),
                "end": In(1),
                "place": Out(1),
                "row": In(range(self.depth)),
                "words": Out(words),
            }
        )

    def elaborate(self, platform):
        m = Module()
        row = Signal(range(self.depth), name="write_row")
        offset = Signal(range(1 if self.aligned else self.results))  # bank of the next element
        reached = Signal(range(2 * self.results))
        m.d.comb += reached.eq(offset + sum(self.push))
        for bank in range(self.results):
            store = memory.Memory(shape=self.width, depth=self.depth, init=[], attrs={"ram_style": self.style})
            m.submodules[f"bank_{bank}"] = store
            write, read = write_port(store, f"write_{bank}"), self._read_port(store, f"read_{bank}")
            m.d.comb += [read.addr.eq(self.row), self.words[bank].eq(read.data)]
            if self.aligned:
                m.d.comb += [write.addr.eq(row), write.data.eq(self.data[bank]), write.en.eq(self.push[bank])]
                continue
            passed = bank < offset if bank < self.results - 1 else 0
            m.d.comb += write.addr.eq(Mux(passed, row + 1, row))
            with m.Switch(offset):
                for start in range(self.results):
                    with m.Case(start):
                        number = (bank - start) % self.results
                        m.d.comb += [write.data.eq(self.data[number]), write.en.eq(self.push[number])]
        with m.If(self.push[0]):
            with m.If(self.end):
                m.d.sync += [self.place.eq(~self.place), row.eq(Mux(self.place, 0, self.rows)), offset.eq(0)]
            with m.Elif(reached >= self.results):
                m.d.sync += [row.eq(row + 1), offset.eq(reached - self.results)]
            with m.Else():
                m.d.sync += offset.eq(reached)
        return m

    def _read_port(self, store, name: str):
        return read_port(store, name, "comb" if self.direct else "sync")


class AnswerQueue(wiring.Component):
    """A queue of two whole answers, so that what makes them never has to stand still.

    An answer's place is reserved before its first element is pushed, and may be reserved again from the cycle
    after its last element was transferred. Up to `results` elements are pushed a cycle; they leave one a cycle,
    and an element is valid the cycle after it was pushed if all before it are gone:
    t[j] = max(pushed[j] + 1, t[j-1] + 1, consumer ready). The banks are read a cycle ahead; an element that is
    pushed while the queue is empty is kept in a register beside them for its first cycle.

    Parameters
    ----------
    width : int
        Bits of an element.
    size : int
        Elements of an answer.
    results : int
        Elements that may be pushed in a cycle.
    streams : int
        Interleaved sequences; the payload has the field `stream` if there are several.
    aligned : bool
        Every push is of `results` elements but for an answer's final one. Saves a multiplexer a bank.
    style : str
        "block", "distributed" or "registers": what the `results` banks of 2 * ceil(size / results) words are made of.

    Members
    -------
    reserve : In(1)
        An answer begins; only while `room`.
    room : Out(1)
        Fewer than two answers are reserved or waiting.
    push : In(results)
        Which of the results in `data` are there: none, or the first few. Only what was reserved.
    data : In(ArrayLayout(signed(width), results))
    end : In(1)
        The push holds the answer's final element (element size - 1).
    first, last, stream : In
        Of the answer's step, with each push.
    o : Out(stream)
        `first` on the first element of an answer whose step is a sequence's first, `last` on the final
        element of one whose step is its last.
    """

    def __init__(
        self, width: int, size: int, results: int = 1, streams: int = 1, *, aligned: bool = False, style: str = "block"
    ):
        self.width, self.size, self.results = width, size, results
        self.banks = AnswerBanks(width, size, results, aligned, style)
        members = {
            "reserve": In(1),
            "room": Out(1),
            "push": In(results),
            "data": In(data.ArrayLayout(signed(width), results)),
            "end": In(1),
            "first": In(1),
            "last": In(1),
            "o": Out(stream.Signature(stage_payload(width, streams))),
        }
        super().__init__(members | ({"stream": In(range(streams))} if streams > 1 else {}))

    def elaborate(self, platform):
        m = Module()
        m.submodules.banks = banks = self.banks
        waiting = Signal(range(ANSWERS * self.size + 1))
        remaining = Signal.like(waiting)
        held = Signal(range(ANSWERS + 1))
        taken = Signal()
        answer_start = Signal()
        answer_end = Signal()
        m.d.comb += [
            *(getattr(banks, name).eq(getattr(self, name)) for name in ("push", "data", "end")),
            self.o.valid.eq(waiting != 0),
            taken.eq(self.o.valid & self.o.ready),
            remaining.eq(waiting - taken),
            self.room.eq(held != ANSWERS),
        ]
        m.d.sync += [waiting.eq(remaining + sum(self.push)), held.eq(held + self.reserve - (taken & answer_end))]
        place = self._read(m, taken, answer_start, answer_end, remaining == 0)
        for name, shape in self.o.payload.shape():
            if name == "data":
                continue
            kept = [Signal(shape.shape, name=f"{name}_{number}") for number in range(ANSWERS)]
            with m.If(self.push[0]), m.Switch(banks.place):
                for number in range(ANSWERS):
                    with m.Case(number):
                        m.d.sync += kept[number].eq(getattr(self, name))
            flag = Mux(place, kept[1], kept[0])
            ends = {"first": flag & answer_start, "last": flag & answer_end}
            m.d.comb += self.o.payload[name].eq(ends.get(name, flag))
        return m

    def _read(self, m, taken, answer_start, answer_end, bypass):
        """The read side; returns which answer is at the output. `bypass`: its next element is not in its bank yet."""
        rows = self.banks.rows
        place = Signal()
        row = Signal(range(ANSWERS * rows), name="read_row")
        following = Signal.like(row, name="following_row")
        bank = Signal(range(self.results))
        m.d.comb += [
            answer_start.eq((bank == 0) & (row == Mux(place, rows, 0))),
            answer_end.eq((bank == (self.size - 1) % self.results) & (row == Mux(place, 2 * rows, rows) - 1)),
            following.eq(row),
            self.banks.row.eq(row if self.banks.direct else following),
        ]
        word = Array(self.banks.words)[bank]
        if self.banks.direct:
            m.d.comb += self.o.payload.data.eq(word)
        else:
            bypassed, kept = Signal(name="bypassed"), Signal(signed(self.width), name="kept")
            m.d.comb += self.o.payload.data.eq(Mux(bypassed, kept, word))
            m.d.sync += [bypassed.eq(bypass), kept.eq(self.data[0])]
        m.d.sync += row.eq(following)
        with m.If(taken):
            m.d.sync += bank.eq(bank + 1)
            with m.If(answer_end):
                m.d.comb += following.eq(Mux(place, 0, rows))
                m.d.sync += [place.eq(~place), bank.eq(0)]
            with m.Elif(bank == self.results - 1):
                m.d.comb += following.eq(row + 1)
                m.d.sync += bank.eq(0)
        return place
