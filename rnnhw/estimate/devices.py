"""The FPGAs that rnnhw can estimate for, and what they hold."""

from dataclasses import dataclass

from rnnhw.errors import RnnhwError

from .devices_xilinx import RANGES, XILINX_PARTS, part_of


@dataclass(frozen=True)
class Device:
    """One FPGA.

    Parameters
    ----------
    name : str
    family : str
        "ice40", "ecp5", "gowin" or "xilinx": how yosys maps to it.
    dsp : int
        Multiplier blocks: SB_MAC16 (16 x 16), MULT18X18D or MULT18X18 (18 x 18, Gowin's also two of 9 x 9), or
        DSP48E1 (25 x 18).
    block_ram : int
        Block RAMs: RAM40 (4,096 bits), DP16KD, Gowin's or RAMB18E1 (18,432 bits).
    block_ram_bits : int
        Bits of one block RAM.
    lut, ff : int
        Look-up tables (of four inputs; Xilinx: of six) and flip-flops.
    large_ram : int
        Single-port RAMs of 256 kbit (SPRAM). They cannot be initialised: for loadable weights only.
    lut_rams : int, optional
        LUT RAMs of 16 x 4 bits that its LUTs can be at most; None where nobody says.
    """

    name: str
    family: str
    dsp: int
    block_ram: int
    block_ram_bits: int
    lut: int
    ff: int
    large_ram: int = 0
    lut_rams: int | None = None

    @property
    def lut_ram(self) -> bool:
        """Whether LUTs may be used as memories."""
        return self.family in ("ecp5", "gowin", "xilinx")


def _ecp5(name: str, dsp: int, block_ram: int, lut: int) -> Device:
    """Half of the slices can be LUT RAM, 16 x 4 bits in the four LUTs of two of them."""
    return Device(f"ecp5-{name}", "ecp5", dsp, block_ram, 18432, lut, lut, lut_rams=lut // 8)


def _xilinx(name: str, lut: int, dsp: int, block_ram: int) -> Device:
    return Device(name, "xilinx", dsp, 2 * block_ram, 18432, lut, 2 * lut)


# The 12F is the 25F's die, and the open tools give out all of it, which is what stands here; Lattice's data
# sheet promises 12,000 LUT and 32 block RAMs of it.
DEVICES = {
    device.name: device
    for device in (
        Device("ice40up5k", "ice40", 8, 30, 4096, 5280, 5280, 4, lut_rams=0),
        _ecp5("12f", 28, 56, 24288),
        _ecp5("25f", 28, 56, 24288),
        _ecp5("45f", 72, 108, 43848),
        _ecp5("85f", 156, 208, 83640),
        Device("gw1nr-9", "gowin", 20, 26, 18432, 8640, 6480, lut_rams=17280 // 64),
        *(_xilinx(name, *counts) for name, counts in XILINX_PARTS.items()),
    )
}
# A family's name stands for this member of it.
FAMILIES = {"ice40": "ice40up5k", "ecp5": "ecp5-25f", "gowin": "gw1nr-9", "xilinx": "xc7a35t"}


def known_device(name: str) -> Device | None:
    """The device of a name, None if there is none; see `find_device`."""
    key = name.lower()
    return DEVICES.get(FAMILIES.get(key, key)) or DEVICES.get(part_of(key))


def allowed_devices() -> str:
    """What devices may be called, for messages."""
    others = [name for name, device in DEVICES.items() if device.family != "xilinx"]
    return f"{', '.join(others)}, a 7-series part ({RANGES}) or a family ({', '.join(FAMILIES)})"


def find_device(name: str) -> Device:
    """The device of a name; a family's name stands for the usual member of it ("ecp5": "ecp5-25f").

    Parameters
    ----------
    name : str
        In upper or lower case. Behind a 7-series part its package and speed may follow ("xc7a35ticsg324-1L").

    Raises
    ------
    RnnhwError
        If there is none of that name.
    """
    if not isinstance(name, str):
        raise TypeError(f"device must be a name, not {type(name).__name__}")
    device = known_device(name)
    if device is None:
        raise RnnhwError(f"device must be {allowed_devices()}, not {name!r}")
    return device
