"""The input side: takes a step's elements while the step before is still being read."""

from amaranth import Cat, Module, Signal
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from .interfaces import input_payload
from .memory_ports import read_port, write_port


class InputBuffer(wiring.Component):
    """Double buffer for the input vector x.

    An element may be read the cycle after it was accepted; the stream is held while both banks are full.
    Throughput: one element a cycle.

    Parameters
    ----------
    size : int
        Elements of a step.
    width : int
        Bits of an element.
    style : str
        "block" or "registers".

    Members
    -------
    i : In(stream)
        `first` is taken with a step's first element (the first step after reset is a first one anyway),
        `last` with its last element.
    index : In(range(size))
        Element of the bank being read.
    enable : In(1)
        Moves the read port.
    data : Out(width)
        The element, one cycle after `index`.
    available : Out(1)
        Whether the element at `index` is there.
    first, last : Out(1)
        Of the step being read; `last` is valid once its last element is available.
    free_bank : In(1)
        The step has been read for the last time.
    """

    def __init__(self, size: int, width: int, style: str):
        self.size, self.width, self.style = size, width, style
        super().__init__(
            {
                "i": In(stream.Signature(input_payload(width))),
                "index": In(range(size)),
                "enable": In(1),
                "data": Out(width),
                "available": Out(1),
                "first": Out(1),
                "last": Out(1),
                "free_bank": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bank_bits = (self.size - 1).bit_length()
        attrs = {"ram_style": self.style}
        m.submodules.elements = store = memory.Memory(shape=self.width, depth=2 << bank_bits, init=[], attrs=attrs)
        write, read = write_port(store), read_port(store)

        full = Signal(2)
        first_flags = Signal(2)
        last_flags = Signal(2)
        write_bank = Signal()
        read_bank = Signal()
        write_index = Signal(range(self.size))
        fresh = Signal(init=1)  # nothing was taken since reset
        step_start = Signal()
        step_end = Signal()
        take = Signal()

        m.d.comb += [
            self.i.ready.eq(~full.bit_select(write_bank, 1)),
            take.eq(self.i.valid & self.i.ready),
            step_start.eq(write_index == 0),
            step_end.eq(write_index == self.size - 1),
            write.addr.eq(Cat(write_index, write_bank)),
            write.data.eq(self.i.payload.data),
            write.en.eq(take),
            read.addr.eq(Cat(self.index, read_bank)),
            read.en.eq(self.enable),
            self.data.eq(read.data),
            self.available.eq(full.bit_select(read_bank, 1) | (write_index > self.index)),
            self.first.eq(first_flags.bit_select(read_bank, 1)),
            self.last.eq(last_flags.bit_select(read_bank, 1)),
        ]
        with m.If(self.free_bank):
            m.d.sync += [full.bit_select(read_bank, 1).eq(0), read_bank.eq(~read_bank)]
        with m.If(take):
            m.d.sync += write_index.eq(write_index + 1)
            with m.If(step_start):
                m.d.sync += [fresh.eq(0), first_flags.bit_select(write_bank, 1).eq(self.i.payload.first | fresh)]
            with m.If(step_end):
                m.d.sync += [
                    write_index.eq(0),
                    write_bank.eq(~write_bank),
                    full.bit_select(write_bank, 1).eq(1),
                    last_flags.bit_select(write_bank, 1).eq(self.i.payload.last),
                ]
        return m
