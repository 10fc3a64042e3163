"""Stores whole sequences and plays them in the order in which a bidirectional layer needs them."""

from amaranth import Module, Mux, Signal
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan.stages.sequence_buffer import BANKS, check_pieces

from .answer_queue import stage_payload
from .memory_ports import read_port, write_port


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
        "block", "lut" or "registers": what synthesis makes of the 2 * `max_steps` * `size` words.

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
        self.width, self.size, self.style = width, size, style
        self.pieces = check_pieces(pieces, size)
        self.max_steps, self.last_only = max_steps, last_only
        self.bank_words = max_steps * size
        self.depth = BANKS * self.bank_words
        port = stream.Signature(stage_payload(width))
        super().__init__({"i": In(port), "o": Out(port), "overflow": Out(1)})

    def elaborate(self, platform):
        m = Module()
        attrs = {"ram_style": self.style}
        m.submodules.elements = store = memory.Memory(shape=self.width, depth=self.depth, init=[], attrs=attrs)
        full = Signal(BANKS)
        last_step = [Signal(range(self.depth), name=f"last_step_{bank}") for bank in range(BANKS)]
        self._store(m, write_port(store), full, last_step)
        self._play(m, read_port(store), full, last_step)
        return m

    def _start(self, bank):
        """Address of a bank's first word."""
        return Mux(bank, self.bank_words, 0)

    def _store(self, m, port, full, last_step) -> None:
        """Write steps into the banks; `last_step` is where the newest step of each bank begins."""
        bank = Signal(name="write_bank")
        address = Signal(range(self.depth), name="write_address")
        index = Signal(range(self.size))
        begun = Signal(range(self.depth))  # where the step that is coming in begins
        start = Signal.like(begun)
        taken = Signal()
        cut = Signal()
        m.d.comb += [
            self.i.ready.eq(~full.bit_select(bank, 1)),
            taken.eq(self.i.valid & self.i.ready),
            port.addr.eq(address),
            port.data.eq(self.i.payload.data),
            port.en.eq(taken),
            start.eq(begun),
            cut.eq(start == self._start(bank) + (self.max_steps - 1) * self.size),
        ]
        with m.If(index == 0):
            m.d.comb += start.eq(port.addr)
            with m.If(self.i.payload.first):
                m.d.comb += port.addr.eq(self._start(bank))
        with m.If(taken):
            m.d.sync += [address.eq(port.addr + 1), begun.eq(start), index.eq(index + 1)]
            with m.If(index == self.size - 1):
                m.d.sync += index.eq(0)
                with m.If(self.i.payload.last | cut):
                    m.d.sync += [
                        full.bit_select(bank, 1).eq(1),
                        bank.eq(~bank),
                        address.eq(self._start(~bank)),
                        self.overflow.eq(self.overflow | ~self.i.payload.last),
                    ]
                    with m.Switch(bank):
                        for number in range(BANKS):
                            with m.Case(number):
                                m.d.sync += last_step[number].eq(start)

    def _play(self, m, port, full, last_step) -> None:
        """Read the jobs; the memory's output register is the output's."""
        bank = Signal(name="read_bank")
        opening = Signal(init=1)  # the sequence's first job
        forward = Signal(range(self.depth))  # where step t begins, after the first job
        mirrored = Signal(range(self.depth))  # where step T-1-t begins, after the first job
        early = Signal.like(forward)  # where step t begins
        late = Signal.like(forward)  # where step T-1-t begins
        end = Signal.like(forward)
        moves = Signal()
        fetch = Signal()
        job_end = Signal()
        closing = Signal()
        ends = [end, self._start(bank)] if self.last_only else [self._start(bank), end]
        m.d.comb += [
            end.eq(Mux(bank, last_step[1], last_step[0])),
            early.eq(Mux(opening, ends[0], forward)),
            late.eq(Mux(opening, ends[1], mirrored)),
            moves.eq(~self.o.valid | self.o.ready),
            fetch.eq(moves & full.bit_select(bank, 1)),
            port.en.eq(moves),
            closing.eq(early == end),
            self.o.payload.data.eq(port.data),
        ]
        begins = self._walk(m, port, fetch, early, late, job_end)
        with m.If(moves):
            m.d.sync += [
                self.o.valid.eq(fetch),
                self.o.payload.first.eq(opening & begins),
                self.o.payload.last.eq(closing & job_end),
            ]
        with m.If(fetch & job_end):
            m.d.sync += [opening.eq(closing), forward.eq(early + self.size), mirrored.eq(late - self.size)]
            with m.If(closing):
                m.d.sync += [full.bit_select(bank, 1).eq(0), bank.eq(~bank)]

    def _walk(self, m, port, fetch, early, late, job_end):
        """Go through the pieces of a job; returns whether this is its first element."""
        piece = Signal(range(len(self.pieces)))
        position = Signal(range(self.size), init=self.pieces[0].offset)
        with m.If(fetch):
            m.d.sync += position.eq(position + 1)
        with m.Switch(piece):
            for number, (offset, length, mirrored) in enumerate(self.pieces):
                following = (number + 1) % len(self.pieces)
                piece_end = position == offset + length - 1
                with m.Case(number):
                    m.d.comb += port.addr.eq((late if mirrored else early) + position)
                    if following == 0:
                        m.d.comb += job_end.eq(piece_end)
                    with m.If(fetch & piece_end):
                        m.d.sync += [piece.eq(following), position.eq(self.pieces[following].offset)]
        return (piece == 0) & (position == self.pieces[0].offset)
