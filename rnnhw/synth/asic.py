"""Gate-level netlists of standard cells: yosys maps a core to the cells of a Liberty file."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from .asic_memories import AsicMemory, find_memories, macro_model, macros, technology_map
from .asic_reset import GENERIC_JSON, MAPPED, MAPPED_JSON, hold_in_reset
from .liberty import Library
from .plain_names import plain, plain_names
from .tools import SynthesisError, run_tool

MACRO_BITS = 1024  # memories of more bits are RAM macros
LIBRARY = "library.lib"
IGNORED = "-ignore_miss_func -ignore_miss_dir -ignore_miss_data_latch -ignore_buses"
NOT_MAPPED = "abc cannot map gates to this library; every cell needs tables of delays and each pin a capacitance"
CORE, GENERIC, CELLS, BLOCKS = "core.il", "generic.il", "cells.v", "rams.v"
# abc's commands; {D} is the delay that is asked for. Yosys' own script begins with `dc2`, which turns fast adders into
# slow ones: 4.9 instead of 3.5 ns on an LSTM with 8 units and 4 lanes on osu018, for 3 % less area.
GATES = "strash; dch; map -B 0.9 {D}; topo; buffer; upsize {D}; dnsize {D}"


@dataclass(frozen=True)
class AsicNetlist:
    """A mapped netlist; its files stand in the folder that it was made in.

    Parameters
    ----------
    top : str
    cells : dict of str to int
        Standard cells by type, without the macros.
    area : float
        Of all standard cells, in the library's unit.
    memories : list of AsicMemory
    netlist, models : str
        Text of the netlist, and Verilog models of the cells in it.
    held : list of str
        Flip-flops that got a gate of their own for the reset (see `hold_in_reset`).
    """

    top: str
    cells: dict[str, int]
    area: float
    memories: list[AsicMemory]
    netlist: str
    models: str
    held: list[str]


def synthesise_asic(
    rtlil: str,
    top: str,
    library: Library,
    folder: Path,
    *,
    limit: int | None = MACRO_BITS,
    period_ps: float | None = None,
) -> AsicNetlist:
    """Map a design to standard cells.

    Initial values are dropped before anything is optimised: in an ASIC nothing but reset gives a register a value.
    Clock enables and synchronous resets become gates where the library has no flip-flop with them.

    Parameters
    ----------
    rtlil : str
        The design, with one clock and no black boxes.
    top : str
    library : Library
    folder : Path
        For all files, which exists.
    limit : int or None
        Memories of more bits become RAM macros, None makes flip-flops of all of them.
    period_ps : float, optional
        The delay that gates are sized for; without it they are sized for speed.

    Raises
    ------
    RnnhwError
        If there is no yosys.
    SynthesisError
        If it cannot map the design to the library.
    """
    about = str(library.path)
    (folder / "design.il").write_text(rtlil)
    (folder / LIBRARY).write_bytes(library.path.read_bytes())
    (folder / "drive.constr").write_text(f"set_driving_cell {library.driver.name}\nset_load {library.load_ff:.4f}\n")
    delay = "" if period_ps is None else f"-D {period_ps:.0f}"
    gates = GATES.replace("{D}", delay)
    (folder / "gates.abc").write_text(gates.replace("; ", "\n") + "\n")
    run_script(_read(top), folder, "read", about)
    memories = find_memories(folder / "memories.json", top, limit)
    _write_macros(folder, macros(memories))
    run_script(_simplify(top, macros(memories)), folder, "simplify", about)
    text, names = plain_names((folder / GENERIC).read_text())
    (folder / GENERIC).write_text(text)
    memories = [replace(memory, name=names.get(memory.name, plain(memory.name))) for memory in memories]
    run_script(_map(library), folder, "map", about)
    held = hold_in_reset(folder, top, library)
    run_script(_finish(), folder, "finish", about)
    statistics = json.loads((folder / "cells.json").read_text())
    types = statistics["modules"]["\\" + top]["num_cells_by_type"]
    cells = {name: count for name, count in types.items() if name in library.cells}
    strange = sorted(set(types) - set(cells) - {memory.macro for memory in memories})
    if strange:
        raise SynthesisError(f"{about}: the library {library.name} has no cell for {strange[0]}", "map.log")
    used = " ".join(sorted(cells))
    run_script(
        f"read_liberty {IGNORED} {LIBRARY}\nselect {used}\nwrite_verilog -noattr -selected {CELLS}\n",
        folder,
        "models",
        about,
    )
    netlist = _plain((folder / "netlist.v").read_text())
    area = sum(count * library.cells[name].area for name, count in cells.items())
    models = "`timescale 1ns/1ps\n" + _plain((folder / CELLS).read_text())
    return AsicNetlist(top, dict(sorted(cells.items())), area, memories, netlist, models, held)


def boundary_netlist(netlist: AsicNetlist, folder: Path) -> str:
    """The netlist with its RAM macros taken out: their pins are ports ``<instance>__<pin>`` of the top module."""
    chosen = [f"t:{memory.macro}" for memory in macros(netlist.memories)]
    cut = f"expose -evert -sep __ {' '.join(chosen)}{' %u' * (len(chosen) - 1)}\n" if chosen else ""
    run_script(
        f"read_rtlil {MAPPED}\n{cut}write_verilog -noattr -noexpr -simple-lhs boundary.v\n",
        folder,
        "boundary",
        netlist.top,
    )
    return _plain((folder / "boundary.v").read_text())


def run_script(script: str, folder: Path, name: str, about: str) -> None:
    """Run a yosys script, which stays in the folder with its log."""
    (folder / f"{name}.ys").write_text(script)
    log = f"{name}.log"
    try:
        run_tool("yosys", ("-q", "-l", log, "-s", f"{name}.ys"), folder, log, writes_log=True)
    except SynthesisError as error:
        text = str(error) if "ABC output" not in str(error) else NOT_MAPPED
        raise SynthesisError(f"{about}: {text}", error.log) from None


def _read(top: str) -> str:
    """Everything up to the choice of memories; nothing may be concluded from what stands in them at first."""
    return f"""read_rtlil design.il
hierarchy -top {top}
proc
flatten
setattr -unset init
memory_collect
setparam -set INIT 1'x t:$mem_v2 r:WR_PORTS>0 %i
synth -top {top} -run coarse:fine
delete t:$scopeinfo
write_rtlil {CORE}
select t:$mem_v2
write_json -selected memories.json
"""


def _write_macros(folder: Path, blocks: list[AsicMemory]) -> None:
    (folder / BLOCKS).write_text("\n".join(macro_model(memory) for memory in blocks) or "\n")
    for memory in blocks:
        (folder / f"{memory.macro}_map.v").write_text(technology_map(memory))


def _simplify(top: str, blocks: list[AsicMemory]) -> str:
    """To yosys' own gates and flip-flops, each of which is called after its register."""
    lines = [f"read_rtlil {CORE}", *([f"read_verilog -lib {BLOCKS}"] if blocks else [])]
    for memory in blocks:
        shape = {"SIZE": memory.depth, "WIDTH": memory.width, "RD_PORTS": memory.reads, "WR_PORTS": memory.writes}
        chosen = "t:$mem_v2" + "".join(f" r:{name}={value} %i" for name, value in shape.items())
        lines.append(f"techmap -map {memory.macro}_map.v {chosen}")
    lines += ["memory_map", "setattr -unset init", f"synth -top {top} -noabc -run fine:check", "delete t:$scopeinfo"]
    lines += ["splitnets -format _", "rename -wire -suffix _reg t:$_SDFF* t:$_DFF* %u", f"write_rtlil {GENERIC}", ""]
    return "\n".join(lines)


def _map(library: Library) -> str:
    """To the library's cells."""
    lines = [f"read_liberty -lib {IGNORED} {LIBRARY}", f"read_rtlil {GENERIC}"]
    lines += [f"write_json {GENERIC_JSON}"]
    lines += [f"dfflibmap -liberty {LIBRARY}", "opt", f"abc -liberty {LIBRARY} -constr drive.constr -script gates.abc"]
    if library.ties:
        low, high = library.ties
        lines.append(f"hilomap -locell {low.name} {low.output} -hicell {high.name} {high.output}")
    lines += ["setundef -zero", "splitnets -format _", "opt_clean -purge"]
    lines += [f"write_rtlil {MAPPED}", f"write_json {MAPPED_JSON}", ""]
    return "\n".join(lines)


def _finish() -> str:
    return f"""read_liberty -lib {IGNORED} {LIBRARY}
read_rtlil {MAPPED}
tee -q -o cells.json stat -json
write_json {MAPPED_JSON}
write_verilog -noattr -noexpr -simple-lhs netlist.v
"""


def _plain(text: str) -> str:
    """Verilog of gates without signs, which mean nothing there and which some readers do not take."""
    text = re.sub(r"^/\* Generated by .*\n", "", text)
    return re.sub(r"^(\s*(?:input|output|wire|reg)) signed ", r"\1 ", text, flags=re.MULTILINE).lstrip("\n")
