"""The memory from which all payloads are sent."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.gateware.memory_ports import read_port, write_port

from .protocol import REPLIES

ADDRESS = 9
OUTPUT_AT, FINAL_AT = 0x000, 0x100  # events: at most 131 bytes each
HELLO_AT = (0x090, 0x184, 0x1A5)  # nothing is loaded (yet), weights are loaded, loading went wrong
SNAPSHOT_AT, COUNTERS_AT = 0x0C0, 0x0E0
REPLIES_AT = 0x1E0

WRITE = data.StructLayout({"address": ADDRESS, "data": 8})


def contents(hellos) -> list[int]:
    """What stands in the outbox from the beginning.

    Parameters
    ----------
    hellos : sequence of bytes
        One for each state of the weights that there is.
    """
    words = [0] * (1 << ADDRESS)
    for hello, at in zip(hellos, HELLO_AT, strict=False):
        words[at : at + len(hello)] = hello
    for reply, pair in REPLIES.items():
        words[REPLIES_AT + 2 * reply : REPLIES_AT + 2 * reply + 2] = map(int, pair)
    return words


class Outbox(wiring.Component):
    """One memory for the constant payloads, the counters, and the events that are being collected.

    Parameters
    ----------
    words : list of int
    writers : int

    Members
    -------
    write_0, write_1 ... : In(stream)
        Bytes to be written; the first one goes before the others.
    read_0 : In(1), address_0 : In
        Read that byte; it is there a cycle later.
    read_1 : Out(1), address_1 : In
        The same for somebody who has to wait while `read_1` is low.
    data : Out(8)
    """

    def __init__(self, words, writers: int):
        self.words, self.writers = words, writers
        members = {f"write_{number}": In(stream.Signature(WRITE)) for number in range(writers)}
        members |= {"read_0": In(1), "address_0": In(ADDRESS), "read_1": Out(1), "address_1": In(ADDRESS)}
        super().__init__(members | {"data": Out(8)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bytes = store = memory.Memory(
            shape=8, depth=len(self.words), init=self.words, attrs={"ram_style": "block"}
        )
        write, read = write_port(store), read_port(store)
        m.d.comb += [
            read.en.eq(1),
            read.addr.eq(Mux(self.read_0, self.address_0, self.address_1)),
            self.read_1.eq(~self.read_0),
            self.data.eq(read.data),
        ]
        chosen = Signal(WRITE)
        taken = Const(0)
        for number in range(self.writers):
            port = getattr(self, f"write_{number}")
            m.d.comb += port.ready.eq(~taken)
            with m.If(port.valid & ~taken):
                m.d.comb += chosen.eq(port.payload)
            taken = taken | port.valid
        m.d.sync += [Cat(write.addr, write.data).eq(chosen), write.en.eq(taken)]
        return m
