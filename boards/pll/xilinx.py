"""PLLE2_BASE of Xilinx' 7 series.

Limits: Artix-7 data sheet (DS181, PLL switching characteristics, speed -1); dividers: 7 series clocking resources
(UG472).
"""

from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import Const, Instance, Signal

from .base import MHZ, Pll


@dataclass(frozen=True)
class XilinxPll(Pll):
    """Output = source * multiply / (divide * output_divide)."""

    source_hz: int
    divide: int
    multiply: int
    output_divide: int

    SOURCE_MHZ = (19, 800)
    PFD_MHZ = (19, 450)
    VCO_MHZ = (800, 1600)
    OUTPUT_MHZ = (6.25, 464)  # of a global clock buffer

    @classmethod
    def settings(cls, source_hz):
        for divide in range(1, 57):
            if source_hz < cls.PFD_MHZ[0] * MHZ * divide:
                break
            for multiply in range(2, 65):
                vco = Fraction(source_hz * multiply, divide)
                if cls.VCO_MHZ[0] * MHZ <= vco <= cls.VCO_MHZ[1] * MHZ:
                    for output_divide in range(1, 129):
                        yield cls(source_hz, divide, multiply, output_divide)

    @property
    def pfd_hz(self) -> Fraction:
        return Fraction(self.source_hz, self.divide)

    @property
    def vco_hz(self) -> Fraction:
        return self.pfd_hz * self.multiply

    @property
    def output_hz(self) -> Fraction:
        return self.vco_hz / self.output_divide

    @property
    def preference(self):
        """A fast VCO jitters least."""
        return (self.pfd_hz, self.vco_hz)

    def instance(self, source, clock, locked, *, pad=False):
        feedback, output = Signal(name="pll_feedback"), Signal(name="pll_output")
        cells = Instance(
            "PLLE2_BASE",
            p_CLKIN1_PERIOD=1e9 / self.source_hz,
            p_DIVCLK_DIVIDE=self.divide,
            p_CLKFBOUT_MULT=self.multiply,
            p_CLKOUT0_DIVIDE=self.output_divide,
            i_CLKIN1=source,
            i_CLKFBIN=feedback,
            i_RST=Const(0),
            i_PWRDWN=Const(0),
            o_CLKFBOUT=feedback,
            o_CLKOUT0=output,
            o_LOCKED=locked,
        )
        return cells, Instance("BUFG", i_I=output, o_O=clock)
