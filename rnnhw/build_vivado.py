"""What Vivado needs for a board's bitstream: sources, constraints, script; and an estimate of the resources."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from rnnhw.board_file import FILE, FORMAT, NETWORK_FILE, BoardFile, built_files, digest
from rnnhw.boards import Board
from rnnhw.boards.clock import Clock, clock_for
from rnnhw.boards.shell import Shell
from rnnhw.build import figures
from rnnhw.closing import Wishes
from rnnhw.emit.systemverilog import to_systemverilog
from rnnhw.errors import RnnhwError
from rnnhw.files import write_folder
from rnnhw.fixedpoint.checks import choice
from rnnhw.gateware.link import LinkedCore
from rnnhw.gateware.primitives import find_primitives
from rnnhw.room import check_fits
from rnnhw.synth import xilinx
from rnnhw.synth.tools import versions

RESOURCES_FILE = "resources.json"
MADE = (("reports", "*"), (".", "*.bit"))  # what running the script leaves


@dataclass(frozen=True)
class VivadoBuild:
    """What was written for Vivado.

    Parameters
    ----------
    folder : Path
    board : BoardFile
    script : str
        Name of the Tcl script in the folder.
    """

    folder: Path
    board: BoardFile
    script: str

    def table(self) -> Table:
        """Resources by yosys, clock and link."""
        board = self.board
        table = Table("figure", "value", title=f"{board.name} on {board.board} ({board.device})")
        table.columns[1].justify = "right"
        for kind, (used, there) in board.utilisation.items():
            table.add_row(f"{kind} (by yosys)", f"{used:,} of {there:,} ({100 * used / there:.0f} %)")
        table.add_row("clock, for Vivado to meet", f"{board.timing['clock_mhz']:.6g} MHz")
        table.add_row("link", f"uart, {board.baud:,} baud" if board.link == "uart" else "spi")
        table.add_row("cycles per step", f"{board.figures['cycles_per_step']:,}")
        table.add_row("steps per second", f"{board.figures['steps_per_second']:,.0f}")
        if "length" in board.figures:
            what = f"inferences of {board.figures['length']} steps per second"
            table.add_row(what, f"{board.figures['inferences_per_second']:,.0f}")
        table.add_row("identity", board.identity)
        return table


def build_vivado(design, board: Board, folder, wishes: Wishes | None = None, *, length=None, say=None) -> VivadoBuild:
    """Write a board's design as SystemVerilog with constraints and a script for Vivado.

    The folder gets ``<name>.sv`` (and ``<name>_roms.sv``), ``<name>.xdc``, ``<name>.tcl``, ``resources.json`` (by
    yosys' `synth_xilinx`), ``network.rnnq`` and ``board.json``.

    Parameters
    ----------
    design : Design
        Made for this board.
    board : Board
        With a device of Xilinx' 7 series.
    folder : path
        Made, or replaced if it is an earlier build.
    wishes : Wishes, optional
        Its seeds mean nothing to Vivado.
    length : int, optional
        Steps of a sequence, for the inferences a second.
    say : callable, optional
        Takes a line when something long begins.

    Raises
    ------
    RnnhwError
        If the design does not fit, the clock cannot be made, or the folder holds something else.
    SynthesisError
        If yosys fails.
    """
    wishes, say = wishes or Wishes(), say or (lambda text: None)
    if board.flow != "vivado":
        raise RnnhwError(f"board {board.name}: its bitstream is made by open tools, not by Vivado")
    if wishes.clock == "max":
        raise RnnhwError(f"board {board.name}: clock must be a number of MHz; only Vivado finds the fastest one")
    check_fits(design, board, wishes.link)
    clock = clock_for(board, board.core_mhz if wishes.clock is None else wishes.clock)
    link = choice("link", wishes.link or board.links[0], board.links)
    baud = wishes.baud or board.baud
    linked = LinkedCore(
        design.plan,
        identity=design.identity,
        clock_hz=clock.rounded_hz,
        link=link,
        baud=baud,
        primitives=find_primitives(board.device.family),
    )
    prepared = xilinx.prepare(board.platform(), Shell(board, clock, linked, link))
    say("counting resources with yosys")
    counted = xilinx.count_resources(prepared.rtlil)
    contents = []

    def fill(partial: Path) -> None:
        _sources(partial, design, prepared, clock)
        (partial / RESOURCES_FILE).write_text(json.dumps(counted, indent=2) + "\n")
        files = {path.name: digest(path) for path in sorted(partial.iterdir())}
        contents.append(
            BoardFile(
                format=FORMAT,
                board=board.name,
                device=board.device.name,
                name=design.name,
                link=link,
                baud=baud,
                clock_hz=clock.rounded_hz,
                identity=design.identity.hex(),
                network=NETWORK_FILE,
                hardware=design.plan.hardware,
                timing={"clock_mhz": float(clock.hz) / 1e6, "constraint_mhz": float(clock.hz) / 1e6},
                utilisation=_utilisation(counted, board.device),
                figures=figures(design.plan, clock, length),
                tools=versions(("yosys",)),
                seed=0,
                files=files,
            )
        )
        (partial / FILE).write_text(contents[0].to_json())

    return VivadoBuild(write_folder(folder, fill, _ours), contents[0], f"{design.name}.tcl")


def _sources(folder: Path, design, prepared: xilinx.Prepared, clock: Clock) -> None:
    name = design.name
    header = f"{name} behind its host link, with the board's pins; {clock}. Made by rnnhw; this file is yours."
    sources = to_systemverilog(prepared.rtlil, top=xilinx.TOP, header=header)
    texts = {f"{name}.sv": sources.logic} | ({f"{name}_roms.sv": sources.memories} if sources.memories else {})
    texts |= {f"{name}.xdc": prepared.constraints, f"{name}.tcl": xilinx.script(name, prepared.part, list(texts))}
    for file, text in texts.items():
        (folder / file).write_text(text)
    design.qnet.save(folder / NETWORK_FILE)


def _utilisation(counted: dict[str, int], device) -> dict[str, list[int]]:
    """Used and there are; a RAMB36 is two of the device's RAMB18."""
    ram = counted["RAMB18"] + 2 * counted["RAMB36"]
    pairs = {"LUT": device.lut, "FF": device.ff, "DSP48E1": device.dsp}
    return {name: [counted[name], there] for name, there in pairs.items()} | {"RAMB18": [ram, device.block_ram]}


def _ours(folder: Path) -> set[str]:
    """Files of an earlier build, with what Vivado left there when it ran the script."""
    names = built_files(folder)
    return names | {
        path.relative_to(folder).as_posix()
        for where, pattern in MADE
        for path in (folder / where).glob(pattern)
        if names
    }
