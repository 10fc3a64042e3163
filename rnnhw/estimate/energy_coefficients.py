"""What a toggle costs on each family: every coefficient with its band and where it comes from.

The root is a measurement of an iCE40UP5K's core current (ICE40_POWER below). Other families have it scaled by
feature size and the square of the supply, E ~ node * V^2, and a wider band. Memories, which nobody measured there,
are a published SRAM's energy (HOROWITZ), scaled in the same way, and the nets that leave them.
"""

from dataclasses import dataclass
from math import sqrt

from .devices import Device

ICE40_POWER = (
    "measured on an iCE40UP5K, core current at 1.219 V, github.com/tinyvision-ai-inc/ice40_power (README, table): "
)
HOROWITZ = (
    "M. Horowitz, Computing's energy problem, ISSCC 2014, fig. 1.1.9: 10 pJ for 64 bits from an SRAM of 8 kB at 45 nm, "
    "0.9 V"
)


@dataclass(frozen=True)
class Coefficient:
    """A number of the model with its band, its unit and its source."""

    value: float
    low: float
    high: float
    unit: str
    source: str

    def scaled(self, factor: float, spread: float, why: str) -> "Coefficient":
        """For another family: times a factor, with a band that is wider by `spread` on both sides."""
        value, low, high = (factor * number for number in (self.value, self.low / spread, self.high * spread))
        return Coefficient(value, low, high, self.unit, f"{why}, from: {self.source}")


@dataclass(frozen=True)
class Process:
    """A family's feature size in nm, core supply in V, logic cells (LUT4 and flip-flop) a LUT is worth, and source."""

    node: float
    supply: float
    cells: float
    source: str

    @property
    def factor(self) -> float:
        """Energy of the same capacitance in units of the measured iCE40UP5K's."""
        return self.node / 40 * (self.supply / 1.219) ** 2


PROCESSES = {
    "ice40": Process(40, 1.2, 1, "Lattice, iCE40 UltraPlus Family Data Sheet FPGA-DS-02008: 40 nm, VCC 1.2 V"),
    "ecp5": Process(40, 1.1, 1, "Lattice, ECP5 Family Data Sheet FPGA-DS-02012: 40 nm, VCC 1.1 V"),
    "gowin": Process(55, 1.2, 1, "Gowin, GW1NR Data Sheet DS117: 55 nm, VCC 1.2 V (LV)"),
    "xilinx": Process(
        28, 1.0, 1.6, "AMD, DS181 and WP389: 28 nm, VCCINT 1.0 V; UG474: 1.6 logic cells to a six-input LUT"
    ),
}

# 12 MHz and a counter 613.5 uA, the clock halted 92.1 uA: 521 uA * 1.219 V / 12 MHz; by the internal oscillator's rows
# at 24 and 48 MHz 51.9 pJ.
CLOCK = Coefficient(52, 40, 80, "pJ a cycle", ICE40_POWER + "12 MHz + counter 613.5 uA less halted clock 92.1 uA")
# 196 logic cells more in a wide counter, nearly all of them still: 27.8 uA.
FF = Coefficient(
    0.0144, 0.010, 0.030, "pJ a cycle", ICE40_POWER + "counters of 228 and 32 logic cells, 641.3 less 613.5 uA"
)
# An 8 x 8 multiplier of 180 logic cells that multiplies counters in every cycle: 996 uA less 645 uA.
LUT = Coefficient(
    0.198, 0.10, 0.40, "pJ a cycle of work", ICE40_POWER + "8 x 8 multiplier of 180 logic cells, 996 less 645 uA"
)
# The same with one SB_MAC16 and 44 logic cells: 882 uA less 645 uA are 24 pJ, 15 of them the block's if those cells
# take what the multiplier's take, 24 if they take nothing.
DSP = Coefficient(
    19, 12, 36, "pJ a cycle of work", ICE40_POWER + "8 x 8 multiplier of one SB_MAC16 and 44 logic cells, 882 less 645"
)


def _sram(kilobytes: float, bits: int, process: Process, spread: float) -> Coefficient:
    """A word out of a memory: E ~ bits * sqrt(capacity); half of its bits toggle a net each, as a logic cell does."""
    supply = (process.supply / 0.9) ** 2 * process.node / 45
    inside = 10 * bits / 64 * sqrt(kilobytes / 8) * supply
    nets = bits / 2 * LUT.value * process.factor
    value = inside + nets
    source = f"{HOROWITZ}; scaled to {kilobytes:g} kB, {bits} bits, {process.node:g} nm, {process.supply:g} V"
    return Coefficient(value, value / spread, value * spread, "pJ a cycle of work", source + ", and half a net a bit")


def _family(name: str) -> dict[str, Coefficient]:
    process, spread = PROCESSES[name], 1 if name == "ice40" else 1.5
    sizes = {"bram": (0.5, 16)} if name == "ice40" else {"bram": (2.25, 36)}
    if name == "ice40":
        sizes["spram"] = (32, 16)
        found = {"clock": CLOCK, "ff": FF, "lut": LUT, "dsp": DSP}
    else:
        why = f"scaled by {process.factor:.2f} ({process.source})"
        found = {key: c.scaled(process.factor, spread, why) for key, c in (("clock", CLOCK), ("ff", FF), ("dsp", DSP))}
        cells = process.cells
        found["lut"] = LUT.scaled(process.factor * cells, spread, f"scaled by {process.factor * cells:.2f} {why[7:]}")
    return found | {key: _sram(*size, process, 3) for key, size in sizes.items()}


COEFFICIENTS = {name: _family(name) for name in PROCESSES}
# The measured clock network is that of 5,280 logic cells: on a larger die its trunk is longer, as the die's side.
CLOCK_CELLS = 5280
# Of modules that do not multiply: how much of their logic works in a cycle.
REST = Coefficient(
    0.25, 0.10, 0.60, "", "assumed: between AMD's default toggle rate (12.5 %, UG1275) and a multiplier's own"
)


def clock_scale(device: Device) -> float:
    """How much longer the clock network is than the measured one."""
    return sqrt(device.lut * PROCESSES[device.family].cells / CLOCK_CELLS)


def _die(device: Device) -> Coefficient:
    """Static power of a 7-series device: a part that all have, and one for each LUT."""
    lut = device.lut
    source = (
        "fixed 32 mW: VCCAUX 18 mA at 1.8 V, typical, of an XC7Z007S (AMD, DS187); for each LUT 0.97 uW: the rest of "
        "163 mW that Vivado reports for an XC7A200T at 30 C (github.com/enjoy-digital/litex_m2sdr, issue 22); high: "
        "2.9 uW, ICCINTQ of 95 mA, typical at 85 C, of the die of an XC7A35T, which is an XC7A50T's (AMD, DS181)"
    )
    return Coefficient(32 + 0.97e-3 * lut, 16 + 0.5e-3 * lut, 48 + 2.9e-3 * lut, "mW", source)


_ECP5_STANDBY = (24288, 77), (83640, 212)  # LUTs and mA of the 25F (and 12F) and of the 85F


def static(device: Device) -> Coefficient:
    """What the device takes with its clock at rest, in mW: the core supply, without pins, PLL or a processor."""
    if device.family == "ice40":
        source = ICE40_POWER + "blank design 85.6 uA; low: 75 uA at 1.2 V (FPGA-DS-02008); high: three times as warm"
        return Coefficient(0.104, 0.090, 0.31, "mW", source)
    if device.family == "ecp5":
        (small, least), (large, most) = _ECP5_STANDBY
        full = 1.1 * (least + (most - least) * (device.lut - small) / (large - small))
        source = (
            "Lattice, FPGA-DS-02012, typical standby current of the core at 1.1 V: 77 mA (12F, 25F) to 212 mA (85F), "
            "quoted in github.com/butterstick-fpga/butterstick-hardware, issue 2, the 45F by its LUTs between them; "
            "that is the high end (a warm die), a third of it the low one, as DS181 and Vivado have it for AMD's"
        )
        return Coefficient(0.6 * full, 0.3 * full, full, "mW", source)
    if device.family == "gowin":
        source = (
            "no figure found: low and high are an iCE40UP5K's and an ECP5's for as many LUTs (FPGA-DS-02008, "
            "FPGA-DS-02012), the value is their geometric mean; without the PSRAM in the package"
        )
        low, high = 0.090 * device.lut / 5280, 84.7 * device.lut / 24288
        return Coefficient(sqrt(low * high), low, high, "mW", source)
    return _die(device)
