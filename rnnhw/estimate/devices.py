"""The FPGAs that rnnhw can estimate for, and what they hold."""

from dataclasses import dataclass

from rnnhw.fixedpoint.checks import lookup


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
        Four-input look-up tables and flip-flops.
    large_ram : int
        Single-port RAMs of 256 kbit (SPRAM). They cannot be initialised, and rnnhw does not use them.
    """

    name: str
    family: str
    dsp: int
    block_ram: int
    block_ram_bits: int
    lut: int
    ff: int
    large_ram: int = 0

    @property
    def lut_ram(self) -> bool:
        """Whether LUTs may be used as memories."""
        return self.family in ("ecp5", "gowin", "xilinx")


def _ecp5(name: str, dsp: int, block_ram: int, lut: int) -> Device:
    return Device(f"ecp5-{name}", "ecp5", dsp, block_ram, 18432, lut, lut)


# The 12F is the 25F's die, and the open tools give out all of it, which is what stands here; Lattice's data
# sheet promises 12,000 LUT and 32 block RAMs of it.
DEVICES = {
    device.name: device
    for device in (
        Device("ice40up5k", "ice40", 8, 30, 4096, 5280, 5280, 4),
        _ecp5("12f", 28, 56, 24288),
        _ecp5("25f", 28, 56, 24288),
        _ecp5("45f", 72, 108, 43848),
        _ecp5("85f", 156, 208, 83640),
        Device("gw1nr-9", "gowin", 20, 26, 18432, 8640, 6480),
        Device("xc7a35t", "xilinx", 90, 100, 18432, 20800, 41600),
    )
}
# A family's name stands for this member of it.
FAMILIES = {"ice40": "ice40up5k", "ecp5": "ecp5-25f", "gowin": "gw1nr-9", "xilinx": "xc7a35t"}


def find_device(name: str) -> Device:
    """The device of a name; a family's name stands for the usual member of it ("ecp5": "ecp5-25f").

    Parameters
    ----------
    name : str
        In upper or lower case.

    Raises
    ------
    RnnhwError
        If there is none of that name.
    """
    return lookup("device", name, DEVICES, FAMILIES)
