"""From Amaranth's RTLIL to a bitstream: yosys once, nextpnr for each seed, and the packer."""

import json
from dataclasses import dataclass
from pathlib import Path

from .part import FLOWS, Part
from .report import Report, read_report
from .tools import SynthesisError, run_tool, versions
from .yosys import Cells

TOP = "top"
YOSYS_LOG = "yosys.log"


@dataclass(frozen=True)
class Routed:
    """A placed and routed design.

    Parameters
    ----------
    seed : int
    report : Report
    file : str
        Name of the routed design in the working folder.
    log : str
    """

    seed: int
    report: Report
    file: str
    log: str


class Flow:
    """The tools of one part, in a working folder that holds ``top.il`` and the pins.

    Parameters
    ----------
    part : Part
    folder : Path
    """

    def __init__(self, part: Part, folder: Path):
        self.part = part
        self.folder = Path(folder)
        self.tools = FLOWS[part.family]

    def synthesise(self) -> Cells:
        """Run yosys; makes ``top.json``, and returns how many cells there are of each type.

        Raises
        ------
        SynthesisError
        """
        script = (
            f"read_rtlil {TOP}.il; {self.tools.synthesise} -top {TOP} -json {TOP}.json; "
            f"tee -q -o {TOP}.stat.json stat -json"
        )
        run_tool("yosys", ("-q", "-l", YOSYS_LOG, "-p", script), self.folder, YOSYS_LOG, writes_log=True)
        counted = json.loads((self.folder / f"{TOP}.stat.json").read_text())
        return Cells(counted["design"]["num_cells_by_type"])

    def route(self, seed: int, mhz: float) -> Routed:
        """Place and route with one seed for a clock.

        Raises
        ------
        SynthesisError
        """
        option, ending = self.tools.output
        stem, log = f"seed{seed}", f"nextpnr-seed{seed}.log"
        constraints = [text.format(file=self.part.constraints) for text in self.tools.constraints]
        arguments = [*self.part.nextpnr, *constraints, "--json", f"{TOP}.json", option, f"{stem}.{ending}"]
        arguments += ["--freq", f"{mhz:.6f}", "--seed", str(seed), "--timing-allow-fail"]
        arguments += ["--report", f"{stem}.report.json", "--log", log, "--quiet"]
        run_tool(self.tools.nextpnr, arguments, self.folder, log, writes_log=True)
        return Routed(seed, read_report(self.folder / f"{stem}.report.json"), f"{stem}.{ending}", log)

    def pack(self, routed: Routed, name: str) -> str:
        """Make the bitstream; returns its name in the working folder.

        Raises
        ------
        SynthesisError
        """
        target, log = f"{name}.{self.tools.bitstream}", f"{self.tools.packer}.log"
        files = {
            "icepack": (routed.file, target),
            "ecppack": ("--input", routed.file, "--bit", target),
            "gowin_pack": ("-o", target, routed.file),
        }[self.tools.packer]
        run_tool(self.tools.packer, (*self.part.pack, *files), self.folder, log)
        if not (self.folder / target).is_file():
            raise SynthesisError(f"{self.tools.packer} made no bitstream", log)
        return target

    def versions(self) -> dict[str, str]:
        """Releases of the three tools."""
        return versions(("yosys", self.tools.nextpnr, self.tools.packer))
