"""SB_PLL40_PAD and SB_PLL40_CORE of the iCE40.

Limits: iCE40 UltraPlus family data sheet (sysCLOCK PLL timing); dividers and filter: iCE40 sysCLOCK PLL design
and usage guide (FPGA-TN-02052).
"""

from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import Const, Instance

from .base import MHZ, Pll

FILTERS_MHZ = (17, 26, 44, 66, 101)  # below which phase detector frequency FILTER_RANGE is 1, 2 ...


@dataclass(frozen=True)
class Ice40Pll(Pll):
    """Feedback from the PLL's own oscillator ("SIMPLE"): output = source * (divf + 1) / ((divr + 1) * 2**divq)."""

    source_hz: int
    divr: int
    divf: int
    divq: int

    SOURCE_MHZ = (10, 133)
    PFD_MHZ = (10, 133)
    VCO_MHZ = (533, 1066)
    OUTPUT_MHZ = (16, 275)

    @classmethod
    def settings(cls, source_hz):
        for divr in range(16):
            if source_hz < cls.PFD_MHZ[0] * MHZ * (divr + 1):
                break
            for divf in range(128):
                for divq in range(1, 7):
                    yield cls(source_hz, divr, divf, divq)

    @property
    def pfd_hz(self) -> Fraction:
        return Fraction(self.source_hz, self.divr + 1)

    @property
    def vco_hz(self) -> Fraction:
        return self.pfd_hz * (self.divf + 1)

    @property
    def output_hz(self) -> Fraction:
        return self.vco_hz / (1 << self.divq)

    @property
    def filter_range(self) -> int:
        """FILTER_RANGE, from the frequency at the phase detector."""
        return 1 + sum(self.pfd_hz >= limit * MHZ for limit in FILTERS_MHZ)

    def instance(self, source, clock, locked, *, pad=False):
        kind, port = ("SB_PLL40_PAD", "i_PACKAGEPIN") if pad else ("SB_PLL40_CORE", "i_REFERENCECLK")
        return Instance(
            kind,
            p_FEEDBACK_PATH="SIMPLE",
            p_DIVR=Const(self.divr, 4),
            p_DIVF=Const(self.divf, 7),
            p_DIVQ=Const(self.divq, 3),
            p_FILTER_RANGE=Const(self.filter_range, 3),
            i_RESETB=Const(1),
            i_BYPASS=Const(0),
            o_PLLOUTGLOBAL=clock,
            o_LOCK=locked,
            **{port: source},
        )
