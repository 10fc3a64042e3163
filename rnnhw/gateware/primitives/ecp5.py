"""Multipliers of the ECP5: MULT18X18D with its own registers (Lattice FPGA-TN-02205, "ECP5 and ECP5-5G sysDSP").

Its operands' and its pipeline registers are used, not the one at its output: for that one the open tools have no
choice of the clock enable, and where four blocks share their enables (nextpnr then puts another number in the place of
``CE0``, in all parameters that are given) it could get another's. A third register is made of flip-flops instead.
"""

from amaranth import ClockSignal, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring

from rnnhw.gateware.multiplier import MultiplierSignature, check_stages

from .generic import Primitives

LARGEST = 18  # bits of an operand
REGISTERS = ("INPUTA", "INPUTB", "PIPELINE")


class ECP5Multiplier(wiring.Component):
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
        a = Signal(signed(LARGEST))
        b = Signal(signed(LARGEST))
        product = Signal(2 * LARGEST)
        m.d.comb += [a.eq(self.a), b.eq(self.b)]
        if self.stages == 2:
            m.d.comb += self.product.eq(product)
        else:
            with m.If(self.enable):
                m.d.sync += self.product.eq(product)
        ports = {f"i_C{index}": Const(0, 1) for index in range(LARGEST)}
        for index in range(LARGEST):
            ports |= {f"i_A{index}": a[index], f"i_B{index}": b[index]}
        m.submodules.block = Instance(
            "MULT18X18D",
            **{f"p_REG_{name}_{kind}": f"{kind}0" for name in REGISTERS for kind in ("CLK", "CE", "RST")},
            **ports,
            **{f"o_P{index}": product[index] for index in range(2 * LARGEST)},
            i_SIGNEDA=Const(1, 1),
            i_SIGNEDB=Const(1, 1),
            i_SOURCEA=Const(0, 1),
            i_SOURCEB=Const(0, 1),
            i_CLK0=ClockSignal(),
            i_CE0=self.enable,
            i_RST0=Const(0, 1),
        )
        return m


class ECP5Primitives(Primitives):
    """MULT18X18D for operands of up to 18 bits; wider ones are left to synthesis, which puts them together of tiles."""

    name = "ecp5"

    def multiplier(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component:
        if max(a_width, b_width) > LARGEST:
            return super().multiplier(a_width, b_width, stages)
        return ECP5Multiplier(a_width, b_width, stages)
