"""The core's clock on a board: from its oscillator, with a PLL or without."""

from dataclasses import dataclass
from fractions import Fraction

from rnnhw.errors import RnnhwError

from .board import Board
from .pll import PLLS, Pll, choose, fastest, frequencies
from .pll.base import MHZ, NEAREST, mhz

INTERNAL = "SB_HFOSC"  # an iCE40's own oscillator, as a platform's clock
INTERNAL_DIVIDERS = 4  # by 1, 2, 4 and 8


@dataclass(frozen=True)
class Clock:
    """A clock that a board can give its core.

    Parameters
    ----------
    hz : Fraction
    pll : Pll, optional
        Without one it is the oscillator itself, divided by ``2**shift`` (which only an internal one can be).
    shift : int
    """

    hz: Fraction
    pll: Pll | None = None
    shift: int = 0

    @property
    def rounded_hz(self) -> int:
        """In whole hertz."""
        return round(self.hz)

    def __str__(self) -> str:
        return f"{mhz(self.hz)} MHz"


def _source_hz(board: Board) -> int:
    return round(board.clock_mhz * MHZ)


def _plain(board: Board) -> list[Clock]:
    """What there is without a PLL."""
    source = _source_hz(board)
    internal = board.internal_oscillator
    return [Clock(Fraction(source, 1 << shift), None, shift) for shift in range(INTERNAL_DIVIDERS if internal else 1)]


def clock_for(board: Board, target_mhz: float) -> Clock:
    """The clock nearest to a frequency, without a PLL where that is as near.

    Raises
    ------
    RnnhwError
        If none is near (2 %).
    """
    target = round(target_mhz * MHZ)
    plain = min(_plain(board), key=lambda clock: abs(clock.hz - target))
    if plain.hz == target:
        return plain
    try:
        pll = choose(PLLS[board.device.family], _source_hz(board), target)
    except RnnhwError as error:
        if abs(plain.hz - target) <= NEAREST * target:
            return plain
        raise RnnhwError(f"board {board.name}: {error}") from None
    return plain if abs(plain.hz - target) <= abs(pll.output_hz - target) else Clock(pll.output_hz, pll)


def fastest_clock(board: Board, limit_mhz: float) -> Clock | None:
    """The fastest clock of at most `limit_mhz`; None if all are faster."""
    limit = Fraction(limit_mhz) * MHZ
    found = [clock for clock in _plain(board) if clock.hz <= limit]
    pll = fastest(PLLS[board.device.family], _source_hz(board), limit)
    if pll is not None:
        found.append(Clock(pll.output_hz, pll))
    return max(found, key=lambda clock: clock.hz, default=None)


def clock_range(board: Board) -> tuple[Fraction, Fraction]:
    """The slowest and the fastest clock, in hertz."""
    every = [clock.hz for clock in _plain(board)] + frequencies(PLLS[board.device.family], _source_hz(board))
    return min(every), max(every)
