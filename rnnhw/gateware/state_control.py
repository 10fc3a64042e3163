"""When initial states are taken and final ones given: between sequences, with nothing under way."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class StateControl(wiring.Component):
    """Holds the sequencer at the beginning of a step while states come or go.

    Parameters
    ----------
    loads, reads : bool
    streams : int

    Members
    -------
    at_start : In(1), there : In(1), first : In(1), stream : In
        The next word is the first of a step; it is there; the step begins a sequence of that stream.
    advance : In(1)
        That word is issued.
    ended : In(1), last : In(1), ended_bank : In(1), ended_stream : In
        A step's last word is issued; the step ends a sequence; the bank that it wrote, its stream.
    idle : In(1)
        All results are written.
    hold : Out(1)
        Begin no step.
    loaded : Out(1)
        The next step's state has been loaded.
    load_start : Out(1), load_done : In(1)
        To `StateLoad`.
    read_start : Out(1), read_busy : In(1), read_bank : Out(1), read_stream : Out
        To `StateRead`.
    """

    def __init__(self, loads: bool, reads: bool, streams: int):
        self.loads, self.reads = loads, reads
        ins = ("at_start", "there", "first", "advance", "ended", "last", "ended_bank", "idle", "load_done", "read_busy")
        outs = ("hold", "loaded", "load_start", "read_start", "read_bank")
        super().__init__(
            {
                **dict.fromkeys(ins, In(1)),
                **dict.fromkeys(outs, Out(1)),
                "stream": In(range(streams)),
                "ended_stream": In(range(streams)),
                "read_stream": Out(range(streams)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        pending = Signal()
        loading = Signal()
        reading = pending | self.read_busy if self.reads else 0
        if self.reads:
            m.d.comb += self.read_start.eq(pending & self.idle)
            with m.If(self.read_start):
                m.d.sync += pending.eq(0)
            with m.If(self.ended & self.last):
                m.d.sync += [pending.eq(1), self.read_bank.eq(self.ended_bank), self.read_stream.eq(self.ended_stream)]
        wanted = Signal()
        if self.loads:
            m.d.comb += wanted.eq(self.at_start & self.there & self.first & ~self.loaded)
            m.d.comb += self.load_start.eq(wanted & ~loading & self.idle & ~reading)
            with m.If(self.load_start):
                m.d.sync += loading.eq(1)
            with m.If(self.load_done):
                m.d.sync += [loading.eq(0), self.loaded.eq(1)]
            with m.If(self.advance):
                m.d.sync += self.loaded.eq(0)
        m.d.comb += self.hold.eq(wanted | reading)
        return m
