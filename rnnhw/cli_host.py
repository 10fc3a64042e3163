"""``rnnhw board-sim`` and ``rnnhw infer``: a simulated board, and inferences on a board."""

import io
import json
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from rnnhw.cli_options import As, Config
from rnnhw.cli_tools import progress, show

app = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="What rnnhw build wrote.")]
Keep = Annotated[Path | None, typer.Option(help="Folder that keeps the compiled board for the next time.")]
Port = Annotated[str, typer.Argument(help="/dev/ttyUSB1, COM5, /dev/spidev0.0, or what rnnhw board-sim says.")]
Data = Annotated[Path, typer.Argument(help="Sequences (.npz with x, and with labels y for the accuracy).")]
BuildFolder = Annotated[Path | None, typer.Option("--design", help="What rnnhw build wrote: the board must run it.")]
Answers = Annotated[Path | None, typer.Option("--output", "-o", help="Write the answers to this .npz file.")]
Baud = Annotated[int | None, typer.Option(min=1, help="By default the design's, or 1,000,000; for SPI its clock.")]
Timeout = Annotated[float, typer.Option(help="Seconds of silence after which the board is given up.")]


@app.command("board-sim")
def board_sim(folder: Folder, keep: Keep = None, as_json: As = False, config: Config = None) -> None:
    """Serve a built design as a simulated board, pin by pin, until Ctrl-C."""
    from rnnhw.sim.board import SimulatedBoard

    with progress("compiling the board", quiet=as_json):
        simulated = SimulatedBoard(folder, folder=keep)
    try:
        with simulated:
            core = simulated.core
            answer = {"port": simulated.port, "design": core.identity.hex(), "link": core.link, "baud": core.baud}
            answer |= {"clock_hz": core.clock_hz}
            rate = f"{core.baud:,} baud" if core.link == "uart" else "SPI"
            line = (
                f"{simulated.port}: design {core.identity.hex()}, {rate}, {core.clock_hz / 1e6:g} MHz; Ctrl-C ends it"
            )
            print(json.dumps(answer) if as_json else line, flush=True)
            simulated.wait()
    except KeyboardInterrupt:  # the way in which it is meant to end
        print("ended", file=sys.stderr)


@app.command()
def infer(
    port: Port,
    data: Data,
    design: BuildFolder = None,
    output: Answers = None,
    baud: Baud = None,
    timeout: Timeout = 3.0,
    as_json: As = False,
    config: Config = None,
) -> None:
    """Run sequences on a board, or on a simulated one."""
    import rnnhw.host
    from rnnhw.network import load_data

    with rnnhw.host.open(port, design, baud=baud or _baud(design), timeout=timeout) as board:
        loaded = load_data(data, board.info.input_size)
        board.reset()  # the counters are those of these sequences
        started = time.perf_counter()
        with _bar(len(loaded.x), quiet=as_json) as done:
            y_raw = board.infer_raw(board.input.from_float(loaded.x), loaded.lengths, progress=done)
        seconds, counters, info = time.perf_counter() - started, board.counters(), board.info
    y = info.output.to_float(y_raw)
    if output is not None:
        _write(output, y=y, y_raw=y_raw)
    right = None if loaded.y is None else accuracy(info, y, loaded.lengths, loaded.y)
    count = len(loaded.x)
    lines = [f"design {info.identity.hex()}: {count} sequences in {seconds:.2f} s, {count / seconds:,.0f} a second"]
    if right is not None:
        lines.append(f"accuracy: {100 * right:.2f} %")
    lines.append(f"{counters.cycles:,} cycles, {counters.busy_cycles:,} of them busy; {counters.saturations:,} clipped")
    answer = {"port": port, "design": info.identity.hex(), "sequences": count, "seconds": seconds, "accuracy": right}
    show(as_json, answer | {"counters": asdict(counters), "answers": output}, *lines)


def accuracy(info, y: np.ndarray, lengths: np.ndarray, labels: np.ndarray) -> float | None:
    """Share of the labels that the answers agree with; None if they are no labels of such answers."""
    if labels.dtype.kind not in "iu" or (info.output_size == 1 and info.output.frac):
        return None
    found = y[..., 0] if info.output_size == 1 else y.argmax(-1)
    if info.mode == "one-to-one":
        found = found[:, 0]
    if found.shape != labels.shape:
        return None
    counted = np.ones(found.shape, bool)
    if info.mode == "many-to-many":
        counted = np.arange(found.shape[1]) < lengths[:, None]
    return float((found == labels)[counted].mean())


def _baud(design: Path | None) -> int:
    if design is None:
        return 1_000_000
    from rnnhw.board_file import read_board_file

    return read_board_file(design).baud


def _write(path: Path, **arrays) -> None:
    from rnnhw.files import write_whole

    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


@contextmanager
def _bar(total: int, quiet: bool):
    """A progress bar, where somebody looks; gives a function of how many are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    with Progress(console=console) as bars:
        task = bars.add_task("sequences", total=total)
        yield lambda done, _: bars.update(task, completed=done)
