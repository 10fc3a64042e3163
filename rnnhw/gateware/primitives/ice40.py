"""Multipliers of the iCE40 UltraPlus: SB_MAC16 with its own registers.

One block makes a product of 16 x 16 bits or two of 8 x 8 bits (Lattice FPGA-TN-02007, "DSP Function Usage Guide for
iCE40 Devices"); the settings are those of its fully registered modes and of the one without the inner registers.

``synth_ice40`` must run without ``-dsp``: with it yosys 0.70 takes every SB_MAC16 for one that it has made itself, and
makes it anew, without registers and as a single product. So all multipliers are made here, wide ones too.
"""

from itertools import product

from amaranth import Cat, ClockSignal, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring

from rnnhw.gateware.multiplier import MultiplierSignature, PairSignature, check_stages

from .generic import Primitives
from .spram import SpramMemory

LARGEST = 16  # bits of an operand
HALF = 8  # of a pair's
SMALL = 2  # an operand's part that is no wider is multiplied by adders
IDLE = ("C", "D", "AHOLD", "BHOLD", "CHOLD", "DHOLD", "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT", "OLOADTOP")
IDLE += ("OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT", "CI", "ACCUMCI", "SIGNEXTIN")
WHOLE = {
    2: {"PIPELINE_16x16_MULT_REG2": 1, "TOPOUTPUT_SELECT": 3, "BOTOUTPUT_SELECT": 3},
    3: {
        "TOP_8x8_MULT_REG": 1,
        "BOT_8x8_MULT_REG": 1,
        "PIPELINE_16x16_MULT_REG1": 1,
        "PIPELINE_16x16_MULT_REG2": 1,
        "TOPOUTPUT_SELECT": 3,
        "BOTOUTPUT_SELECT": 3,
    },
}
HALVES = {
    2: {"TOP_8x8_MULT_REG": 1, "BOT_8x8_MULT_REG": 1, "TOPOUTPUT_SELECT": 2, "BOTOUTPUT_SELECT": 2, "MODE_8x8": 1},
    3: {  # through the adders, which add the idle C and D, into the accumulators' registers
        "TOP_8x8_MULT_REG": 1,
        "BOT_8x8_MULT_REG": 1,
        "TOPADDSUB_LOWERINPUT": 1,
        "TOPADDSUB_UPPERINPUT": 1,
        "BOTADDSUB_LOWERINPUT": 1,
        "BOTADDSUB_UPPERINPUT": 1,
        "TOPOUTPUT_SELECT": 1,
        "BOTOUTPUT_SELECT": 1,
        "MODE_8x8": 1,
    },
}
TWO_BITS = ("SELECT", "LOWERINPUT", "CARRYSELECT")  # endings of parameters of two bits


class Ice40Multiplier(wiring.Component):
    """One product of up to 16 x 16 bits.

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
        a = Signal(signed(16))
        b = Signal(signed(16))
        output = Signal(32)
        m.d.comb += [a.eq(self.a), b.eq(self.b), self.product.eq(output)]
        m.submodules.block = block(WHOLE[self.stages], a, b, self.enable, output)
        return m


class Ice40Pair(wiring.Component):
    """Two products of up to 8 x 8 bits.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, all signed.
    stages : int
        Registers on the way, 2 or 3.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = check_stages(stages)
        super().__init__(PairSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        low, high, b = (Signal(signed(8), name=name) for name in ("low", "high", "element"))
        products = Signal(32)
        m.d.comb += [low.eq(self.a0), high.eq(self.a1), b.eq(self.b)]
        m.d.comb += [self.product0.eq(products[:16]), self.product1.eq(products[16:])]
        m.submodules.block = block(HALVES[self.stages], Cat(low, high), Cat(b, b), self.enable, products)
        return m


class Ice40Tiles(wiring.Component):
    """One product of wider operands: of their parts of 16 bits, the products of which are added up.

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
        terms = []
        for (low_a, a), (low_b, b) in product(parts(self.a), parts(self.b)):
            name = f"{low_a}_{low_b}"
            tile = Signal(signed(2 * LARGEST + 1), name=f"tile_{name}")
            if min(len(a), len(b)) > SMALL:
                self._block(m, name, a, b, tile)
            else:
                self._adders(m, name, a, b, tile)
            terms.append(tile.shift_left(low_a + low_b))
        with m.If(self.enable):
            m.d.sync += self.product.eq(sum(terms))
        return m

    def _block(self, m, name: str, a, b, tile) -> None:
        output = Signal(2 * LARGEST, name=f"output_{name}")
        whole_a, whole_b = (Signal(LARGEST, name=f"{side}_{name}") for side in "ab")
        m.d.comb += [whole_a.eq(a), whole_b.eq(b)]
        signs = {"A_SIGNED": int(a.shape().signed), "B_SIGNED": int(b.shape().signed)}
        modes = WHOLE[2] | signs | {"PIPELINE_16x16_MULT_REG2": self.stages - 2}
        m.submodules[f"block_{name}"] = block(modes, whole_a, whole_b, self.enable, output)
        m.d.comb += tile.eq(output.as_signed() if any(signs.values()) else output)

    def _adders(self, m, name: str, a, b, tile) -> None:
        first, second = (Signal.like(value, name=f"{side}_{name}_1") for side, value in (("a", a), ("b", b)))
        with m.If(self.enable):
            m.d.sync += [first.eq(a), second.eq(b)]
            if self.stages == 3:
                m.d.sync += tile.eq(first * second)
        if self.stages == 2:
            m.d.comb += tile.eq(first * second)


def parts(value):
    """A signed value's parts of 16 bits with their positions; but for the highest they are unsigned."""
    width = len(value)
    if width <= LARGEST:
        return [(0, value)]
    lows = range(0, width, LARGEST)
    return [(low, value[low : low + LARGEST]) for low in lows[:-1]] + [(lows[-1], value[lows[-1] :].as_signed())]


def block(modes: dict[str, int], a, b, enable, output) -> Instance:
    """An SB_MAC16 with registers at both operands, which are signed if nothing else is said."""
    parameters = {"A_REG": 1, "B_REG": 1, "A_SIGNED": 1, "B_SIGNED": 1} | modes
    return Instance(
        "SB_MAC16",
        **{f"p_{name}": Const(value, 2 if name.endswith(TWO_BITS) else 1) for name, value in parameters.items()},
        **{f"i_{name}": Const(0, 16 if name in "CD" else 1) for name in IDLE},
        i_CLK=ClockSignal(),
        i_CE=enable,
        i_A=a,
        i_B=b,
        o_O=output,
    )


class Ice40Primitives(Primitives):
    """SB_MAC16: one for operands of up to 16 bits, one for two products of up to 8 bits, several for wider operands.

    Single-port memories are of SB_SPRAM256KA.
    """

    name = "ice40"
    largest_pair = HALF

    def multiplier(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component:
        if max(a_width, b_width) > LARGEST:
            return Ice40Tiles(a_width, b_width, stages)
        return Ice40Multiplier(a_width, b_width, stages)

    def pair(self, a_width: int, b_width: int, stages: int = 2) -> wiring.Component | None:
        return Ice40Pair(a_width, b_width, stages) if max(a_width, b_width) <= HALF else None

    def single_port(self, depth: int, width: int) -> wiring.Component:
        return SpramMemory(depth, width)
