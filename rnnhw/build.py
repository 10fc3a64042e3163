"""A board's bitstream and what belongs to it, in a folder."""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from rnnhw.board_file import FILE, FORMAT, NETWORK_FILE, BoardFile, built_files, digest
from rnnhw.boards import Board
from rnnhw.boards.clock import Clock
from rnnhw.closing import Attempt, Builder, Wishes
from rnnhw.errors import RnnhwError
from rnnhw.estimate import cycles_per_inference
from rnnhw.files import write_folder
from rnnhw.room import check_fits
from rnnhw.synth import SynthesisError
from rnnhw.synth.flash import pack_flash

LOGS = "logs"
FAILED = ".failed"  # what the logs of a build that failed stand in, beside the output


@dataclass(frozen=True)
class Built:
    """What a build wrote.

    Parameters
    ----------
    folder : Path
    board : BoardFile
    bitstream : str
        Its name in the folder.
    """

    folder: Path
    board: BoardFile
    bitstream: str


def build(design, board: Board, folder, wishes: Wishes | None = None, *, length: int | None = None, say=None) -> Built:
    """Build a design for a board, and write everything into a folder.

    Parameters
    ----------
    design : Design
        Made for this board.
    board : Board
    folder : path
        Made, or replaced if it is an earlier build.
    wishes : Wishes, optional
    length : int, optional
        Steps of a sequence, for the inferences a second.
    say : callable, optional
        Takes a line when something long begins.

    Raises
    ------
    RnnhwError
        If the design does not fit, the clock cannot be made, or the folder holds something else.
    SynthesisError
        If a tool fails or timing is not met; the logs are then kept in ``<folder>.failed``.
    """
    wishes, folder = wishes or Wishes(), Path(folder).resolve()
    if board.flow != "bitstream":
        raise RnnhwError(f"board {board.name}: its bitstream is made by {board.flow.capitalize()}, not by open tools")
    wishes.check(board)
    check_fits(design, board, wishes.link)
    results = []

    def fill(partial: Path) -> None:
        builder = Builder(design, board, wishes, partial, say or (lambda text: None))
        try:
            attempt = builder.run()
            results.append(_write(partial, builder, attempt, length))
        except SynthesisError as error:
            raise _with_log(error, partial, folder) from None

    write_folder(folder, fill, built_files)
    shutil.rmtree(_failed(folder), ignore_errors=True)
    content, bitstream = results[0]
    return Built(folder, content, bitstream)


def _write(partial: Path, builder: Builder, attempt: Attempt, length: int | None) -> tuple[BoardFile, str]:
    """Pack the bitstream and write what belongs to it; the tools' own files go, their logs stay."""
    design, board = builder.design, builder.board
    builder.say("packing the bitstream")
    bitstream = attempt.flow.pack(attempt.best, design.name)
    shutil.move(attempt.flow.folder / bitstream, partial / bitstream)
    if builder.image is not None:
        packed = pack_flash((partial / bitstream).read_bytes(), design.load_image(), builder.image.offset)
        (partial / bitstream).write_bytes(packed)
    _keep_logs(attempt.flow.folder, partial / LOGS)
    for folder in partial.glob("work-*"):
        shutil.rmtree(folder)
    design.qnet.save(partial / NETWORK_FILE)
    files = {str(path.relative_to(partial)): digest(path) for path in sorted(partial.rglob("*")) if path.is_file()}
    content = BoardFile(
        format=FORMAT,
        board=board.name,
        device=board.device.name,
        name=design.name,
        link=builder.link,
        baud=builder.baud,
        clock_hz=attempt.clock.rounded_hz,
        identity=design.identity.hex(),
        network=NETWORK_FILE,
        hardware=design.plan.hardware,
        timing=_timing(attempt),
        utilisation={name: list(pair) for name, pair in attempt.best.report.utilisation.items() if pair[0]},
        flash=None if builder.image is None else asdict(builder.image),
        figures=figures(design.plan, attempt.clock, length),
        tools=attempt.flow.versions(),
        seed=attempt.best.seed,
        files=files,
    )
    (partial / FILE).write_text(content.to_json())
    return content, bitstream


def _timing(attempt: Attempt) -> dict:
    critical = attempt.best.report.to_json()["critical"]
    if critical is not None:
        critical |= {"through": list(critical["through"]), "text": str(attempt.best.report.critical)}
    return {
        "clock_mhz": float(attempt.clock.hz) / 1e6,
        "constraint_mhz": attempt.constraint_mhz,
        "reached_mhz": attempt.best.report.slowest_mhz,
        "seeds": {str(item.seed): item.report.slowest_mhz for item in attempt.routed},
        "critical_path": critical,
    }


def figures(plan, clock: Clock, length: int | None) -> dict:
    """What the core does in a second: steps, and inferences of sequences of `length` steps, one after another."""
    values = {"cycles_per_step": plan.cycles_per_step, "steps_per_second": float(clock.hz) / plan.cycles_per_step}
    if length is not None:
        cycles = cycles_per_inference(plan, length)
        values |= {"length": length, "cycles_per_inference": cycles, "inferences_per_second": float(clock.hz) / cycles}
    return values


def _failed(folder: Path) -> Path:
    return folder.with_name(folder.name + FAILED)


def _keep_logs(work: Path, logs: Path) -> None:
    logs.mkdir(parents=True, exist_ok=True)
    for path in [*work.glob("*.log"), *work.glob("*.report.json")]:
        shutil.copy(path, logs / path.name)


def _with_log(error: SynthesisError, partial: Path, folder: Path) -> SynthesisError:
    """Keep the logs of a build that failed, and say where they are."""
    kept = _failed(folder)
    shutil.rmtree(kept, ignore_errors=True)
    works = sorted(partial.glob("work-*"), key=lambda path: path.stat().st_mtime)
    for work in works[-1:]:
        _keep_logs(work, kept)
    shown = kept / error.log if error.log else kept
    return SynthesisError(f"{error}; see {shown}" if works else str(error), error.log)
