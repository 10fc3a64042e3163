"""The activation unit: one table that serves sigmoid and tanh."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import ActivationTable

from .delay import delayed
from .rom import Rom


class ActivationUnit(wiring.Component):
    """Sigmoid and tanh of a pre-activation.

    The memory holds the falling tail of the sigmoid for magnitudes; sign and function are applied behind
    it (see `rnnhw.fixedpoint.curves`). Latency: 1 cycle for a plain table, 3 with interpolation, and with many
    registers 3 more: for the magnitude, behind the memory, and for the value (`Timing.table_latency`); one value a
    cycle.

    Parameters
    ----------
    table : ActivationTable
    style : str
        "block" or "registers".
    registers : str
        "few" or "many".

    Members
    -------
    z : In(signed)
        Never the most negative value (the format is symmetric).
    tanh : In(1)
        tanh instead of sigmoid.
    value : Out(signed(n + 1))
        Sigmoid (n fraction bits, not negative) or tanh (n-1 fraction bits).
    """

    def __init__(self, table: ActivationTable, style: str, registers: str = "few"):
        self.table, self.many = table, registers == "many"
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
        table = self.table
        negative = Signal()
        magnitude = Signal(table.input_width - 1)
        m.d.comb += [
            negative.eq(self.z < 0),
            magnitude.eq(Mux(negative, -self.z, self.z)),
        ]
        flags = Cat(negative, self.tanh)
        if self.many:
            magnitude, flags = delayed(m, magnitude, 1, "magnitude"), delayed(m, flags, 1, "address_flags")
        segment = magnitude[table.residual_bits :]
        m.d.comb += [self.rom.enable.eq(1), self.rom.address.eq(segment if table.shared else Cat(segment, flags[1]))]
        word = delayed(m, self.rom.data, int(self.many), "word")
        stages = 1 + self.many
        tail = word[: table.output_bits]
        if table.residual_bits:
            rest = delayed(m, magnitude[: table.residual_bits], stages, "rest")
            tail = self._interpolated(m, word, rest)
            stages += 2
        flags = delayed(m, flags, stages, "flags")
        value = self._unfolded(m, tail, negative=flags[0], tanh=flags[1])
        m.d.comb += self.value.eq(delayed(m, value, int(self.many), "value"))
        return m

    def _unfolded(self, m, tail, negative, tanh):
        """The function's value of its tail, in one sum.

        Positive z: top - tail, but the largest value that there is where the tail is 0; negative z: tail for the
        sigmoid, tail - top for tanh (and the negated largest value). A tail is negated as its complement and one.
        """
        bits = self.table.output_bits
        top = 1 << (bits - 1)
        peak = tail == 0
        base = Mux(negative, Mux(tanh, -top, 0), Mux(tanh, top, 2 * top))
        carry = Mux(negative, tanh & peak, ~peak)
        value = Signal.like(self.value, name="unfolded")
        signed_tail = Signal(signed(bits + 2))
        m.d.comb += [
            signed_tail.eq(Cat(tail ^ ~negative.replicate(bits), (~negative).replicate(2))),
            value.eq(base + signed_tail + carry),
        ]
        return value

    def _interpolated(self, m, word, rest):
        """``((base << base_shift) - slope * rest) >> guard_bits`` in two stages."""
        table = self.table
        base_2 = Signal(table.base_width)
        product_2 = Signal(table.residual_bits + table.slope_width)
        tail_3 = Signal(table.output_bits)
        base, slope = word[: table.base_width], word[table.base_width :]
        line = base_2.shift_left(table.base_shift) - product_2
        m.d.sync += [base_2.eq(base), product_2.eq(slope * rest), tail_3.eq(line >> table.guard_bits)]
        return tail_3
