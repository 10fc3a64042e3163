"""From a design to a gate-level netlist of standard cells."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from rnnhw.board_file import NETWORK_FILE, digest
from rnnhw.errors import RnnhwError
from rnnhw.files import write_folder
from rnnhw.synth.asic import BLOCKS, MACRO_BITS, AsicNetlist, synthesise_asic
from rnnhw.synth.asic_memories import macro_ports
from rnnhw.synth.liberty import Library, read_library
from rnnhw.synth.sta import Timing, analyse
from rnnhw.synth.tools import SynthesisError, versions

FORMAT = 1
FILE = "report.json"
MEMORIES_FILE = "memories.json"
LOAD_FILE = "load.bin"
LOGIC_SHARE = 0.8  # of a period, that gates are sized for: the rest is for the flip-flops
WORK, LOGS = "work", "logs"
FAILED = ".failed"  # what the logs of a build that failed stand in, beside the output


@dataclass(frozen=True)
class AsicResult:
    """A netlist, and what is known of it.

    Parameters
    ----------
    folder : Path
    report : dict
        What stands in ``report.json``: area, gate_equivalents, cells, memories, timing, ...
    """

    folder: Path
    report: dict

    @property
    def met(self) -> bool | None:
        """Whether the clock that was asked for is met; None if none was, or there was no OpenSTA to tell."""
        return self.report["met"]


def build_asic(design, liberty, folder, clock_mhz=None, memories="auto", *, say=None) -> AsicResult:
    """Map a design to the cells of a Liberty file, and write the netlist and its reports into a folder.

    Parameters
    ----------
    design : Design
        Its contents that are fixed (the activation table, and weights that are not loadable) become logic.
    liberty : path
    folder : path
        Made, or replaced if it is an earlier output.
    clock_mhz : float, optional
        What gates are sized for; by default they are made as fast as they get.
    memories : "auto", "flops" or int
        Memories of more bits than this become RAM macros, black boxes that the chip's designer supplies; "auto" is
        1024. "flops" makes flip-flops of all of them.
    say : callable, optional
        Takes a line when something long begins.

    Returns
    -------
    AsicResult

    Raises
    ------
    RnnhwError
        For unusable options or an unusable Liberty file; nothing is then written.
    SynthesisError
        If a tool fails; its logs are then kept in ``<folder>.failed``.
    """
    limit = _limit(memories)
    if clock_mhz is not None and (isinstance(clock_mhz, bool) or not isinstance(clock_mhz, int | float)):
        raise TypeError(f"clock_mhz must be a number of MHz, not {type(clock_mhz).__name__}")
    if clock_mhz is not None and not 0 < clock_mhz < 1e6:
        raise RnnhwError(f"clock_mhz must be above 0 and below 1000000, not {clock_mhz!r}")
    library, folder = read_library(liberty), Path(folder).resolve()
    reports = []

    def fill(partial: Path) -> None:
        work = partial / WORK
        work.mkdir()
        try:
            netlist, timing = _map(design, library, work, limit, clock_mhz, say or (lambda text: None))
        except SynthesisError as error:
            raise _with_logs(error, work, folder) from None
        reports.append(_write(partial, design, library, netlist, timing, clock_mhz))

    write_folder(folder, fill, written_files)
    return AsicResult(folder, reports[0])


def written_files(folder: Path) -> set[str]:
    """What an earlier build wrote; nothing if the folder is not one of ours."""
    try:
        content = json.loads((Path(folder) / FILE).read_text())
        return {FILE, *content["files"]} if "gate_equivalents" in content else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _limit(memories) -> int | None:
    if memories in ("auto", "flops"):
        return {"auto": MACRO_BITS, "flops": None}[memories]
    if isinstance(memories, int) and not isinstance(memories, bool) and memories >= 0:
        return memories
    raise RnnhwError(f"memories must be 'auto', 'flops' or a number of bits of at least 0, not {memories!r}")


def _map(design, library: Library, work: Path, limit, clock_mhz, say) -> tuple[AsicNetlist, Timing]:
    """Map for the clock that is asked for; if it is missed, once more as fast as it gets."""
    period = None if clock_mhz is None else 1e3 / clock_mhz
    best = None
    for picoseconds in (None,) if period is None else (LOGIC_SHARE * period * 1e3, None):
        say(f"mapping {design.name} to {library.name}")
        netlist = synthesise_asic(design.core.rtlil, design.name, library, work, limit=limit, period_ps=picoseconds)
        say("timing")
        timing = analyse(netlist, library, work, period)
        if best is None or (timing.critical and timing.critical.delay_ns < best[1].critical.delay_ns):
            best = netlist, timing
        if not timing.critical or period is None or timing.critical.delay_ns <= period:
            break
    return best


def _write(folder: Path, design, library: Library, netlist: AsicNetlist, timing: Timing, clock_mhz) -> dict:
    """Write all files; the tools' own go, their logs stay."""
    name, work = design.name, folder / WORK
    (folder / f"{name}.v").write_text(netlist.netlist)
    (folder / f"{name}_cells.v").write_text(netlist.models)
    memories = [_memory(memory) for memory in netlist.memories]
    if any(memory["made_of"] == "macro" for memory in memories):
        shutil.copy(work / BLOCKS, folder / f"{name}_rams.v")
    (folder / MEMORIES_FILE).write_text(json.dumps(memories, indent=2) + "\n")
    critical = timing.critical
    period = 1e3 / clock_mhz if clock_mhz else (critical.delay_ns if critical else None)
    if period is not None:
        (folder / f"{name}.sdc").write_text(_constraints(design, period))
    design.qnet.save(folder / NETWORK_FILE)
    if design.plan.hardware.weights == "loadable":
        (folder / LOAD_FILE).write_bytes(design.load_image())
    (folder / LOGS).mkdir()
    for path in work.glob("*.log"):
        shutil.move(path, folder / LOGS / path.name)
    shutil.rmtree(work)
    report = _report(design, library, netlist, timing, clock_mhz) | {"memories": memories}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    report["files"] = {str(path.relative_to(folder)): digest(path) for path in files}
    (folder / FILE).write_text(json.dumps(report, indent=2) + "\n")
    return report


def _report(design, library: Library, netlist: AsicNetlist, timing: Timing, clock_mhz) -> dict:
    areas = {name: count * library.cells[name].area for name, count in netlist.cells.items()}
    sequential = sum(area for name, area in areas.items() if library.is_sequential(name))
    bits = sum(memory.bits for memory in netlist.memories if memory.made_of == "flip-flops")
    critical = timing.critical
    met = None if clock_mhz is None or critical is None else critical.delay_ns <= 1e3 / clock_mhz
    path = None if critical is None else asdict(critical) | {"mhz": round(1e3 / critical.delay_ns, 2)}
    return {
        "format": FORMAT,
        "name": design.name,
        "library": {"name": library.name, "file": library.path.name, "sha256": digest(library.path)},
        "clock_mhz": clock_mhz,
        "met": met,
        "area": {"total": netlist.area, "sequential": sequential, "combinational": netlist.area - sequential},
        "gate_equivalents": round(netlist.area / library.nand2.area),
        "gate_equivalent": {"cell": library.nand2.name, "area": library.nand2.area},
        "cells": netlist.cells,
        "flip_flops": sum(count for name, count in netlist.cells.items() if library.is_sequential(name)),
        "memory_bits": {
            "macro": sum(memory.bits for memory in netlist.memories if memory.made_of == "macro"),
            "flip-flops": bits,
            "flip-flops_area": bits * library.flip_flops[0].area,
        },
        "timing": {
            "tool": timing.tool,
            "version": timing.version,
            "critical": path,
            "levels": timing.levels,
            "groups": {name: asdict(path) for name, path in timing.groups.items()},
        },
        "held_in_reset": netlist.held,
        "cycles_per_step": design.plan.cycles_per_step,
        "weights": design.plan.hardware.weights,
        "identity": design.identity.hex(),
        "hardware": design.plan.hardware.model_dump(),
        "tools": versions(("yosys",)) | ({"OpenSTA": timing.version} if timing.version else {}),
    }


def _memory(memory) -> dict:
    entry = asdict(memory) | {"bits": memory.bits}
    if memory.made_of == "macro":
        ports = [{"direction": way, "name": name, "width": width} for way, name, width in macro_ports(memory)]
        entry |= {"module": memory.macro, "ports": ports}
    return entry


def _constraints(design, period_ns: float) -> str:
    """Clock and delays for the tools that place and route."""
    inputs, outputs = ["rst"], []
    for channel in design.core.ports.channels:
        given, taken = [f"{channel.name}_{member}" for member in ("valid", *channel.names)], [f"{channel.name}_ready"]
        into = channel.name in ("i", "load", "state")
        inputs += given if into else taken
        outputs += taken if into else given
    outputs += [field.name for field in design.core.ports.status]
    return (
        f"create_clock -name clk -period {period_ns:.4f} [get_ports clk]\n"
        f"set_input_delay 0 -clock clk [get_ports {{{' '.join(inputs)}}}]\n"
        f"set_output_delay 0 -clock clk [get_ports {{{' '.join(outputs)}}}]\n"
    )


def _with_logs(error: SynthesisError, work: Path, folder: Path) -> SynthesisError:
    """Keep the logs of a build that failed, and say where they are."""
    kept = folder.with_name(folder.name + FAILED)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for path in work.glob("*.log"):
        shutil.copy(path, kept / path.name)
    return SynthesisError(f"{error}; see {kept / error.log if error.log else kept}", error.log)
