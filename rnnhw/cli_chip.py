"""What the commands do for standard cells, and ``rnnhw build`` for boards whose bitstream Vivado makes."""

from pathlib import Path

from rnnhw.cli_tools import progress, show
from rnnhw.errors import RnnhwError
from rnnhw.synth.tools import SynthesisError

FOR_BOARDS = ("board", "seed", "seeds", "link", "baud")


def asic_wishes(given: tuple[str, ...], clock, memories: str) -> tuple[float | None, str | int]:
    """Clock and memories of `build_asic`, from options of the command line.

    Parameters
    ----------
    given : tuple of str
        Names of the options that the user gave.
    clock : float, "max" or None
    memories : str

    Raises
    ------
    RnnhwError
        If an option is there that means nothing to standard cells.
    """
    for name in FOR_BOARDS:
        if name in given:
            raise RnnhwError(f"--{name} has no effect with --liberty: the core stands alone, without a link and pins")
    return None if clock == "max" else clock, int(memories) if memories.isdecimal() else memories


def chip_options(given: tuple[str, ...]) -> dict:
    """Options of `rnnhw.Design` for an estimate of standard cells, beside those that the user gave.

    Parameters
    ----------
    given : tuple of str
        Names of the options that the user gave.

    Raises
    ------
    RnnhwError
        If an option is there that means nothing to standard cells.
    """
    if "target" in given:
        raise RnnhwError("--liberty must not be given with --board or --target: a core is for the one or the other")
    if "link" in given:
        raise RnnhwError("--link has no effect with --liberty: the core stands alone, without a link and pins")
    return {} if "weights" in given else {"weights": "loadable"}  # nothing is in a chip's memories at power-up


def show_asic(design, liberty: Path, folder: Path, clock_mhz: float | None, memories, as_json: bool) -> None:
    """Map a design to a Liberty file's cells, and show the result.

    Parameters
    ----------
    design : Design
    liberty, folder : Path
    clock_mhz : float or None
    memories : str or int
        See `rnnhw.build_asic.build_asic`.
    as_json : bool

    Raises
    ------
    RnnhwError
        For unusable options or an unusable Liberty file.
    SynthesisError
        If a tool fails, or the clock is not met (the netlist is there for all that).
    """
    from rnnhw.build_asic import build_asic
    from rnnhw.report.asic_tables import asic_tables

    with progress(f"mapping to {liberty.name}", quiet=as_json) as say:
        result = build_asic(design, liberty, folder, clock_mhz, memories, say=say)
    written = f"{folder / design.name}.v written, with report.json, memories.json and models for simulation"
    show(as_json, {"folder": str(result.folder)} | result.report, *asic_tables(result.report), written)
    if result.met is False:
        path = result.report["timing"]["critical"]
        raise SynthesisError(
            f"timing is not met: {clock_mhz:g} MHz are asked for, {path['mhz']:g} MHz reached; the slowest path is "
            f"{path['start']} -> {path['end']}"
        )


def show_vivado(design, board, folder: Path, wishes, length: int | None, as_json: bool) -> None:
    """Write a board's design for Vivado, and show the result.

    Parameters
    ----------
    design : Design
    board : Board
    folder : Path
    wishes : rnnhw.closing.Wishes
    length : int or None
    as_json : bool

    Raises
    ------
    RnnhwError
        For unusable options, or a design that does not fit.
    SynthesisError
        If yosys fails.
    """
    from rnnhw.build_vivado import build_vivado

    with progress(f"writing {board.name} for Vivado", quiet=as_json) as say:
        built = build_vivado(design, board, folder, wishes, length=length, say=say)
    line = (
        f"{folder / built.script} written; make the bitstream with: vivado -mode batch -source {folder / built.script}"
    )
    answer = {"folder": str(built.folder), "script": built.script} | built.board.model_dump()
    show(as_json, answer, built.table(), line)
