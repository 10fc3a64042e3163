"""The state memory: hidden states in two banks, cell states, and what dense layers hand on."""

from amaranth import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import MemoryUse

from .memory_ports import read_port, write_port


class StateMemory(wiring.Component):
    """h of the step before is read while h of this step is written (two banks); c is read and written in place.

    All writes come in a fixed order, so their addresses are counters: the hidden states go round both
    banks, the cell states round their memory, inner dense outputs round the words behind the banks.

    Parameters
    ----------
    h, c : MemoryUse
    units : int
        LSTM units of all layers.

    Members
    -------
    h_address : In, h_enable : In(1), h_data : Out
        Read port of h; data a cycle later.
    h_write, dense_write : In(1)
        Write `result` as the next hidden state, or as the next inner dense output.
    result : In(h.width)
    c_next : In(1)
        Move on to the next unit's cell state.
    c_enable : In(1)
    c_data : Out(c.width)
        The cell state of the current unit (two cycles after `c_next`).
    c_write : In(1), c_result : In(c.width)
        Write the next cell state.
    """

    def __init__(self, h: MemoryUse, c: MemoryUse, units: int):
        self.h, self.c, self.units = h, c, units
        super().__init__(
            {
                "h_address": In(range(h.depth)),
                "h_enable": In(1),
                "h_data": Out(h.width),
                "h_write": In(1),
                "dense_write": In(1),
                "result": In(h.width),
                "c_next": In(1),
                "c_enable": In(1),
                "c_data": Out(c.width),
                "c_write": In(1),
                "c_result": In(c.width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        h_write, h_read = self._ports(m, "hidden", self.h)
        c_write, c_read = self._ports(m, "cell", self.c)
        m.d.comb += [
            h_read.addr.eq(self.h_address),
            h_read.en.eq(self.h_enable),
            self.h_data.eq(h_read.data),
            h_write.addr.eq(self._counter(m, "h_index", 0, 2 * self.units, self.h_write)),
            h_write.en.eq(self.h_write),
            h_write.data.eq(self.result),
            c_read.addr.eq(self._counter(m, "c_index", 0, self.units, self.c_next)),
            c_read.en.eq(self.c_enable),
            self.c_data.eq(c_read.data),
            c_write.addr.eq(self._counter(m, "c_write_index", 0, self.units, self.c_write)),
            c_write.en.eq(self.c_write),
            c_write.data.eq(self.c_result),
        ]
        if self.h.depth > 2 * self.units:
            index = self._counter(m, "dense_index", 2 * self.units, self.h.depth, self.dense_write)
            with m.If(self.dense_write):
                m.d.comb += [h_write.addr.eq(index), h_write.en.eq(1)]
        return m

    def _ports(self, m, name: str, use: MemoryUse):
        attrs = {"ram_style": use.style}
        store = memory.Memory(shape=use.width, depth=use.depth, init=[], attrs=attrs)
        m.submodules[name] = store
        return write_port(store, f"{name}_write"), read_port(store, f"{name}_read")

    def _counter(self, m, name: str, start: int, stop: int, advance):
        """A register that goes round ``start .. stop-1``."""
        index = Signal(range(stop), init=start, name=name)
        with m.If(advance):
            m.d.sync += index.eq(index + 1)
            with m.If(index == stop - 1):
                m.d.sync += index.eq(start)
        return index
