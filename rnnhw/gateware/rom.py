"""Read-only memory with a registered output."""

from amaranth import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .memory_ports import read_port


class Rom(wiring.Component):
    """A memory with fixed contents, read synchronously.

    Parameters
    ----------
    words : list of int
        Contents, unsigned.
    width : int
        Bits of a word.
    style : str
        "block" or "registers": what synthesis is told to make of it.

    Members
    -------
    address : In(range(len(words)))
    enable : In(1)
    data : Out(width)
        The word at `address`, one cycle later; kept while `enable` is low.
    """

    def __init__(self, words: list[int], width: int, style: str):
        self.words, self.width, self.style = words, width, style
        super().__init__({"address": In(range(len(words))), "enable": In(1), "data": Out(width)})

    def elaborate(self, platform):
        m = Module()
        attrs = {"ram_style": self.style}
        m.submodules.words = store = memory.Memory(
            shape=self.width, depth=len(self.words), init=self.words, attrs=attrs
        )
        port = read_port(store)
        m.d.comb += [port.addr.eq(self.address), port.en.eq(self.enable), self.data.eq(port.data)]
        return m
