"""Weights and biases: fixed contents, or written before the core runs."""

from amaranth import Module, Mux
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import MemoryUse

from .memory_ports import read_port, write_port
from .primitives import GENERIC, Primitives


class LoadPort(wiring.Signature):
    """How a memory is loaded.

    Members
    -------
    write : Out(1), address : Out(range(depth)), word : Out(width)
    """

    def __init__(self, use: MemoryUse):
        super().__init__({"write": Out(1), "address": Out(range(use.depth)), "word": Out(use.width)})


class WeightMemory(wiring.Component):
    """A memory that is read synchronously, and written only where its use is no ROM.

    Parameters
    ----------
    use : MemoryUse
    words : list of int
        Contents of a ROM, unsigned.
    primitives : Primitives
        What a memory of the style "huge" is made of. It has one port: it is not read in cycles in which it is
        written, and `data` is unknown from then until the next read.

    Members
    -------
    address : In(range(depth))
    enable : In(1)
    data : Out(width)
        The word at `address`, one cycle later; kept while `enable` is low.
    port : In(LoadPort)
        Unless it is a ROM.
    """

    def __init__(self, use: MemoryUse, words: list[int], primitives: Primitives = GENERIC):
        self.use, self.words, self.depth, self.primitives = use, words, use.depth, primitives
        self.load = None if use.rom else LoadPort(use)
        members = {"address": In(range(use.depth)), "enable": In(1), "data": Out(use.width)}
        super().__init__(members | ({"port": In(self.load)} if self.load else {}))

    def elaborate(self, platform):
        m = Module()
        if self.use.style == "huge":
            return self._one_port(m)
        init = self.words if self.use.rom else []
        attrs = {"ram_style": self.use.style}
        m.submodules.words = store = memory.Memory(shape=self.use.width, depth=self.use.depth, init=init, attrs=attrs)
        port = read_port(store)
        m.d.comb += [port.addr.eq(self.address), port.en.eq(self.enable), self.data.eq(port.data)]
        if self.load:
            write, loaded = write_port(store), self.port
            m.d.comb += [write.addr.eq(loaded.address), write.data.eq(loaded.word), write.en.eq(loaded.write)]
        return m

    def _one_port(self, m):
        loaded = self.port
        m.submodules.block = store = self.primitives.single_port(self.depth, self.use.width)
        m.d.comb += [
            store.address.eq(Mux(loaded.write, loaded.address, self.address)),
            store.enable.eq(self.enable),
            store.write.eq(loaded.write),
            store.word.eq(loaded.word),
            self.data.eq(store.data),
        ]
        return m
