"""A part as the open tools know it, and the tools of each family."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """An FPGA in its package.

    Parameters
    ----------
    family : str
        "ice40", "ecp5" or "gowin".
    nextpnr : tuple of str
        Options that tell nextpnr which part it is.
    constraints : str
        Name of the file with the pins.
    pack : tuple of str
        Options of the program that packs the bitstream.
    """

    family: str
    nextpnr: tuple[str, ...]
    constraints: str
    pack: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tools:
    """The tools of a family.

    Parameters
    ----------
    synthesise : str
        yosys' command.
    nextpnr, packer : str
        Names in `TOOLS`.
    constraints : tuple of str
        nextpnr's option for the pins; {file} stands for the file.
    output : (str, str)
        nextpnr's option for the routed design, and the ending of that file.
    bitstream : str
        Ending of the bitstream.
    """

    synthesise: str
    nextpnr: str
    packer: str
    constraints: tuple[str, ...]
    output: tuple[str, str]
    bitstream: str


FLOWS = {
    "ice40": Tools(
        "synth_ice40 -device u -abc9", "nextpnr-ice40", "icepack", ("--pcf", "{file}"), ("--asc", "asc"), "bin"
    ),
    "ecp5": Tools(
        "synth_ecp5 -nowidelut", "nextpnr-ecp5", "ecppack", ("--lpf", "{file}"), ("--textcfg", "config"), "bit"
    ),
    "gowin": Tools(
        "synth_gowin -nowidelut", "nextpnr-gowin", "gowin_pack", ("--vopt", "cst={file}"), ("--write", "pnr.json"), "fs"
    ),
}
