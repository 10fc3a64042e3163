"""``rnnhw build`` and ``rnnhw boards``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from rnnhw.cli_chip import asic_wishes, show_asic, show_vivado
from rnnhw.cli_options import As, Calibrate, Clock, Config, Facts, Group, Knobs, Name, Numbers, given, grouped, option
from rnnhw.cli_tools import open_quantized, progress, show, typical_length
from rnnhw.errors import RnnhwError

app = typer.Typer()
BUILD = "Bitstream"
DEFAULT_FOLDER = "build"
DEFAULT_LANES = 8  # of the shipped model in standard cells


@dataclass(frozen=True)
class Wanted(Group):
    """Fields of `rnnhw.build.Wishes`."""

    clock: option(Clock, BUILD, "Of the core in MHz, or max: the fastest that is met.", metavar="MHZ") = None
    seed: option(int, BUILD, "The first that nextpnr is run with.", min=0) = 1
    seeds: option(int, BUILD, "How many are tried until timing is met.", min=1) = 3
    link: option(str | None, BUILD, "uart or spi; by default what is usual on the board.") = None
    baud: option(int | None, BUILD, "Of the UART; by default the board's.", min=1) = None


@app.command()
@grouped
def build(
    ctx: typer.Context,
    facts: Facts,
    numbers: Numbers,
    knobs: Knobs,
    wanted: Wanted,
    model: Annotated[
        Path | None,
        typer.Argument(help="A model, a .rnnq, or what rnnhw generate wrote; by default the shipped digits model."),
    ] = None,
    board: Annotated[str | None, typer.Option(help="A board (rnnhw boards), or a file that defines BOARD.")] = None,
    liberty: Annotated[
        Path | None, typer.Option(help="A Liberty file: map the core to its standard cells instead.", metavar="FILE")
    ] = None,
    memories: Annotated[
        str, typer.Option(help="With --liberty: auto, flops, or the bits above which memories are RAM macros.")
    ] = "auto",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder; default build/NAME-BOARD.")] = None,
    calibrate: Calibrate = None,
    name: Name = None,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Make a board's bitstream: the core, its host link, clock and pins, with timing met; or a chip's netlist."""
    from rnnhw.boards import find
    from rnnhw.build import Wishes, build

    wishes = Wishes(**wanted.values())
    if liberty is not None:
        clock, memories = asic_wishes(given(ctx), wishes.clock, memories)
        design, _ = _design(ctx, model, None, facts, numbers, knobs, calibrate, name)
        folder = output or Path(DEFAULT_FOLDER) / f"{design.name}-{liberty.stem}"
        return show_asic(design, liberty, folder, clock, memories, as_json)
    if "memories" in given(ctx):
        raise RnnhwError("--memories has an effect with --liberty only")
    if board is None:
        raise RnnhwError("--board is missing: one of rnnhw boards, or a file that defines BOARD")
    found = find(board)
    design, length = _design(ctx, model, found, facts, numbers, knobs, calibrate, name)
    folder = output or Path(DEFAULT_FOLDER) / f"{design.name}-{found.name}"
    if found.flow == "vivado":
        return show_vivado(design, found, folder, wishes, length, as_json)
    with progress(f"building for {found.name}", quiet=as_json) as say:
        built = build(design, found, folder, wishes, length=length, say=say)
    file = built.folder / built.bitstream
    line = f"{file} written; program it with: {found.program.format(file=file)}"
    answer = {"folder": str(built.folder), "bitstream": built.bitstream} | built.board.model_dump()
    return show(as_json, answer, _table(built.board), line)


def _design(ctx, model, board, facts, numbers, knobs, calibrate, name):
    """The design, and the steps of a typical sequence if there is data that says so; without a board for a chip."""
    from rnnhw.design import Design

    if model is not None and model.is_dir():
        return _generated(ctx, model, board, name), None
    options = knobs.values()
    if model is None:
        from rnnhw import data

        model, calibrate, name = data.digits_model(), calibrate or data.digits_calibration(), name or "digits_lstm"
        lanes = DEFAULT_LANES if board is None else board.lanes
        options = {"lanes": lanes} | options if "multipliers" not in options else options
    if board is None and "weights" not in given(ctx):
        options["weights"] = "loadable"  # nothing is in a chip's memories at power-up
    if board is not None:
        options["count_saturations"] = True  # the host can ask for it
    qnet, calibration = open_quantized(model, facts.values(), numbers.values(), calibrate, given(ctx))
    length = None if calibration is None else typical_length(calibration)
    return Design(qnet, target=board, name=name, **options), length


def _generated(ctx, folder: Path, board, name):
    """The design of an output folder; its network and its options stay as they are."""
    from rnnhw.cli_options import fields_of
    from rnnhw.design import Design
    from rnnhw.output_folder import open_folder

    for option_name in (*fields_of(Facts), *fields_of(Numbers), *fields_of(Knobs), "calibrate"):
        if option_name in given(ctx):
            flag = option_name.replace("_", "-")
            raise RnnhwError(f"{folder}: is a generated core, --{flag} has no effect on it")
    core = open_folder(folder).core
    options = core.plan.hardware.model_dump()
    if board is not None:
        options["count_saturations"] = True  # the host can ask for it
    return Design(core.plan.network, target=board, name=name or core.name, **options)


def _table(board) -> Table:
    """What was built, for people."""
    table = Table("figure", "value", title=f"{board.name} on {board.board} ({board.device})")
    table.columns[1].justify = "right"
    for kind, (used, there) in board.utilisation.items():
        share = f"{used:,} of {there:,} ({100 * used / there:.0f} %)" if there else f"{used:,}"
        table.add_row(kind, share)
    timing, figures = board.timing, board.figures
    table.add_row("clock", f"{timing['clock_mhz']:.6g} MHz")
    table.add_row("reached", f"{timing['reached_mhz']:.2f} MHz with seed {board.seed}")
    if timing["critical_path"] is not None:
        table.add_row("slowest path", f"{timing['critical_path']['start']} -> {timing['critical_path']['end']}")
    table.add_row("link", f"uart, {board.baud:,} baud" if board.link == "uart" else "spi")
    table.add_row("cycles per step", f"{figures['cycles_per_step']:,}")
    table.add_row("steps per second", f"{figures['steps_per_second']:,.0f}")
    if "length" in figures:
        table.add_row(f"inferences of {figures['length']} steps per second", f"{figures['inferences_per_second']:,.0f}")
    table.add_row("identity", board.identity)
    return table


@app.command()
def boards(as_json: As = False) -> None:
    """List the boards: device, what it holds, clock, link."""
    from rnnhw.boards import BOARDS

    rows = [_row(board) for board in BOARDS.values()]
    table = Table("board", "device", "LUT", "FF", "DSP", "block RAM", "oscillator", "core clock", "link", "flow")
    table.columns[0].no_wrap = True
    for row in rows:
        values = [str(row[key]) for key in ("name", "device", "lut", "ff", "dsp", "block_ram")]
        clocks = [f"{row[key]:g} MHz" for key in ("oscillator_mhz", "core_mhz")]
        table.add_row(*values, *clocks, ", ".join(row["links"]), row["flow"])
    show(as_json, {"boards": rows}, table)


def _row(board) -> dict:
    device = board.device
    return {
        "name": board.name,
        "title": board.title,
        "device": device.name,
        "family": device.family,
        "lut": device.lut,
        "ff": device.ff,
        "dsp": device.dsp,
        "block_ram": device.block_ram,
        "oscillator_mhz": board.clock_mhz,
        "core_mhz": board.core_mhz,
        "links": list(board.links),
        "baud": board.baud,
        "lanes": board.lanes,
        "flow": board.flow,
    }
