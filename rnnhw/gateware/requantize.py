"""Requantisation in logic: shift, round, saturate."""

from amaranth import Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, Rounding, rounding_constant


class Requantize(wiring.Component):
    """Brings a signed value to another format; combinational, or with one register.

    Parameters
    ----------
    width : int
        Bits of the input.
    shifts : sequence of int
        Right shifts to choose from (negative: to the left).
    target : QFormat
    rounding : Rounding
        "floor" also where a rounding constant has been added before.
    register : bool
        Put a register between shift and saturation: `o` is then a cycle later.

    Members
    -------
    i : In(signed(width))
    select : In(range(len(shifts)))
    o : Out(signed(target.width))
    clipped : Signal or None
        With `o`: it is an end of the format, because the value is outside of it. Made once `count` was called.
    """

    def __init__(self, width: int, shifts, target: QFormat, rounding: Rounding, register: bool = False):
        self.shifts, self.target, self.rounding = tuple(shifts), target, Rounding(rounding)
        self.register = register
        super().__init__(
            {"i": In(signed(width)), "select": In(range(len(self.shifts))), "o": Out(signed(target.width))}
        )

        self.clipped = None

    def count(self) -> None:
        """Have `clipped` made."""
        self.clipped = Signal(name="clipped")

    def elaborate(self, platform):
        m = Module()
        distinct = sorted(set(self.shifts))
        low = self.target.width
        width = max(len(self.i) + max(0, -distinct[0]) + 1, low + 1)
        shifted = Signal(signed(width))
        choices = {shift: self._shifted(shift) for shift in distinct}
        if len(distinct) == 1:
            m.d.comb += shifted.eq(choices[distinct[0]])
        else:
            with m.Switch(self.select):
                for shift in distinct[1:]:
                    with m.Case(*(n for n, s in enumerate(self.shifts) if s == shift)):
                        m.d.comb += shifted.eq(choices[shift])
                with m.Default():
                    m.d.comb += shifted.eq(choices[distinct[0]])
        if self.register:
            held = Signal.like(shifted, name="held")
            m.d.sync += held.eq(shifted)
            shifted = held
        fits = Signal()
        upper = shifted[low - 1 :]
        in_range = upper.all() | ~upper.any()
        if self.target.symmetric:
            in_range &= shifted != -(1 << (low - 1))
        m.d.comb += [
            fits.eq(in_range),
            self.o.eq(Mux(fits, shifted, Mux(shifted < 0, self.target.min_raw, self.target.max_raw))),
        ]
        if self.clipped is not None:
            m.d.comb += self.clipped.eq(~fits)
        return m

    def _shifted(self, shift: int):
        if shift <= 0:
            return self.i.shift_left(-shift)
        if self.rounding == Rounding.HALF_EVEN:
            wide = self.i + Const(0, signed(shift + 1))  # at least as wide as what is cut off
            rest, quotient = wide[:shift], wide >> shift
            half = Const(1 << (shift - 1), shift + 1)
            tie = (rest == half) & quotient[0]
            return quotient + (tie if shift == 1 else (rest > half) | tie)
        constant = rounding_constant(shift, self.rounding)
        return (self.i + constant if constant else self.i) >> shift
