"""Chooses and aligns the element that all lanes multiply with."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class ElementSelect(wiring.Component):
    """Between the vector memories and the MAC array.

    Parameters
    ----------
    width : int
        Bits of an element in the memories.
    shifts : sequence of int
        Left shifts that occur.

    Members
    -------
    enable : In(1)
    from_x, zero : In(1)
        Stage 0: the element comes from the input buffer, not from the state memory; it is read as zero.
    shift : In(range(len(shifts)))
        Stage 0: which of the shifts.
    x, h : In(width)
        Stage 1: what the memories gave.
    element : Out(signed(width + max(shifts)))
        Stage 1.
    """

    def __init__(self, width: int, shifts):
        self.shifts = tuple(shifts)
        super().__init__(
            {
                "enable": In(1),
                "from_x": In(1),
                "zero": In(1),
                "shift": In(range(len(self.shifts))),
                "x": In(width),
                "h": In(width),
                "element": Out(signed(width + max(self.shifts))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        from_x = Signal(name="from_x_1")
        zero = Signal(name="zero_1")
        shift = Signal.like(self.shift, name="shift_1")
        with m.If(self.enable):
            m.d.sync += [from_x.eq(self.from_x), zero.eq(self.zero), shift.eq(self.shift)]
        raw = Signal(signed(len(self.x)))
        m.d.comb += raw.eq(Mux(zero, 0, Mux(from_x, self.x, self.h)))
        with m.Switch(shift):
            for number, amount in enumerate(self.shifts):
                with m.Case(number):
                    m.d.comb += self.element.eq(raw << amount)
        return m
