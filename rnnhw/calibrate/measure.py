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
from rnnhw.synth import Cells, Part
from rnnhw.synth.report import read_report
from rnnhw.synth.tools import run_tool, versions

FORMAT = 1  # of a measurement; another one makes all of them anew
CLOCK_HZ = 24_000_000  # that the link's bit timer is made for
SEED = 1
# What nextpnr aims at, in MHz: above what most cores reach, so that it goes on trying.
AIM = {"ice40": 60, "ecp5": 180, "gowin": 130}
PARTS = {
    "ice40": Part("ice40", ("--up5k", "--package", "sg48", "--pcf-allow-unconstrained"), ""),
    "ecp5": Part("ecp5", ("--25k", "--package", "CABGA381", "--speed", "6", "--lpf-allow-unconstrained"), ""),
    "gowin": Part("gowin", ("--device", "GW1NR-LV9QN88PC6/I5", "--vopt", "family=GW1N-9C", "--vopt", "cst=top.cst"), ""),
}
SYNTHESISE = {
    "ice40": "synth_ice40 -device u -abc9",
    "ecp5": "synth_ecp5 -nowidelut",
    "gowin": "synth_gowin -noiopads",
    "xilinx": "synth_xilinx -family xc7 -flatten -noiopad",
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
        """Cells, modules and clock as plain data.

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
            result = {"modules": by_module(top["cells"]), "routed": None}
            if self.routes:
                result["routed"] = self._route(folder)
        return result

    def _script(self) -> str:
        """Synthesis; then all ports but the clock go, so that no pin gets in the way of the routing."""
        return (
            f"read_rtlil top.il; {SYNTHESISE[self.family]} -top top; autoname; write_json full.json; "
            f"delete -port w:clk %n; {PADS.get(self.family, '')} write_json top.json"
        )

    def _route(self, folder: Path) -> dict | None:
        tool = f"nextpnr-{self.family}"
        options = (*PARTS[self.family].nextpnr, "--json", "top.json", "--freq", AIM[self.family], "--seed", SEED)
        from rnnhw.synth import SynthesisError

        try:
            run_tool(tool, (*options, "--timing-allow-fail", "--report", "report.json", "--quiet"), folder)
            report = read_report(folder / "report.json")
        except SynthesisError as error:
            return {"error": str(error)}
        path = report.critical
        used = {kind: pair[0] for kind, pair in report.utilisation.items() if pair[0]}
        ends = None if path is None else [path.start, *path.through, path.end]
        figures = None if path is None else [path.delay_ns, path.routing_ns, path.levels]
        return {"mhz": report.slowest_mhz, "used": used, "path": ends, "figures": figures}


def component(drawn, family: str):
    """The core alone, or with its link."""
    design, primitives = drawn.design, find_primitives(family)
    if drawn.link == "none":
        return NetworkTop(design.plan, primitives)
    return LinkedCore(
        design.plan, identity=bytes(8), clock_hz=CLOCK_HZ, link=drawn.link, baud=1_000_000, primitives=primitives
    )


def by_module(cells: dict) -> dict[str, dict[str, int]]:
    """Cells of each type by the module that they stem from, numbers of equal modules left out.

    yosys names each cell after a signal, and that after the modules that it lies in.
    """
    scopes = {name for name, cell in cells.items() if cell["type"] == "$scopeinfo"}
    counts = {}
    for name, cell in cells.items():
        if cell["type"] == "$scopeinfo":
            continue
        scope = owner(name, scopes)
        counts.setdefault(scope, Counter())[cell["type"]] += 1
        if cell["type"].startswith(("SB_DFF", "TRELLIS_FF", "DFF", "FD")):
            signal = re.sub(r"_(SB_DFF|TRELLIS_FF|DFF|FD[RSCP]E).*$", "", name)
            signal = re.sub(r"\d+", "#", signal[len(scope) + 1 :] if False else signal)
            counts.setdefault("ff:" + signal, Counter())["n"] += 1
    return {scope: dict(of) for scope, of in sorted(counts.items())}


def owner(name: str, scopes) -> str:
    """The module that a name lies in."""
    at = len(name)
    while (at := name.rfind(".", 0, at)) > 0:
        if name[:at] in scopes:
            return re.sub(r"_\d+(?=\.|$)", "", name[:at])
    return ""


def cells_of(modules: dict) -> Cells:
    """All cells of a measurement."""
    total = Counter()
    for scope, of in modules.items():
        if not scope.startswith("ff:"):
            total.update(of)
    return Cells(dict(total))
