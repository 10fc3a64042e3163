"""EHXPLLL of the ECP5.

Limits: ECP5 and ECP5-5G family data sheet (FPGA-DS-02012, sysCLOCK PLL timing); dividers: ECP5 sysCLOCK PLL/DLL
design and usage guide (FPGA-TN-02200).
"""

from dataclasses import dataclass
from fractions import Fraction

from amaranth.hdl import Const, Instance, Signal

from .base import MHZ, Pll


@dataclass(frozen=True)
class Ecp5Pll(Pll):
    """Feedback from CLKOP, which is as fast as the phase detector; the core takes CLKOS.

    Output = source * clkop_div / (clki_div * clkos_div): finer than if the core itself were fed back.
    """

    source_hz: int
    clki_div: int
    clkop_div: int
    clkos_div: int

    SOURCE_MHZ = (8, 400)
    PFD_MHZ = (10, 400)
    VCO_MHZ = (400, 800)
    OUTPUT_MHZ = (3.125, 400)

    @classmethod
    def settings(cls, source_hz):
        for clki_div in range(1, 129):
            if source_hz < cls.PFD_MHZ[0] * MHZ * clki_div:
                break
            for clkop_div in range(1, 129):
                vco = Fraction(source_hz * clkop_div, clki_div)
                if cls.VCO_MHZ[0] * MHZ <= vco <= cls.VCO_MHZ[1] * MHZ:
                    for clkos_div in range(1, 129):
                        yield cls(source_hz, clki_div, clkop_div, clkos_div)

    @property
    def pfd_hz(self) -> Fraction:
        return Fraction(self.source_hz, self.clki_div)

    @property
    def vco_hz(self) -> Fraction:
        return self.pfd_hz * self.clkop_div

    @property
    def output_hz(self) -> Fraction:
        return self.vco_hz / self.clkos_div

    def instance(self, source, clock, locked, *, pad=False):
        feedback = Signal(name="pll_feedback")
        return Instance(
            "EHXPLLL",
            p_CLKI_DIV=self.clki_div,
            p_CLKFB_DIV=1,
            p_CLKOP_DIV=self.clkop_div,
            p_CLKOP_ENABLE="ENABLED",
            p_CLKOP_CPHASE=self.clkop_div - 1,
            p_CLKOP_FPHASE=0,
            p_CLKOS_DIV=self.clkos_div,
            p_CLKOS_ENABLE="ENABLED",
            p_CLKOS_CPHASE=self.clkos_div - 1,
            p_CLKOS_FPHASE=0,
            p_FEEDBK_PATH="CLKOP",
            p_PLLRST_ENA="DISABLED",
            p_INTFB_WAKE="DISABLED",
            p_STDBY_ENABLE="DISABLED",
            p_DPHASE_SOURCE="DISABLED",
            p_OUTDIVIDER_MUXA="DIVA",
            p_OUTDIVIDER_MUXB="DIVB",
            a_ICP_CURRENT="12",  # the loop filter, as is usual with these dividers
            a_LPF_RESISTOR="8",
            a_MFG_ENABLE_FILTEROPAMP="1",
            a_MFG_GMCREF_SEL="2",
            i_CLKI=source,
            i_CLKFB=feedback,
            i_RST=Const(0),
            i_STDBY=Const(0),
            i_ENCLKOP=Const(0),
            i_ENCLKOS=Const(0),
            i_PHASESEL0=Const(0),
            i_PHASESEL1=Const(0),
            i_PHASEDIR=Const(1),
            i_PHASESTEP=Const(1),
            i_PHASELOADREG=Const(1),
            i_PLLWAKESYNC=Const(0),
            o_CLKOP=feedback,
            o_CLKOS=clock,
            o_LOCK=locked,
        )
