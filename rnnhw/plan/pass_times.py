"""What the schedule knows of a pass: plain numbers, and what the drain makes of its groups."""

from collections import deque
from functools import lru_cache
from typing import NamedTuple

from .geometry import Geometry
from .layout import Layout
from .passes import Segment, Turn
from .timing import Timing

KNOWN = 256  # ways in which a pass was drained that are remembered
BLOCKING = ("lstm", "gru")  # kinds whose units' values take a slot at the table later


class Read(NamedTuple):
    """A segment as the first group reads it, which waits for each word.

    Parameters
    ----------
    segment : Segment
    words : int
        Column words.
    tail : int or None
        Words behind the first one that needs the vector's last round. None: an earlier word may be the one that
        holds up the last, as several are read in the time in which a round is written.
    ahead : tuple of int
        For each round: words from the first one that needs it to the last.
    """

    segment: Segment
    words: int
    tail: int | None
    ahead: tuple[int, ...]


class Drained(NamedTuple):
    """What becomes of a pass's groups, in cycles from the first capture if that need not wait.

    Parameters
    ----------
    written : tuple of int
        When each round of results is written.
    holds : tuple of (int, int)
        Each capture that waits for the drain: its cycle if none waited, and by how much all have waited by then.
    last : int
        When the last row is issued.
    blocked : tuple of int
        Cycles behind it in which no row may be issued.
    """

    written: tuple[int, ...]
    holds: tuple[tuple[int, int], ...]
    last: int
    blocked: tuple[int, ...]


class PassTimes:
    """A turn with its timing.

    Parameters
    ----------
    turn : Turn
    timing : Timing
    fewest : int
        Rows of a unit, at least, of all passes that write what this one reads.
    """

    def __init__(self, turn: Turn, timing: Timing, fewest: int):
        self.recurrent, self.final, self.units = turn.recurrent, turn.final, turn.units
        self.rounds, self.words, self.groups = turn.rounds, turn.words, turn.groups
        self.gates, self.geometry, self.final_rows = len(turn.gates), turn.geometry, turn.final_rows
        self.written = timing.written(turn.kind)
        self.blocked = timing.blocked(turn.kind) if turn.kind in BLOCKING else 0
        self.reads = tuple(_read(segment, turn.geometry, fewest) for segment in turn.segments)
        self.releases = 0  # words from the one with which the step has left the input buffer to the last
        for segment in reversed(turn.segments):
            if segment.releases:
                break
            self.releases += turn.geometry.words(segment.length)
        self._known: dict[tuple, Drained] = {}

    def drained(self, late: int, blocked: tuple[int, ...]) -> Drained:
        """What becomes of the groups.

        Parameters
        ----------
        late : int
            Cycles by which the first capture has to wait for the drain.
        blocked : tuple of int
            Cycles from when it is due in which no row may be issued.
        """
        key = late, blocked
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KNOWN:
                self._known.clear()
            found = self._known[key] = self._drain(late, blocked)
        return found

    def _drain(self, last: int, before: tuple[int, ...]) -> Drained:
        written, holds, blocked = [], [], deque(before)
        waited = unit = 0  # cycles so far, rows of the unit so far
        for start in range(0, self.groups * self.words, self.words):
            left = self.geometry.lanes if start < (self.groups - 1) * self.words else self.final_rows
            if last > start + waited:
                waited = last - start
                holds.append((start, waited))
            cycle = start + waited + 1
            while left:
                count = min(left, self.gates - unit)
                cycle = _issue(cycle, count, blocked)
                left, unit, last = left - count, unit + count, cycle - 1
                if unit == self.gates:
                    written.append(last + self.written)
                    unit = 0
                    if self.blocked:
                        blocked.append(last + self.blocked)
        return Drained(tuple(written), tuple(holds), last, tuple(cycle for cycle in blocked if cycle > last))


def _issue(cycle: int, count: int, blocked: deque) -> int:
    """Issue rows, one a cycle but for those that are blocked; returns the cycle behind the last."""
    while blocked and blocked[0] < cycle:
        blocked.popleft()
    if not blocked or blocked[0] >= cycle + count:
        return cycle + count
    for _ in range(count):
        while blocked and blocked[0] <= cycle:
            cycle += blocked.popleft() == cycle
        cycle += 1
    return cycle


def _read(segment: Segment, geometry: Geometry, fewest: int) -> Read:
    words, each = geometry.words(segment.length), geometry.pipelines // geometry.columns
    if segment.source == "x" or each <= 1:
        return Read(segment, words, 0, ())
    if fewest >= each:
        return Read(segment, words, words - 1 - each * (segment.rounds - 1), ())
    return Read(segment, words, None, tuple([words - 1 - each * number for number in range(segment.rounds)]))


@lru_cache(maxsize=512)
def pass_times(layout: Layout, timing: Timing) -> tuple[PassTimes, ...]:
    """All passes of an engine."""
    fewest = min(len(turn.gates) for turn in layout.turns)
    return tuple(PassTimes(turn, timing, fewest) for turn in layout.turns)
