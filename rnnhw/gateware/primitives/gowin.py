"""Multipliers of Gowin's GW1N and GW2A: MULT9X9, MULT18X18 with their own registers (Gowin UG287, DSP User Guide)."""

from amaranth import ClockSignal, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring

from rnnhw.gateware.multiplier import MultiplierSignature, check_stages

from .generic import Primitives

SIZES = (9, 18)  # bits of a block's operands; two blocks of the smaller size take the place of a larger one


class GowinMultiplier(wiring.Component):
    """One product of up to 18 x 18 bits.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed.
    stages : int
        Registers on the way, 2 or 3.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = check_stages(stages)
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        size = next(size for size in SIZES if size >= max(len(self.a), len(self.b)))
        a = Signal(signed(size))
        b = Signal(signed(size))
        product = Signal(2 * size)
        m.d.comb += [a.eq(self.a), b.eq(self.b), self.product.eq(product)]
        m.submodules.block = Instance(
            f"MULT{size}X{size}",
            p_AREG=Const(1, 1),
            p_BREG=Const(1, 1),
            p_PIPE_REG=Const(self.stages - 2, 1),
            p_OUT_REG=Const(1, 1),
            i_A=a,
            i_B=b,
            i_SIA=Const(0, size),
            i_SIB=Const(0, size),
            i_ASIGN=Const(1, 1),
            i_BSIGN=Const(1, 1),
            i_ASEL=Const(0, 1),
            i_BSEL=Const(0, 1),
            i_CLK=ClockSignal(),
            i_CE=self.enable,
            i_RESET=Const(0, 1),
            o_DOUT=product,
        )
        return m


class GowinPrimitives(Primitives):
    """MULT9X9 or MULT18X18; operands of more than 18 bits are left to synthesis, which puts tiles together."""

    name = "gowin"

    def multiplier(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component:
        if max(a_width, b_width) > SIZES[-1]:
            return super().multiplier(a_width, b_width, stages)
        return GowinMultiplier(a_width, b_width, stages)
