"""A memory with one port, for reading or writing."""

from amaranth import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .memory_ports import read_port, write_port


class SinglePortSignature(wiring.Signature):
    """The ports of a memory that is read or written, but never both in a cycle.

    Members
    -------
    address : In(range(depth))
    enable : In(1)
        Read the word at `address`; not looked at while `write`.
    write : In(1)
        Write `word` to `address`.
    word : In(width)
    data : Out(width)
        The word that was read, one cycle later; kept until the next read, but unknown after a write.

    Parameters
    ----------
    depth, width : int
        Words, and bits of a word.
    """

    def __init__(self, depth: int, width: int):
        address = In(range(depth))
        super().__init__({"address": address, "enable": In(1), "write": In(1), "word": In(width), "data": Out(width)})


class SinglePortMemory(wiring.Component):
    """A memory with `SinglePortSignature`, behavioural.

    Parameters
    ----------
    depth, width : int
        Words, and bits of a word.

    Members
    -------
    address, enable, write, word, data
        As of `SinglePortSignature`.
    """

    def __init__(self, depth: int, width: int):
        self.depth, self.width = depth, width
        super().__init__(SinglePortSignature(depth, width))

    def elaborate(self, platform):
        m = Module()
        attrs = {"ram_style": "huge"}
        m.submodules.words = store = memory.Memory(shape=self.width, depth=self.depth, init=[], attrs=attrs)
        read, write = read_port(store), write_port(store)
        m.d.comb += [
            read.addr.eq(self.address),
            read.en.eq(self.enable & ~self.write),
            self.data.eq(read.data),
            write.addr.eq(self.address),
            write.en.eq(self.write),
            write.data.eq(self.word),
        ]
        return m
