"""From a design to a routed one that meets timing: clocks and seeds are tried until one does."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from rnnhw.boards import Board
from rnnhw.boards.clock import Clock, clock_for, fastest_clock
from rnnhw.boards.parts import part_of
from rnnhw.boards.shell import Shell
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice, integer
from rnnhw.gateware.link import FlashImage, LinkedCore
from rnnhw.gateware.primitives import find_primitives
from rnnhw.room import check_cells
from rnnhw.synth import Cells, Flow, Routed, SynthesisError

PACKED = ("ice40",)  # families whose bitstream's file is what stands in the flash, so that weights can stand behind it
GAIN = Fraction(101, 100)  # a clock that is faster by less than that is not tried
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
    seeds: int = 3
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

    def link_on(self, board: Board) -> str:
        """The link on a board."""
        return choice("link", self.link or board.links[0], board.links)

    def clock_on(self, board: Board) -> Clock:
        """The clock on a board; for "max" the one to begin with."""
        return clock_for(board, board.core_mhz if self.clock in (None, "max") else self.clock)

    def check(self, board: Board) -> None:
        """Refuse what a board cannot do.

        Raises
        ------
        RnnhwError
        """
        self.link_on(board)
        self.clock_on(board)


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
        self.link = self.wishes.link_on(self.board)
        self.baud = self.wishes.baud or self.board.baud

    @property
    def image(self) -> FlashImage | None:
        """Where loadable weights lie in the board's flash; None where they come from the host alone."""
        flash, plan = self.board.flash, self.design.plan
        if plan.hardware.weights == "rom" or flash is None or self.board.device.family not in PACKED:
            return None
        image = FlashImage(flash.offset, plan.load_cycles)
        return image if image.offset + image.length <= flash.size else None

    def run(self) -> Attempt:
        """The attempt of which the bitstream is made.

        Raises
        ------
        SynthesisError
            If a tool fails or timing is not met.
        """
        attempt = self.attempt(self.wishes.clock_on(self.board))
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
            if clock is None or clock.hz in attempts or (last.met and clock.hz < last.clock.hz * GAIN):
                break
            last = attempts[clock.hz] = self.attempt(clock)
        met = [attempt for attempt in attempts.values() if attempt.met]
        return max(met, key=lambda attempt: attempt.clock.hz) if met else last

    def _prepare(self, clock: Clock) -> Flow:
        """Make RTLIL and constraints in a folder of their own, which the tools run in."""
        platform = self.board.platform()
        part = part_of(self.board.device.family, platform)
        linked = LinkedCore(
            self.design.plan,
            identity=self.design.identity,
            clock_hz=clock.rounded_hz,
            link=self.link,
            baud=self.baud,
            primitives=find_primitives(self.board.device.family),
            image=self.image,
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
