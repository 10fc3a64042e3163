"""The activation unit: one table that serves sigmoid and tanh."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import ActivationTable

from .rom import Rom


class ActivationUnit(wiring.Component):
    """Sigmoid and tanh of a pre-activation.

    The memory holds the falling tail of the sigmoid for magnitudes; sign and function are applied behind
    it (see `rnnhw.fixedpoint.curves`). Latency: 1 cycle for a plain table, 3 with interpolation
    (`Timing.table_latency`); one value a cycle.

    Parameters
    ----------
    table : ActivationTable
    style : str
        "block" or "registers".

    Members
    -------
    z : In(signed)
        Never the most negative value (the format is symmetric).
    tanh : In(1)
        tanh instead of sigmoid.
    value : Out(signed(n + 1))
        Sigmoid (n fraction bits, not negative) or tanh (n-1 fraction bits).
    """

    def __init__(self, table: ActivationTable, style: str):
        self.table = table
        self.rom = Rom(list(table.words), table.word_width, style)
        super().__init__(
            {
                "z": In(signed(table.input_width)),
                "tanh": In(1),
                "value": Out(signed(table.output_bits + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.rom = self.rom
        table, bits = self.table, self.table.output_bits
        negative = Signal()
        magnitude = Signal(table.input_width - 1)
        segment = magnitude[table.residual_bits :]
        m.d.comb += [
            negative.eq(self.z < 0),
            magnitude.eq(Mux(negative, -self.z, self.z)),
            self.rom.enable.eq(1),
            self.rom.address.eq(segment if table.shared else Cat(segment, self.tanh)),
        ]
        negative, tanh = self._delayed(m, negative, 1, "negative"), self._delayed(m, self.tanh, 1, "tanh")
        tail = Signal(bits)
        if table.residual_bits:
            m.d.comb += tail.eq(self._interpolated(m, magnitude[: table.residual_bits]))
            negative, tanh = self._delayed(m, negative, 3, "negative"), self._delayed(m, tanh, 3, "tanh")
        else:
            m.d.comb += tail.eq(self.rom.data)
        top = 1 << (bits - 1)
        rising = Signal(range(2 * top + 1))  # 1 - tail for the sigmoid, 1 - 2 tail for tanh
        peak = Signal()
        m.d.comb += [
            peak.eq(tail == 0),
            rising.eq(Mux(tanh, top, 2 * top) - tail - peak),
            self.value.eq(Mux(negative, Mux(tanh, -rising, tail), rising)),
        ]
        return m

    def _delayed(self, m, source, stage: int, name: str):
        """`source` one cycle later (for stage 3: two)."""
        for number in (2, 3) if stage == 3 else (1,):
            register = Signal.like(source, name=f"{name}_{number}")
            m.d.sync += register.eq(source)
            source = register
        return source

    def _interpolated(self, m, rest):
        """``((base << base_shift) - slope * rest) >> guard_bits`` in two stages behind the memory."""
        table = self.table
        rest_1 = Signal(table.residual_bits)
        base_2 = Signal(table.base_width)
        product_2 = Signal(table.residual_bits + table.slope_width)
        tail_3 = Signal(table.output_bits)
        base, slope = self.rom.data[: table.base_width], self.rom.data[table.base_width :]
        line = (base_2 << table.base_shift) - product_2
        m.d.sync += [
            rest_1.eq(rest),
            base_2.eq(base),
            product_2.eq(slope * rest_1),
            tail_3.eq(line >> table.guard_bits),
        ]
        return tail_3
