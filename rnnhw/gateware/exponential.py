"""exp(-d) as a product of table entries, with a multiplier that others use in between."""

from amaranth import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint.exponential import SoftmaxTables

from .rom import Rom


class ExponentialUnit(wiring.Component):
    """The exponentials of a softmax, one in a *frame* of as many cycles as the distance has digits.

    The multiplier is free in one phase of a frame (`free_phase`), where its operands here do not matter.

    Parameters
    ----------
    tables : SoftmaxTables
    style : str
        "block", "distributed" or "registers": of the memory that holds all tables.

    Members
    -------
    enable : In(1)
        Moves everything.
    phase : In(range(digits))
        Position in the frame.
    peak, y : In(signed)
        At phase 1: the largest element of the answer and the element.
    a, b : Out(signed(e_frac + 2)), product : In
        To and from the multiplier (two cycles).
    e : Out(e_frac + 1)
        The element's exponential, for one cycle: `exponential_latency` after phase 0 of the element's frame.
    """

    def __init__(self, tables: SoftmaxTables, style: str):
        self.tables = tables
        self.digits = len(tables.tables)
        self.digit_bits = tables.digit_bits
        self.rom = Rom(list(tables.words), tables.e_frac + 1, style)
        width = tables.y_format.width
        factor = tables.e_frac + 2
        super().__init__(
            {
                "enable": In(1),
                "phase": In(range(self.digits)),
                "peak": In(signed(width)),
                "y": In(signed(width)),
                "a": Out(signed(factor)),
                "b": Out(signed(factor)),
                "product": In(signed(2 * factor)),
                "e": Out(tables.e_frac + 1),
            }
        )

    @property
    def free_phase(self) -> int:
        """Phase in which somebody else may give the multiplier operands."""
        return self.digits - 1

    def elaborate(self, platform):
        m = Module()
        m.submodules.rom = self.rom
        tables, frac = self.tables, self.tables.e_frac
        distance = Signal(tables.d_bits)
        factor = Signal(frac + 1)  # what the memory gave a cycle ago
        rounded = Signal(frac + 1)
        m.d.comb += [
            self.rom.enable.eq(self.enable),
            rounded.eq((self.product + (1 << (frac - 1))) >> frac),
            self.a.eq(factor),
            self.b.eq(self.rom.data),
        ]
        with m.Switch(self.phase):
            for number, (low, bits) in enumerate(tables.digits):
                with m.Case((2 + number) % self.digits):
                    digit = distance[low : low + bits]
                    zeros = Const(0, self.digit_bits - bits)
                    m.d.comb += self.rom.address.eq(Cat(digit, zeros, Const(number, range(self.digits))))
        if self.digits == 3:
            with m.If(self.phase == 0):
                m.d.comb += [self.a.eq(rounded), self.b.eq(factor)]
        with m.If(self.enable):
            m.d.sync += [factor.eq(self.rom.data), self.e.eq(rounded)]
            with m.If(self.phase == 1):
                m.d.sync += distance.eq(self._distance(m))
        return m

    def _distance(self, m):
        """What `SoftmaxTables.distance` says."""
        width, bits, shift = len(self.y), self.tables.d_bits, self.tables.distance_shift
        difference = Signal(width)
        m.d.comb += difference.eq(self.peak - self.y)
        if shift > 0:
            shift = min(shift, width + 1)  # from there on every distance is zero
            scaled = (difference + (1 << (shift - 1))) >> shift
        else:
            scaled = difference.shift_left(min(-shift, bits))  # from there on every distance but zero is the largest
        if len(scaled) <= bits:
            return scaled
        return Mux(scaled[bits:].any(), (1 << bits) - 1, scaled[:bits])
