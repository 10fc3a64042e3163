"""What units keep from step to step besides their hidden state: c of an LSTM, h of a GRU."""

from amaranth import Module, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .memory_ports import read_port, write_port


class CarryMemory(wiring.Component):
    """One kind's memory, a word for each round of units.

    Units come in a fixed order, pass by pass, so that addresses are counters that start where the pass's begin.

    Parameters
    ----------
    plan : EnginePlan
    kind : str
        "lstm", "gru" or "reset".

    Members
    -------
    read : In(1), read_pass, read_stream : In
        A round of that pass; `data` a cycle later.
    data : Out(ArrayLayout(width, pipelines))
    write : In(1), write_pass, write_stream : In, values : In(ArrayLayout(width, pipelines))
    """

    def __init__(self, plan: EnginePlan, kind: str):
        self.plan, self.kind = plan, kind
        self.use = use = plan.memories[plan.carry_names[kind]]
        self.streams, self.rounds = plan.hardware.streams, plan.carry_ranges[kind]
        words = data.ArrayLayout(use.width // plan.geometry.pipelines, plan.geometry.pipelines)
        numbers, streams = range(len(plan.passes)), range(self.streams)
        super().__init__(
            {
                "read": In(1),
                "read_pass": In(numbers),
                "read_stream": In(streams),
                "data": Out(words),
                "write": In(1),
                "write_pass": In(numbers),
                "write_stream": In(streams),
                "values": In(words),
            }
        )

    def elaborate(self, platform):
        m = Module()
        use = self.use
        store = memory.Memory(shape=use.width, depth=use.depth, init=[], attrs={"ram_style": use.style})
        m.submodules.store = store
        write, read = write_port(store), read_port(store)
        m.d.comb += [
            read.addr.eq(self._address(m, "read", self.read, self.read_pass, self.read_stream)),
            read.en.eq(1),
            self.data.eq(read.data),
            write.addr.eq(self._address(m, "write", self.write, self.write_pass, self.write_stream)),
            write.en.eq(self.write),
            write.data.eq(self.values),
        ]
        return m

    def _address(self, m, name: str, event, number, stream):
        """Counts the rounds of a pass from its first word on."""
        starts = self.plan.carry_starts[self.kind]
        base = Signal(range(max(self.use.depth, 1)), name=f"{name}_base")
        with m.Switch(number):
            for wanted, start in starts.items():
                with m.Case(wanted):
                    m.d.comb += base.eq(start)
        passed = Signal(range(self.use.depth), name=f"{name}_round")
        ends = Signal(name=f"{name}_end")
        with m.Switch(number):
            for wanted in starts:
                with m.Case(wanted):
                    m.d.comb += ends.eq(passed == self.plan.passes[wanted].rounds - 1)
        with m.If(event):
            m.d.sync += passed.eq(passed + 1)
            with m.If(ends):
                m.d.sync += passed.eq(0)
        address = Signal(range(max(self.use.depth, 1)), name=f"{name}_address")
        offset = Signal(range(max(self.use.depth, 1)), name=f"{name}_offset")
        with m.Switch(stream):
            for which in range(1, self.streams):
                with m.Case(which):
                    m.d.comb += offset.eq(which * self.rounds)
        m.d.comb += address.eq(base + passed + offset)
        return address
