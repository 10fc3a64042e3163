"""A block RAM that is read and written in the same cycle, as cheaply as there is one."""

from amaranth import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.memory_ports import write_port
from rnnhw.plan.memory_map import REGISTER_BITS


class ByteMemory(wiring.Component):
    """A memory with a write port and a read port. A word must not be read in the cycle in which it is written.

    The read register has no reset and stands outside of the memory's port, for synthesis to put it there: this way it
    believes `no_rw_check`, and builds nothing for the case of a word that is read while it is written.

    Parameters
    ----------
    words : sequence of int
        What stands there from the beginning.
    width : int
        Bits of a word.

    Members
    -------
    write : In(1), write_address : In, write_data : In
        Write a word.
    address : In, data : Out
        A word, two cycles after its address.
    """

    def __init__(self, words, width: int = 8):
        self.words, self.width = list(words), width
        address = range(len(self.words))
        members = {"write": In(1), "write_address": In(address), "write_data": In(width)}
        super().__init__(members | {"address": In(address), "data": Out(width)})

    def elaborate(self, platform):
        m = Module()
        style = "registers" if len(self.words) * self.width <= REGISTER_BITS else "block"
        attrs = {"ram_style": style, "no_rw_check": 1}
        m.submodules.words = store = memory.Memory(
            shape=self.width, depth=len(self.words), init=self.words, attrs=attrs
        )
        write = write_port(store)
        signature = memory.ReadPort.Signature(addr_width=len(self.address), shape=self.width)
        read = memory.ReadPort(signature, memory=store, domain="comb", path=("read",))
        word = Signal(self.width, reset_less=True)
        m.d.comb += [
            write.en.eq(self.write),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            read.addr.eq(self.address),
        ]
        m.d.sync += [word.eq(read.data), self.data.eq(word)]
        return m
