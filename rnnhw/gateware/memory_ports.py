"""Memory ports with names of our own (by default Amaranth calls their signals `$signature__addr`)."""

from amaranth.lib.memory import Memory, ReadPort, WritePort
from amaranth.utils import ceil_log2


def read_port(store: Memory, name: str = "read", domain: str = "sync") -> ReadPort:
    """A read port, synchronous or ("comb") not; its signals are called `name__addr`, `name__data`, `name__en`."""
    signature = ReadPort.Signature(addr_width=ceil_log2(store.depth), shape=store.shape)
    return ReadPort(signature, memory=store, domain=domain, path=(name,))


def write_port(store: Memory, name: str = "write") -> WritePort:
    """A write port of `store`; its signals are called `name__addr`, `name__data`, `name__en`."""
    signature = WritePort.Signature(addr_width=ceil_log2(store.depth), shape=store.shape)
    return WritePort(signature, memory=store, domain="sync", path=(name,))
