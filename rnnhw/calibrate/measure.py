"""Synthesises and routes one configuration, and counts the cells of each module."""

import json
import re
from collections import Counter
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from amaranth.back import rtlil

from rnnhw.gateware import NetworkTop
from rnnhw.gateware.link import LinkedCore
from rnnhw.gateware.primitives import find_primitives
from rnnhw.synth import Cells, Part, SynthesisError, yosys
from rnnhw.synth.part import FLOWS
from rnnhw.synth.report import read_report
from rnnhw.synth.tools import run_tool, versions

BLOCKS = ("lut", "ff", "dsp", "block_ram", "lut_ram", "spram")
FORMAT = 2  # of a measurement; another one makes all of them anew
CLOCK_HZ = 24_000_000  # that the link's bit timer is made for
SEED = 1
# What nextpnr aims at, in MHz: above what most cores reach, so that it goes on trying.
AIM = {"ice40": 60, "ecp5": 180, "gowin": 130}
PARTS = {
    "ice40": Part("ice40", ("--up5k", "--package", "sg48", "--pcf-allow-unconstrained"), ""),
    "ecp5": Part("ecp5", ("--25k", "--package", "CABGA381", "--speed", "6", "--lpf-allow-unconstrained"), ""),
    "gowin": Part(
        "gowin", ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C", "--vopt", "cst=top.cst"), ""
    ),
}
# As boards are built; but no pads, which a core alone has none of.
SYNTHESISE = {family: tools.synthesise for family, tools in FLOWS.items()} | {
    "gowin": f"{FLOWS['gowin'].synthesise} -noiopads",
    "xilinx": f"{yosys.SYNTHESISE['xilinx']} -flatten -noiopad",
}
PADS = {"gowin": "iopadmap -bits -inpad IBUF O:I;"}
CLOCK_PIN = 'IO_LOC "clk" 52;'  # Gowin's clock has to have a place


class Task:
    """One synthesis, and if wanted one routing, on families that can be routed.

    Parameters
    ----------
    drawn : Drawn
    family : str
    route : bool
    """

    def __init__(self, drawn, family: str, route: bool = True):
        self.family, self.routes = family, route and family in PARTS
        self.text = rtlil.convert(component(drawn, family), name="top", emit_src=False)

    @property
    def key(self) -> str:
        """Of all that its outcome depends on."""
        tools = versions(("yosys", f"nextpnr-{self.family}") if self.routes else ("yosys",))
        routing = (AIM[self.family], SEED) if self.routes else ()
        how = (FORMAT, SYNTHESISE[self.family], routing, sorted(tools.items()))
        return sha256(f"{how}{self.text}".encode()).hexdigest()

    def run(self) -> dict:
        """Cells, modules and clock as plain data: `figures`, and "mhz", "path", "packed" or "unrouted".

        Raises
        ------
        SynthesisError
            If yosys fails. A core that cannot be routed has no clock.
        """
        with TemporaryDirectory(prefix="rnnhw-") as name:
            folder = Path(name)
            (folder / "top.il").write_text(self.text)
            (folder / "top.cst").write_text(CLOCK_PIN)
            run_tool("yosys", ("-q", "-p", self._script()), folder)
            modules = json.loads((folder / "full.json").read_text())["modules"]
            top = next(item for item in modules.values() if "top" in item.get("attributes", {}))
            counted = top["cells"]
            routed = self._route(folder) if self.routes else {}
        return figures(counted) | routed

    def _script(self) -> str:
        """Synthesis; then all ports but the clock go, so that no pin gets in the way of the routing."""
        return (
            f"read_rtlil top.il; {SYNTHESISE[self.family]} -top top; autoname; write_json full.json; "
            f"delete -port w:clk %n; {PADS.get(self.family, '')} write_json top.json"
        )

    def _route(self, folder: Path) -> dict:
        """Clock, slowest path and packed cells; of a core that cannot be routed why not."""
        options = (*PARTS[self.family].nextpnr, "--json", "top.json", "--freq", AIM[self.family], "--seed", SEED)
        options += ("--timing-allow-fail", "--report", "report.json", "--quiet")
        try:
            run_tool(f"nextpnr-{self.family}", options, folder)
            report = read_report(folder / "report.json")
        except SynthesisError as error:
            return {"unrouted": str(error)}
        packed, _ = report.utilisation.get("ICESTORM_LC", (None, None))
        return {"mhz": round(report.slowest_mhz, 3), "path": str(report.critical), "packed": packed}


def component(drawn, family: str):
    """The core alone, or with its link."""
    design, primitives = drawn.design, find_primitives(family)
    if drawn.link == "none":
        return NetworkTop(design.plan, primitives)
    return LinkedCore(
        design.plan, identity=bytes(8), clock_hz=CLOCK_HZ, link=drawn.link, baud=1_000_000, primitives=primitives
    )


def figures(cells: dict) -> dict:
    """Blocks of a netlist, and LUTs and flip-flops of each module that they stem from ("scopes").

    yosys names each cell after a signal, and that after the modules that it lies in.
    """
    names = {name for name, cell in cells.items() if cell["type"] == "$scopeinfo"}
    counts, whole = {}, Counter()
    for name, cell in cells.items():
        if cell["type"] != "$scopeinfo":
            counts.setdefault(owner(name, names), Counter())[cell["type"]] += 1
            whole[cell["type"]] += 1
    blocks = Cells(dict(whole))
    scopes = {scope: [(own := Cells(dict(of))).lut, own.ff] for scope, of in sorted(counts.items())}
    return {"scopes": scopes} | {name: getattr(blocks, name) for name in BLOCKS}


def owner(name: str, scopes) -> str:
    """The module that a name lies in, numbers of equal ones left out."""
    at = len(name)
    while (at := name.rfind(".", 0, at)) > 0:
        if name[:at] in scopes:
            return re.sub(r"_\d+(?=\.|$)", "", name[:at])
    return ""
