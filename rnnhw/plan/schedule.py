"""When everything happens: the recurrence that the sequencer and the drain obey, evaluated in Python.

Inputs are offered as soon as the core takes them (or at given times), outputs are taken at once. Then
the result is exact to the cycle; tests hold it against every simulation.
"""

from collections import deque
from dataclasses import dataclass

from .passes import ROW_GATES, Pass
from .timing import CAPTURE, DENSE_RESULT, LOADED, OUTPUT, Timing

_O = ROW_GATES.index("o")


@dataclass(frozen=True)
class Run:
    """What a schedule says of a run; cycle 0 is the first one after reset.

    Parameters
    ----------
    accepted : tuple of (int, int)
        For each step: cycles in which its first and its last input element are accepted.
    outputs : tuple of int
        For each output element: cycle in which it is transferred.
    answers : tuple of int
        For each step that answers: cycle in which its last element is transferred.
    """

    accepted: tuple[tuple[int, int], ...]
    outputs: tuple[int, ...]
    answers: tuple[int, ...]


class _Front:
    """The front's own time: it stands still while a capture waits, and every column waits with it.

    A *local* cycle is one in which the front moves; `real` tells in which cycle it takes place.
    """

    def __init__(self, drain: "_Drain"):
        self.drain = drain
        self.local = 0  # local cycle of the last column issued
        self.captures = deque()  # (local cycle, rows, pass, answering), still to come
        self._anchors = deque([(0, 0)], maxlen=2 * CAPTURE + 2)  # (local, real), since when time runs evenly

    def real(self, local: int) -> int:
        """Cycle in which a local cycle takes place."""
        while self.captures and self.captures[0][0] <= local:
            self.capture()
        for start, real in reversed(self._anchors):
            if start <= local:
                return real + local - start
        raise AssertionError("a local cycle was asked for that is long past")

    def capture(self) -> None:
        """Resolve the oldest capture: it waits till the rows of the one before are drained."""
        local, rows, item, answering = self.captures.popleft()
        start, real = self._anchors[-1]
        cycle = max(real + local - start, self.drain.last_issue)
        self._anchors.append((local, cycle))
        self.drain.rows(rows, item, cycle + 1, answering)

    def wait(self, cycle: int) -> None:
        """Put the column about to be issued off till `cycle`."""
        while (real := self.real(self.local)) < cycle:
            turns = [start for start, _ in self._anchors if start > self.local]  # captures resolved ahead
            turns += [self.captures[0][0]] if self.captures else []
            self.local = min([self.local + cycle - real, *turns])


class _Drain:
    """The rows' way out: one a cycle, none where a cell state takes its place at the table."""

    def __init__(self, timing: Timing, final: Pass):
        self.timing, self.final = timing, final
        self.last_issue = -1
        self.written: list[int] = []  # cycle in which each result is written, in order
        self.outputs: list[int] = []  # cycle in which each output element is transferred
        self._blocked = deque()
        self._gate = 0

    def rows(self, count: int, item: Pass, earliest: int, answering: bool) -> None:
        """Issue the rows of a group that was captured the cycle before `earliest`."""
        cycle = max(earliest, self.last_issue + 1)
        for _ in range(count):
            while self._blocked and self._blocked[0] <= cycle:
                cycle += self._blocked.popleft() == cycle
            if not item.recurrent:
                self._result(cycle + DENSE_RESULT, item, answering)
            elif self._gate == _O:
                self._blocked.append(cycle + self.timing.blocked)
                self._result(cycle + self.timing.result, item, answering)
            if item.recurrent:
                self._gate = (self._gate + 1) % len(ROW_GATES)
            cycle += 1
        self.last_issue = cycle - 1

    def _result(self, cycle: int, item: Pass, answering: bool) -> None:
        self.written.append(cycle)
        if item is self.final and answering:
            self.outputs.append(cycle + OUTPUT)


class Schedule:
    """Evaluates the recurrence for a stream of steps.

    Parameters
    ----------
    passes : tuple of Pass
    timing : Timing
    every_step : bool
        Whether every step answers (many-to-many) or the last one of a sequence.
    """

    def __init__(self, passes: tuple[Pass, ...], timing: Timing, every_step: bool):
        self.passes, self.timing, self.every_step = passes, timing, every_step
        self.inputs = passes[0].segments[0].length

    def run(self, lengths, not_before=None) -> Run:
        """Run sequences of the given lengths one after the other.

        Parameters
        ----------
        lengths : iterable of int
            Steps of each sequence.
        not_before : callable, optional
            Step number -> earliest cycle in which its first element is offered; its elements follow one
            a cycle.
        """
        drain = _Drain(self.timing, self.passes[-1])
        front = _Front(drain)
        expected, answers, accepted, released = 0, [], [], []
        for number, (first, last) in enumerate(_flags(lengths)):
            start = accepted[-1][1] + 1 if accepted else 0
            if number >= 2:  # both banks hold a step that is not over yet
                start = max(start, released[number - 2] + 1)
            if not_before is not None:
                start = max(start, not_before(number))
            accepted.append((start, start + self.inputs - 1))
            answering = last or self.every_step
            for item in self.passes:
                if item.recurrent or answering:
                    end = self._pass(front, item, start, first, expected, answering)
                    expected += item.results
                    if item is self.passes[0]:
                        released.append(front.real(end))
            if answering:
                while front.captures:
                    front.capture()
                answers.append(drain.outputs[-1])
        while front.captures:
            front.capture()
        return Run(tuple(accepted), tuple(drain.outputs), tuple(answers))

    def _pass(self, front, item: Pass, loaded: int, first: bool, expected: int, answering: bool) -> int:
        """All groups of a pass; returns the local cycle of the last group's last input column."""
        for group in range(item.groups):
            if group == 0:
                end = self._first_group(front, item, loaded, first, expected)
            else:
                end = front.local + item.segments[0].length
                front.local += item.columns
            rows = item.final_rows if group == item.groups - 1 else item.lanes
            front.captures.append((front.local + CAPTURE, rows, item, answering))
        return end

    def _first_group(self, front, item: Pass, loaded: int, first: bool, expected: int) -> int:
        """A pass's first group, which waits for each element that is not there yet."""
        ends = []
        for segment in item.segments:
            for index in range(segment.length):
                front.local += 1
                if segment.source == "x":
                    front.wait(loaded + index + LOADED)
                elif not (segment.old and first):
                    needed = expected - (segment.slack - index)
                    while len(front.drain.written) < needed:
                        front.capture()
                    if needed > 0:
                        front.wait(front.drain.written[needed - 1] + 1)
            ends.append(front.local)
        return ends[0]


def _flags(lengths):
    """(first, last) of each step."""
    for length in lengths:
        for step in range(length):
            yield step == 0, step == length - 1
