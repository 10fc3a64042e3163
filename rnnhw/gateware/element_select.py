"""Chooses the elements that all lanes multiply with."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out


class ElementSelect(wiring.Component):
    """Between the vector memories and the MAC array.

    Parameters
    ----------
    width : int
        Bits of an element in the memories.
    columns : int
        Elements a cycle.
    shifts : sequence of int
        Left shifts that occur.
    registers : str
        "few", or "many": one behind the memories.

    Members
    -------
    enable : In(1)
    from_x, zero : In(1)
        Stage 0: the elements come from the input buffer, not from the state memory; they are read as zero.
    absent : In(columns)
        Stage 0: these lie behind the end of their vector.
    shift : In(range(len(shifts)))
        Stage 0: which of the shifts.
    x, h : In(ArrayLayout(width, columns))
        Stage 1: what the memories gave.
    elements : Out(ArrayLayout(signed(width), columns)), alignment : Out(range(len(shifts)))
        Stage 1, with many registers 2. The shift is for the MAC array to do.
    """

    def __init__(self, width: int, columns: int, shifts, registers: str = "few"):
        self.registers = registers
        self.shifts, self.columns, self.width = tuple(shifts), columns, width
        words = data.ArrayLayout(width, columns)
        super().__init__(
            {
                "enable": In(1),
                "from_x": In(1),
                "zero": In(1),
                "absent": In(columns),
                "shift": In(range(len(self.shifts))),
                "x": In(words),
                "h": In(words),
                "elements": Out(data.ArrayLayout(signed(width), columns)),
                "alignment": Out(range(len(self.shifts))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        from_x = Signal(name="from_x_1")
        zero = Signal(self.columns, name="zero_1")
        shift = Signal.like(self.shift, name="shift_1")
        x, h = self.x, self.h
        with m.If(self.enable):
            m.d.sync += [
                from_x.eq(self.from_x),
                zero.eq(self.absent | self.zero.replicate(self.columns)),
                shift.eq(self.shift),
            ]
            if self.registers == "many":
                late = [Signal.like(signal, name=f"{signal.name[:-2]}_2") for signal in (from_x, zero, shift)]
                words = [Signal.like(word, name=f"{name}_2") for name, word in (("x", x), ("h", h))]
                m.d.sync += [new.eq(old) for new, old in zip(late, (from_x, zero, shift), strict=True)]
                m.d.sync += [new.eq(old) for new, old in zip(words, (x, h), strict=True)]
                (from_x, zero, shift), (x, h) = late, words
        for column in range(self.columns):
            m.d.comb += self.elements[column].eq(Mux(zero[column], 0, Mux(from_x, x[column], h[column])))
        m.d.comb += self.alignment.eq(shift)
        return m
