"""Static timing of a mapped netlist, by OpenSTA; without it only the number of cells on the longest path."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .asic import LIBRARY, MAPPED_JSON, AsicNetlist, boundary_netlist
from .levels import longest_path
from .liberty import Library
from .tools import SynthesisError

NAMES = ("sta", "opensta")
OPENSTA, LEVELS = "OpenSTA", "logic levels"
PERIOD_NS = 10.0  # where no clock is asked for; what is found does not depend on it
DIGITS = 4
# group: its start and end points in Tcl
GROUPS = {
    "register to register": ("-from [all_registers -clock_pins]", "-to [all_registers -data_pins]"),
    "input to register": ("-from $inputs", "-to [all_registers -data_pins]"),
    "register to output": ("-from [all_registers -clock_pins]", "-to $outputs"),
    "memory read to register": ("-from $reads", "-to [all_registers -data_pins]"),
    "register to memory": ("-from [all_registers -clock_pins]", "-to $writes"),
    "input to memory": ("-from $inputs", "-to $writes"),
    "input to output": ("-from $inputs", "-to $outputs"),
    "memory read to memory": ("-from $reads", "-to $writes"),
    "memory read to output": ("-from $reads", "-to $outputs"),
}


@dataclass(frozen=True)
class TimingPath:
    """The longest path of a group.

    Parameters
    ----------
    delay_ns : float
        Shortest period that it allows: with clock-to-output and set-up time of the flip-flops at its ends. Ports and
        the pins of RAM macros count as zero.
    start, end : str
        Register, port, or ``instance__pin`` of a macro.
    cells : int
        Combinational cells on it.
    """

    delay_ns: float
    start: str
    end: str
    cells: int


@dataclass(frozen=True)
class Timing:
    """Timing of a netlist before placement: wires have no delay, the clock arrives everywhere at once.

    Parameters
    ----------
    tool : str
        "OpenSTA", or "logic levels" where there is none: then there are no delays.
    version : str
    groups : dict of str to TimingPath
        Where it has any, by group of start and end.
    levels : int
        Cells on the longest path.
    """

    tool: str
    version: str
    groups: dict[str, TimingPath]
    levels: int

    @property
    def critical(self) -> TimingPath | None:
        """The longest of all paths; None without OpenSTA."""
        return max(self.groups.values(), key=lambda path: path.delay_ns, default=None)


def find_sta() -> str | None:
    """Path of OpenSTA, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def analyse(netlist: AsicNetlist, library: Library, folder: Path, period_ns: float | None = None) -> Timing:
    """Time a netlist that was made in a folder.

    Parameters
    ----------
    netlist : AsicNetlist
    library : Library
    folder : Path
        Gets ``sta.tcl``, ``sta.v`` and ``sta.log``.
    period_ns : float, optional
        The clock's, for the log.

    Raises
    ------
    SynthesisError
        If OpenSTA fails or finds no path.
    """
    text = boundary_netlist(netlist, folder)
    program = find_sta()
    if program is None:
        return Timing(LEVELS, "", {}, longest_path(folder / MAPPED_JSON, netlist.top, library))
    period = PERIOD_NS if period_ns is None else period_ns
    (folder / "sta.v").write_text(text)
    (folder / "sta.tcl").write_text(_script(netlist.top, period))
    command = [program, "-no_splash", "-exit", "sta.tcl"]
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = outcome.stdout + outcome.stderr
    (folder / "sta.log").write_text(said)
    wrong = next((line for line in said.splitlines() if line.startswith("Error")), None)
    if wrong or outcome.returncode:
        raise SynthesisError(f"{library.path}: OpenSTA failed: {wrong or f'exit code {outcome.returncode}'}", "sta.log")
    groups = {}
    for part in said.split("@@ ")[1:]:
        name, _, report = part.partition("\n")
        path = _path(report, period)
        if path is not None:
            groups[name.strip()] = path
    if not groups:
        raise SynthesisError(f"{library.path}: OpenSTA found no path with a delay", "sta.log")
    version = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stdout.strip()
    return Timing(OPENSTA, version, groups, max(path.cells for path in groups.values()))


def _script(top: str, period_ns: float) -> str:
    """Tcl for OpenSTA, old and new."""
    lines = [f"read_liberty {LIBRARY}", "read_verilog sta.v", f"link_design {top}"]
    lines += ["set_cmd_units -time ns", f"create_clock -name clk -period {period_ns} [get_ports clk]"]
    lines += ["set inputs {}; set reads {}; set outputs {}; set writes {}"]
    lines += [
        "foreach port [all_inputs] {",
        "  set name [get_property $port full_name]",
        "  if {$name eq {clk}} continue",
        "  set_input_delay 0 -clock clk $port",
        "  if {[string match *__* $name]} {lappend reads $port} else {lappend inputs $port}",
        "}",
        "foreach port [all_outputs] {",
        "  set name [get_property $port full_name]",
        "  if {[string match *__clk $name]} continue",
        "  set_output_delay 0 -clock clk $port",
        "  if {[string match *__* $name]} {lappend writes $port} else {lappend outputs $port}",
        "}",
    ]
    for name, (start, end) in GROUPS.items():
        used = [f"[llength ${word}]" for word in ("inputs", "reads", "outputs", "writes") if f"${word}" in start + end]
        report = f"report_checks -path_delay max {start} {end} -format full -digits {DIGITS}"
        lines += [f"puts {{@@ {name}}}", f"if {{{' && '.join(used) or 1}}} {{{report}}}"]
    return "\n".join([*lines, ""])


def _path(report: str, period_ns: float) -> TimingPath | None:
    """The path of a report of OpenSTA, or None if there is none."""
    slack = re.search(r"(-?[\d.]+)\s+slack", report)
    start, end = (re.search(rf"^{word}: (\S+)", report, re.MULTILINE) for word in ("Startpoint", "Endpoint"))
    if not (slack and start and end):
        return None
    passed = set(re.findall(r"(\S+)/\S+ \(", report.split("data arrival time")[0])) - {start[1], end[1]}
    return TimingPath(round(period_ns - float(slack[1]), DIGITS), _name(start[1]), _name(end[1]), len(passed))


def _name(text: str) -> str:
    """The register's name instead of its flip-flop's."""
    return re.sub(r"_reg(_\d+)?$", "", text.replace("\\", ""))
