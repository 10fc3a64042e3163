"""rPLL of Gowin's GW1N(R)-9 at speed C6/I5.

Limits: GW1NR series data sheet (DS117, PLL switching characteristics); dividers: Gowin clock user guide (UG286).
"""

from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import Const, Instance

from .base import MHZ, Pll, mhz

OUTPUT_DIVIDERS = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


@dataclass(frozen=True)
class GowinPll(Pll):
    """Output = source * (fbdiv + 1) / (idiv + 1), and the VCO odiv times as fast."""

    source_hz: int
    idiv: int
    fbdiv: int
    odiv: int

    SOURCE_MHZ = (3, 400)
    PFD_MHZ = (3, 400)
    VCO_MHZ = (400, 1200)
    OUTPUT_MHZ = (3.125, 600)

    @classmethod
    def settings(cls, source_hz):
        for idiv in range(64):
            if source_hz < cls.PFD_MHZ[0] * MHZ * (idiv + 1):
                break
            for fbdiv in range(64):
                for odiv in OUTPUT_DIVIDERS:
                    yield cls(source_hz, idiv, fbdiv, odiv)

    @property
    def pfd_hz(self) -> Fraction:
        return Fraction(self.source_hz, self.idiv + 1)

    @property
    def output_hz(self) -> Fraction:
        return self.pfd_hz * (self.fbdiv + 1)

    @property
    def vco_hz(self) -> Fraction:
        return self.output_hz * self.odiv

    def instance(self, source, clock, locked, *, pad=False):
        return Instance(
            "rPLL",
            p_FCLKIN=mhz(self.source_hz),
            p_DEVICE="GW1NR-9C",
            p_IDIV_SEL=self.idiv,
            p_FBDIV_SEL=self.fbdiv,
            p_ODIV_SEL=self.odiv,
            p_DYN_IDIV_SEL="false",
            p_DYN_FBDIV_SEL="false",
            p_DYN_ODIV_SEL="false",
            p_PSDA_SEL="0000",
            p_DYN_DA_EN="false",
            p_DUTYDA_SEL="1000",
            p_CLKOUT_FT_DIR=Const(1, 1),
            p_CLKOUTP_FT_DIR=Const(1, 1),
            p_CLKOUT_DLY_STEP=0,
            p_CLKOUTP_DLY_STEP=0,
            p_CLKFB_SEL="internal",
            p_CLKOUT_BYPASS="false",
            p_CLKOUTP_BYPASS="false",
            p_CLKOUTD_BYPASS="false",
            p_DYN_SDIV_SEL=2,
            p_CLKOUTD_SRC="CLKOUT",
            p_CLKOUTD3_SRC="CLKOUT",
            i_CLKIN=source,
            i_CLKFB=Const(0),
            i_RESET=Const(0),
            i_RESET_P=Const(0),
            i_FBDSEL=Const(0, 6),
            i_IDSEL=Const(0, 6),
            i_ODSEL=Const(0, 6),
            i_PSDA=Const(0, 4),
            i_DUTYDA=Const(0, 4),
            i_FDLY=Const(0, 4),
            o_CLKOUT=clock,
            o_LOCK=locked,
        )
