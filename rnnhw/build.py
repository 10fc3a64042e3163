"""From a design to a board's bitstream, with timing met."""

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rnnhw.board_file import FILE, FORMAT, NETWORK_FILE, BoardFile, built_files, digest
from rnnhw.boards import Board
from rnnhw.boards.clock import Clock, clock_for, fastest_clock
from rnnhw.boards.parts import part_of
from rnnhw.boards.shell import Shell
from rnnhw.errors import RnnhwError
from rnnhw.files import write_folder
from rnnhw.fit import check_cells, check_fits
from rnnhw.fixedpoint.checks import choice, integer
from rnnhw.plan import StepMark
from rnnhw.synth import Cells, Flow, Routed, SynthesisError

LOGS = "logs"
FAILED = ".failed"  # what the logs of a build that failed stand in, beside the output
PERIODS = 8  # sequences of each stream, of which the later ones tell the cycles of one
ROUNDS = 4  # clocks that are tried, at most, to find the fastest one


@dataclass(frozen=True)
class Wishes:
    """What a build is asked for.

    Parameters
    ----------
    clock : float or "max", optional
        The core's clock in MHz; by default the board's usual one. "max": the fastest that is met.
    seed : int
        The first that nextpnr is run with.
    seeds : int
        How many are tried, at most: the first that meets timing is taken, for "max" the best.
    link : str, optional
        "uart" or "spi"; by default the board's usual one.
    baud : int, optional
        Of the UART; by default the board's.
    all_seeds : bool
        Try all seeds even if one meets timing, and take the best.

    Raises
    ------
    RnnhwError
    """

    clock: float | str | None = None
    seed: int = 1
    seeds: int = 1
    link: str | None = None
    baud: int | None = None
    all_seeds: bool = False

    def __post_init__(self):
        integer("seed", self.seed, 0)
        integer("seeds", self.seeds, 1)
        if self.baud is not None:
            integer("baud", self.baud, 1)
        number = isinstance(self.clock, int | float) and not isinstance(self.clock, bool) and self.clock > 0
        if self.clock is not None and self.clock != "max" and not number:
            raise RnnhwError(f"clock must be a number of MHz above 0, or 'max', not {self.clock!r}")


@dataclass(frozen=True)
class Attempt:
    """One clock: what yosys made, and what nextpnr reached with each seed."""

    clock: Clock
    flow: Flow
    cells: Cells
    routed: tuple[Routed, ...]
    constraint_mhz: float

    @property
    def best(self) -> Routed:
        """The fastest; of equals the first."""
        return max(self.routed, key=lambda item: item.report.slowest_mhz)

    @property
    def met(self) -> bool:
        """Whether the best one is fast enough."""
        return self.best.report.slowest_mhz >= self.constraint_mhz


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


@dataclass
class Builder:
    """Builds one design for one board in a working folder.

    Parameters
    ----------
    design : Design
    board : Board
    wishes : Wishes
    folder : Path
        Empty; everything is made in it.
    say : callable
        Takes a line when something long begins.
    """

    design: object
    board: Board
    wishes: Wishes
    folder: Path
    say: object = field(default=lambda text: None)

    def __post_init__(self):
        self.link = choice("link", self.wishes.link or self.board.links[0], self.board.links)
        self.baud = self.wishes.baud or self.board.baud

    def run(self) -> Attempt:
        """The attempt of which the bitstream is made.

        Raises
        ------
        SynthesisError
            If a tool fails, the design turns out too large, or timing is not met.
        """
        usual = self.board.core_mhz if self.wishes.clock in (None, "max") else self.wishes.clock
        attempt = self.attempt(clock_for(self.board, usual))
        if self.wishes.clock == "max":
            attempt = self._fastest(attempt)
        if not attempt.met:
            raise SynthesisError(self._not_met(attempt), attempt.best.log)
        return attempt

    def attempt(self, clock: Clock) -> Attempt:
        """Synthesise for a clock and route with seed after seed."""
        flow = self._prepare(clock)
        self.say(f"synthesising for {clock}")
        cells = flow.synthesise()
        check_cells(self.design, self.board, cells)
        needed = float(clock.hz) * (1 + self.board.tolerance) / 1e6
        routed = []
        for seed in range(self.wishes.seed, self.wishes.seed + self.wishes.seeds):
            self.say(f"placing and routing with seed {seed}")
            routed.append(flow.route(seed, needed))
            met = routed[-1].report.slowest_mhz >= needed
            if met and self.wishes.clock != "max" and not self.wishes.all_seeds:
                break
        return Attempt(clock, flow, cells, tuple(routed), needed)

    def _fastest(self, first: Attempt) -> Attempt:
        """Go to the clock that the last attempt reached, as long as that gets any further."""
        attempts, last = {first.clock.hz: first}, first
        for _ in range(ROUNDS):
            clock = fastest_clock(self.board, last.best.report.slowest_mhz / (1 + self.board.tolerance))
            if clock is None or clock.hz in attempts:
                break
            last = attempts[clock.hz] = self.attempt(clock)
        met = [attempt for attempt in attempts.values() if attempt.met]
        return max(met, key=lambda attempt: attempt.clock.hz) if met else last

    def _prepare(self, clock: Clock) -> Flow:
        """Make RTLIL and constraints in a folder of their own, which the tools run in."""
        from rnnhw.gateware.link import LinkedCore
        from rnnhw.gateware.primitives import find_primitives

        platform = self.board.platform()
        part = part_of(self.board.device.family, platform)
        linked = LinkedCore(
            self.design.plan,
            identity=self.design.identity,
            clock_hz=clock.rounded_hz,
            link=self.link,
            baud=self.baud,
            primitives=find_primitives(self.board.device.family),
        )
        prepared = platform.prepare(Shell(self.board, clock, linked, self.link), "top", emit_src=False)
        folder = self.folder / f"work-{clock.rounded_hz}"
        folder.mkdir(parents=True)
        for name in ("top.il", part.constraints):
            content = prepared.files[name]
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return Flow(part, folder)

    def _not_met(self, attempt: Attempt) -> str:
        reached = attempt.best.report.slowest_mhz
        seeds = f"seed {attempt.best.seed}" if len(attempt.routed) == 1 else f"the best of {len(attempt.routed)} seeds"
        spare = f" (with {self.board.tolerance:.0%} for the oscillator)" if self.board.tolerance else ""
        slower = fastest_clock(self.board, reached / (1 + self.board.tolerance))
        advice = "" if slower is None else f"; ask for --clock {float(slower.hz) / 1e6:.4g} or try more --seeds"
        path = attempt.best.report.critical
        return (
            f"timing is not met: {attempt.constraint_mhz:.2f} MHz are needed{spare}, {seeds} reaches {reached:.2f} MHz"
            f"{advice}" + (f"; the slowest path is {path}" if path else "")
        )


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
    check_fits(design, board)
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
        figures=figures(design.plan, attempt.clock, length),
        tools=attempt.flow.versions(),
        seed=attempt.best.seed,
        files=files,
    )
    (partial / FILE).write_text(content.to_json())
    return content, bitstream


def _timing(attempt: Attempt) -> dict:
    critical = attempt.best.report.critical
    return {
        "clock_mhz": float(attempt.clock.hz) / 1e6,
        "constraint_mhz": attempt.constraint_mhz,
        "reached_mhz": attempt.best.report.slowest_mhz,
        "seeds": {str(item.seed): item.report.slowest_mhz for item in attempt.routed},
        "critical_path": None if critical is None else asdict(critical) | {"text": str(critical)},
    }


def figures(plan, clock: Clock, length: int | None) -> dict:
    """What the core does in a second: steps, and inferences of sequences of `length` steps, one after another."""
    values = {"cycles_per_step": plan.cycles_per_step, "steps_per_second": float(clock.hz) / plan.cycles_per_step}
    if length is not None:
        cycles = cycles_per_inference(plan, length)
        values |= {"length": length, "cycles_per_inference": cycles, "inferences_per_second": float(clock.hz) / cycles}
    return values


def cycles_per_inference(plan, length: int) -> float:
    """Cycles from one sequence's answer to the next one's, if sequences of `length` steps follow one another.

    With interleaved streams a sequence's share of the cycles in which all streams run one each.
    """
    network, streams = plan.network, plan.hardware.streams
    if network.mode == "one-to-many":
        return plan.cycles_per_step * network.steps
    steps = 1 if network.mode == "one-to-one" else length
    period = [StepMark(t == 0, t == steps - 1, stream) for t in range(steps) for stream in range(streams)]
    answers = plan.run(period * PERIODS).answers
    later = answers[len(answers) // PERIODS - 1 :: len(answers) // PERIODS]  # the last one of each period
    return (later[-1] - later[PERIODS // 2]) / ((PERIODS - 1 - PERIODS // 2) * streams)


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
