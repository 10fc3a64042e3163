"""The memory from which all payloads are sent."""

from amaranth import Cat, Const, Module, Mux, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from .byte_memory import ByteMemory
from .protocol import REPLIES

ADDRESS = 9
OUTPUT_AT, FINAL_AT = 0x000, 0x080  # events
HELLO_AT = (0x100, 0x140, 0x180)  # nothing is loaded (yet), weights are loaded, loading went wrong
REPLIES_AT = 0x120  # two bytes each, behind the first hello
SNAPSHOT_AT, COUNTERS_AT = 0x1C0, 0x1E0

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
        Read that byte; it is there two cycles later.
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
        m.submodules.bytes = store = ByteMemory(self.words)
        m.d.comb += [
            store.address.eq(Mux(self.read_0, self.address_0, self.address_1)),
            self.read_1.eq(~self.read_0),
            self.data.eq(store.data),
        ]
        ports = [getattr(self, f"write_{number}") for number in range(self.writers)]
        chosen, taken = ports[-1].payload, ports[-1].valid
        for port in reversed(ports[:-1]):
            chosen, taken = Mux(port.valid, port.payload.as_value(), Value.cast(chosen)), port.valid | taken
        m.d.sync += [Cat(store.write_address, store.write_data).eq(chosen), store.write.eq(taken)]
        before = Const(0)
        for port in ports:
            m.d.comb += port.ready.eq(~before)
            before = before | port.valid
        return m
