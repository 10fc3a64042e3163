"""Runs yosys and counts the cells that it makes."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rnnhw.errors import RnnhwError

from .tools import TOOLS, run_tool

READ = {"rtlil": ("il", "read_rtlil"), "verilog": ("sv", "read_verilog -sv")}
# Without -dsp: with it, synth_ice40 (0.70) takes every SB_MAC16 for one that it has made itself, and makes it anew,
# without the registers that it had and as one product. Without wide multiplexers on ECP5 and Gowin: they take more LUTs
# than they save (on Gowin up to twice as many), and no less time.
SYNTHESISE = {
    "ice40": "synth_ice40",
    "ecp5": "synth_ecp5 -nowidelut",
    "gowin": "synth_gowin -nowidelut",
    "xilinx": "synth_xilinx -family xc7",
}
FLATTEN = {True: {"xilinx": "-flatten"}, False: dict.fromkeys(("ice40", "ecp5", "gowin"), "-noflatten")}
# How far the flows of yosys 0.70 are followed where only multipliers and memories are counted. For iCE40 and ECP5
# without writing each block's contents, which takes most of the time of a synthesis and changes no count.
CHOOSE = {
    "ice40": "-run :map_ram; memory_libmap -lib +/ice40/brams.txt -lib +/ice40/spram.txt -no-auto-huge",
    "ecp5": "-run :map_ram; memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
    "gowin": "-run :map_ffram",
    "xilinx": "-run :map_ffram",
}
DSP_CELLS = {"SB_MAC16": 1, "MULT18X18D": 1, "MULT9X9": 0.5, "MULT18X18": 1, "MULT36X36": 4, "DSP48E1": 1}
BLOCK_RAM_CELLS = {
    **dict.fromkeys(("SB_RAM40_4K", "SB_RAM40_4KNR", "SB_RAM40_4KNW", "SB_RAM40_4KNRNW", "$__ICE40_RAM4K_"), 1),
    **dict.fromkeys(("DP16KD", "PDPW16KD", "$__DP16KD_", "$__PDPW16KD_"), 1),
    **dict.fromkeys(("SP", "SPX9", "SDPB", "SDPX9B", "DPB", "DPX9B", "pROM", "pROMX9"), 1),
    **{"RAMB18E1": 1, "RAMB36E1": 2},
}
SPRAM_CELLS = {"SB_SPRAM256KA": 1, "$__ICE40_SPRAM_": 1}
LUT_RAM_CELLS = dict.fromkeys(("TRELLIS_DPR16X4", "$__TRELLIS_DPR16X4_", "RAM16SDP4", "RAM32M", "RAM64M"), 1)
LUT_CELLS = {  # what each costs in look-up tables of its family
    "SB_LUT4": 1,
    "LUT4": 1,
    **dict.fromkeys(("LUT1", "LUT2", "LUT3", "ALU", "INV"), 1),
    "CCU2C": 2,
    "TRELLIS_DPR16X4": 4,
    "RAM16SDP4": 8,
    **dict.fromkeys(("LUT5", "LUT6"), 1),
    **dict.fromkeys(("RAM32M", "RAM64M"), 4),
}
FF_CELLS = ("SB_DFF", "TRELLIS_FF", "DFF", "FDRE", "FDSE", "FDCE", "FDPE")


@dataclass(frozen=True)
class Cells:
    """Cells of a synthesised design.

    Parameters
    ----------
    by_type : dict of str to int
    """

    by_type: dict[str, int]

    @property
    def dsp(self) -> float:
        """Multiplier blocks; a Gowin MULT9X9 is half of one."""
        return self._count(DSP_CELLS)

    @property
    def block_ram(self) -> float:
        """Block RAMs; a Xilinx RAMB36E1 is two of them."""
        return self._count(BLOCK_RAM_CELLS)

    @property
    def lut_ram(self) -> float:
        """LUT RAMs: of 16 x 4 bits; 7 series: of 32 x 6 or 64 x 3."""
        return self._count(LUT_RAM_CELLS)

    @property
    def spram(self) -> int:
        """Single-port RAMs of 16,384 x 16 bits."""
        return self._count(SPRAM_CELLS)

    @property
    def lut(self) -> float:
        """Look-up tables (of four inputs; 7 series: of six), those of carry chains and LUT RAMs among them."""
        return self._count(LUT_CELLS)

    @property
    def ff(self) -> int:
        """Flip-flops."""
        return sum(count for name, count in self.by_type.items() if name.startswith(FF_CELLS))

    def _count(self, costs: dict) -> float:
        total = sum(costs.get(name, 0) * count for name, count in self.by_type.items())
        return int(total) if total == int(total) else total


def find_yosys() -> str:
    """Path of yosys: beside the running Python, else on the search path.

    Raises
    ------
    RnnhwError
        If there is none.
    """
    return TOOLS["yosys"].find()


def count_cells(source, *, family: str, kind: str = "rtlil", top: str = "top", folder=None, whole=True) -> Cells:
    """Synthesise a design and count its cells.

    Parameters
    ----------
    source : str or Path
        The design's text, or a path of a file with it.
    family : str
        "ice40" (which makes no other multiplier blocks than are in the design), "ecp5", "gowin" or "xilinx" (7 series).
    kind : str
        "rtlil" or "verilog".
    top : str
        Name of the top module.
    folder : path, optional
        Where to run, which keeps the files; a temporary folder by default.
    whole : bool
        False stops as soon as multipliers are mapped and memories chosen: many times faster, with equal
        `dsp`, `block_ram`, `lut_ram` and `spram`, and nothing else in it that means anything.

    Raises
    ------
    RnnhwError
        For an unknown family or kind, or if there is no yosys.
    SynthesisError
        If yosys fails; the message is what it says.
    """
    return Cells(_statistics(source, family, kind, top, folder, whole)["design"]["num_cells_by_type"])


def count_cells_by_module(source, *, family: str, kind: str = "rtlil", top: str = "top", folder=None):
    """As `count_cells` with ``whole=False``, for each module on its own: a dict of `Cells` by module name.

    Every module under `top` is synthesised as if it stood alone, so its ports are never optimised.
    """
    modules = _statistics(source, family, kind, top, folder, False, flatten=False)["modules"]
    return {name.removeprefix("\\"): Cells(entry["num_cells_by_type"]) for name, entry in modules.items()}


def _statistics(source, family: str, kind: str, top: str, folder, whole: bool, flatten=True) -> dict:
    for name, value, table in (("family", family, SYNTHESISE), ("kind", kind, READ)):
        if value not in table:
            raise RnnhwError(f"{name} must be one of {', '.join(table)}, not {value!r}")
    text = source.read_text() if isinstance(source, Path) else source
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="rnnhw-") as temporary:
            return _run(text, family, kind, top, Path(temporary), whole, flatten)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return _run(text, family, kind, top, folder, whole, flatten)


def _run(text: str, family: str, kind: str, top: str, folder: Path, whole: bool, flatten: bool) -> dict:
    """Run yosys in a folder with names relative to it: a yosys in WebAssembly sees nothing else."""
    ending, read = READ[kind]
    (folder / f"{top}.{ending}").write_text(text)
    report = f"{top}_{family}.json"
    synthesise = f"{SYNTHESISE[family]} {FLATTEN[flatten].get(family, '')}"
    script = (
        f"{read} {top}.{ending}; {synthesise} -top {top} {'' if whole else CHOOSE[family]}; opt_clean; "
        f"tee -q -o {report} stat -json"
    )
    run_tool("yosys", ("-q", "-p", script), folder)
    return json.loads((folder / report).read_text())
