"""Stores whole sequences and plays them in the order in which a bidirectional layer needs them."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.fixedpoint.checks import integer
from rnnhw.plan.stages.sequence_buffer import BANKS, buffer_words, check_pieces

from .interfaces import stage_payload
from .memory_ports import read_port, write_port


class SequenceStore(wiring.Component):
    """The banks of a `SequenceBuffer` and their write side.

    Parameters
    ----------
    width, size, max_steps : int
    style : str
        As in `SequenceBuffer`.

    Members
    -------
    i : In(stream), overflow : Out(1)
        As in `SequenceBuffer`.
    full : Out(2)
        Which banks hold a whole sequence.
    last_step : Out(ArrayLayout)
        For each bank the address at which its sequence's last step begins.
    address : In, enable : In(1), word : Out(signed(width))
        Read port: the word at `address`, one cycle later; kept while `enable` is low.
    free : In(2)
        These banks have been played.
    """

    def __init__(self, width: int, size: int, max_steps: int, style: str):
        self.width, self.size, self.style = width, size, style
        self.max_steps = max_steps
        self.depth = buffer_words(size, max_steps)
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(width))),
                "overflow": Out(1),
                "full": Out(BANKS),
                "last_step": Out(data.ArrayLayout(range(self.depth), BANKS)),
                "address": In(range(self.depth)),
                "enable": In(1),
                "word": Out(signed(width)),
                "free": In(BANKS),
            }
        )

    def start(self, bank):
        """Address of a bank's first word."""
        return Mux(bank, self.max_steps * self.size, 0)

    def elaborate(self, platform):
        m = Module()
        attrs = {"ram_style": self.style}
        m.submodules.elements = store = memory.Memory(shape=self.width, depth=self.depth, init=[], attrs=attrs)
        write, read = write_port(store), read_port(store)
        bank = Signal(name="write_bank")
        following = Signal(range(self.depth))  # address behind the newest element
        index = Signal(range(self.size))
        begun = Signal(range(self.depth))  # where the step that is coming in begins
        begins = Signal.like(begun)
        taken = Signal()
        cut = Signal()
        stored = Signal(BANKS)
        m.d.comb += [
            self.i.ready.eq(~self.full.bit_select(bank, 1)),
            taken.eq(self.i.valid & self.i.ready),
            write.addr.eq(following),
            write.data.eq(self.i.payload.data),
            write.en.eq(taken),
            begins.eq(begun),
            cut.eq(begins == self.start(bank) + (self.max_steps - 1) * self.size),
            read.addr.eq(self.address),
            read.en.eq(self.enable),
            self.word.eq(read.data),
        ]
        with m.If(index == 0):
            m.d.comb += begins.eq(write.addr)
            with m.If(self.i.payload.first):
                m.d.comb += write.addr.eq(self.start(bank))
        with m.If(taken):
            m.d.sync += [following.eq(write.addr + 1), begun.eq(begins), index.eq(index + 1)]
            with m.If(index == self.size - 1):
                m.d.sync += [index.eq(0), self.last_step[bank].eq(begins)]
                with m.If(self.i.payload.last | cut):
                    m.d.comb += stored.eq(1 << bank)
                    m.d.sync += [bank.eq(~bank), following.eq(self.start(~bank))]
                    m.d.sync += self.overflow.eq(self.overflow | ~self.i.payload.last)
        m.d.sync += self.full.eq((self.full | stored) & ~self.free)
        return m


class SequenceBuffer(wiring.Component):
    """Two banks for a sequence each: one is stored while the other is played.

    Once a sequence's last step t = T-1 is in, the jobs t = 0 .. T-1 are played: for each piece its elements of step
    t, or of step T-1-t if it is mirrored. The first element is valid 2 cycles after the sequence's final one was
    taken, the others follow one a cycle, and so does the next sequence if it is in. All addresses are counters.

    A step whose first element has `first` begins a sequence; what was stored of the one before, if it had not ended
    yet, is dropped. A sequence of more than `max_steps` steps is cut: its step `max_steps` counts as its
    last, and the next step begins a new one. Flags elsewhere in a step mean nothing.

    Parameters
    ----------
    width : int
        Bits of an element.
    size : int
        Elements of a step.
    pieces : sequence of Piece
        (offset, length, mirrored) of each part of a job's vector.
    max_steps : int
        Steps of the longest sequence.
    last_only : bool
        Play only the job T-1.
    style : str
        "block", "distributed" or "registers": what synthesis makes of the 2 * `max_steps` * `size` words.

    Members
    -------
    i : In(stream)
        Steps of sequences; held while both banks hold a whole one.
    o : Out(stream)
        Jobs: `first` on the first element of a sequence's first job, `last` on the final one of its last.
    overflow : Out(1)
        A sequence has been cut since reset.
    """

    def __init__(self, width: int, size: int, pieces, max_steps: int, *, last_only: bool = False, style: str = "block"):
        self.size, self.last_only = size, last_only
        self.pieces = check_pieces(pieces, size)
        self.store = SequenceStore(width, size, integer("max_steps", max_steps, 1), style)
        port = stream.Signature(stage_payload(width))
        super().__init__({"i": In(port), "o": Out(port), "overflow": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.store = store = self.store
        connect(m, flipped(self.i), store.i)
        bank = Signal(name="read_bank")
        opening = Signal(init=1)  # the sequence's first job
        forward = Signal(range(store.depth))  # where step t begins, after the first job
        mirrored = Signal(range(store.depth))  # where step T-1-t begins, after the first job
        early = Signal.like(forward)  # where step t begins
        late = Signal.like(forward)  # where step T-1-t begins
        end = Signal.like(forward)  # where step T-1 begins
        moves = Signal()
        fetch = Signal()
        job_start = Signal()
        job_end = Signal()
        closing = Signal()
        ends = [end, store.start(bank)] if self.last_only else [store.start(bank), end]
        m.d.comb += [
            self.overflow.eq(store.overflow),
            end.eq(Mux(bank, store.last_step[1], store.last_step[0])),
            early.eq(Mux(opening, ends[0], forward)),
            late.eq(Mux(opening, ends[1], mirrored)),
            moves.eq(~self.o.valid | self.o.ready),
            fetch.eq(moves & store.full.bit_select(bank, 1)),
            store.enable.eq(moves),
            closing.eq(early == end),
            self.o.payload.data.eq(store.word),  # the memory's output register is the output's
        ]
        self._walk(m, fetch, early, late, job_start, job_end)
        with m.If(moves):
            m.d.sync += [
                self.o.valid.eq(fetch),
                self.o.payload.first.eq(opening & job_start),
                self.o.payload.last.eq(closing & job_end),
            ]
        with m.If(fetch & job_end):
            m.d.sync += [opening.eq(closing), forward.eq(early + self.size), mirrored.eq(late - self.size)]
            with m.If(closing):
                m.d.comb += store.free.eq(1 << bank)
                m.d.sync += bank.eq(~bank)
        return m

    def _walk(self, m, fetch, early, late, job_start, job_end) -> None:
        """Go through the pieces of a job."""
        piece = Signal(range(len(self.pieces)))
        position = Signal(range(self.size), init=self.pieces[0].offset)
        m.d.comb += job_start.eq((piece == 0) & (position == self.pieces[0].offset))
        with m.If(fetch):
            m.d.sync += position.eq(position + 1)

        def walk(number: int) -> None:
            offset, length, is_mirrored = self.pieces[number]
            following = (number + 1) % len(self.pieces)
            m.d.comb += self.store.address.eq((late if is_mirrored else early) + position)
            with m.If(position == offset + length - 1):
                m.d.comb += job_end.eq(following == 0)
                with m.If(fetch):
                    m.d.sync += [piece.eq(following), position.eq(self.pieces[following].offset)]

        if len(self.pieces) == 1:  # a choice by no bits at all is none in every simulator
            walk(0)
            return
        with m.Switch(piece):
            for number in range(len(self.pieces)):
                with m.Case(number):
                    walk(number)
