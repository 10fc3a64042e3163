"""The input side: takes a step's elements while the step before is still being read."""

from itertools import accumulate

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from .interfaces import stage_payload
from .memory_ports import read_port, write_port


class InputBuffer(wiring.Component):
    """Double buffer for the input vector, read `columns` elements a cycle.

    A word may be read the cycle after its last element was accepted, one of a step of several parts once the whole
    step is there; the stream is held while both banks are full.
    Throughput: one element a cycle.

    Parameters
    ----------
    parts : sequence of int
        Elements of the parts of a step; each begins a word.
    columns : int
        Elements of a word.
    width : int
        Bits of an element.
    streams : int
        Interleaved sequences.
    style : str
        What synthesis makes of the memories.

    Members
    -------
    i : In(stream)
        `first` and `stream` are taken with a step's first element (the first step of each stream after reset is a
        first one anyway), `last` with its final element.
    index : In(range(words of a step))
        Word of the bank being read.
    enable : In(1)
        Moves the read port.
    data : Out(ArrayLayout(width, columns))
        The word, one cycle after `index`.
    available : Out(1)
        Whether the word at `index` is there.
    first, last, stream : Out
        Of the step being read; `last` is valid once its last word is available, the others once its first one is.
    free_bank : In(1)
        The step has been read for the last time.
    """

    def __init__(self, parts, columns: int, width: int, streams: int, style: str):
        self.columns, self.width, self.streams, self.style = columns, width, streams, style
        self.ends = list(accumulate(parts))
        self.size = self.ends[-1]
        self.words = sum(-(-length // columns) for length in parts)
        super().__init__(
            {
                "i": In(stream.Signature(stage_payload(width, streams))),
                "index": In(range(self.words)),
                "enable": In(1),
                "data": Out(data.ArrayLayout(width, columns)),
                "available": Out(1),
                "first": Out(1),
                "last": Out(1),
                "stream": Out(range(streams)),
                "free_bank": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        full = Signal(2)
        write_bank = Signal()
        read_bank = Signal()
        element = Signal(range(self.size))
        word = Signal(range(self.words))
        take = Signal()
        step_end = Signal()
        m.d.comb += [
            self.i.ready.eq(~full.bit_select(write_bank, 1)),
            take.eq(self.i.valid & self.i.ready),
            step_end.eq(element == self.size - 1),
            self.available.eq(full.bit_select(read_bank, 1)),
        ]
        if len(self.ends) == 1:
            m.d.comb += self.available.eq(full.bit_select(read_bank, 1) | (word > self.index))
        column = self._position(m, take, step_end, element, word)
        self._memories(m, take, column, Cat(word, write_bank), Cat(self.index, read_bank))
        self._flags(m, take, element == 0, step_end, write_bank, read_bank)
        with m.If(self.free_bank):
            m.d.sync += [full.bit_select(read_bank, 1).eq(0), read_bank.eq(~read_bank)]
        with m.If(take & step_end):
            m.d.sync += [write_bank.eq(~write_bank), full.bit_select(write_bank, 1).eq(1)]
        return m

    def _position(self, m, take, step_end, element, word):
        """Count elements and complete words; returns the column of the next element."""
        column = Signal(range(self.columns))
        word_end = column == self.columns - 1
        for end in self.ends[:-1]:
            word_end |= element == end - 1
        with m.If(take):
            m.d.sync += element.eq(element + 1)
            with m.If(step_end):
                m.d.sync += [element.eq(0), word.eq(0), column.eq(0)]
            with m.Elif(word_end):
                m.d.sync += [word.eq(word + 1), column.eq(0)]
            with m.Else():
                m.d.sync += column.eq(column + 1)
        return column

    def _memories(self, m, take, column, write_address, read_address) -> None:
        bank_bits = (self.words - 1).bit_length()
        for number in range(self.columns):
            store = memory.Memory(shape=self.width, depth=2 << bank_bits, init=[], attrs={"ram_style": self.style})
            name = "elements" if self.columns == 1 else f"elements_{number}"
            m.submodules[name] = store
            write, read = write_port(store, f"{name}_write"), read_port(store, f"{name}_read")
            m.d.comb += [
                write.addr.eq(write_address),
                write.data.eq(self.i.payload.data),
                write.en.eq(take & (column == number)),
                read.addr.eq(read_address),
                read.en.eq(self.enable),
                self.data[number].eq(read.data),
            ]

    def _flags(self, m, take, step_start, step_end, write_bank, read_bank) -> None:
        """Keep each bank's first, last and stream."""
        fresh = Signal(self.streams, init=-1)  # nothing was taken of these streams since reset
        number = self.i.payload.stream if self.streams > 1 else 0
        firsts = Signal(2)
        lasts = Signal(2)
        with m.If(take & step_start):
            is_first = self.i.payload.first | fresh.bit_select(number, 1)
            m.d.sync += [fresh.bit_select(number, 1).eq(0), firsts.bit_select(write_bank, 1).eq(is_first)]
        with m.If(take & step_end):
            m.d.sync += lasts.bit_select(write_bank, 1).eq(self.i.payload.last)
        m.d.comb += [self.first.eq(firsts.bit_select(read_bank, 1)), self.last.eq(lasts.bit_select(read_bank, 1))]
        if self.streams > 1:
            kept = [Signal(range(self.streams), name=f"stream_{bank}") for bank in range(2)]
            for bank, register in enumerate(kept):
                with m.If(take & step_start & (write_bank == bank)):
                    m.d.sync += register.eq(number)
            following = read_bank ^ self.free_bank
            arrives = take & step_start & (write_bank == following)
            m.d.sync += self.stream.eq(Mux(arrives, number, Mux(following, kept[1], kept[0])))
