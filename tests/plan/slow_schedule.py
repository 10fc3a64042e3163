"""The schedule of an engine once more, word by word and row by row, as sequencer and drain go through it.

It is what the fast one is held against: nothing is remembered, and no two cycles are taken together.
"""

from collections import deque

from rnnhw.plan.layout import Layout
from rnnhw.plan.passes import Turn
from rnnhw.plan.stages.base import Step
from rnnhw.plan.timing import LOADED, OUTPUT, Timing

ANSWERS = 2  # whole answers that fit in the answer queue


class _Front:
    """The front's own time: it stands still while a capture waits, and every column waits with it.

    A *local* cycle is one in which the front moves; `real` tells in which cycle it takes place.
    """

    def __init__(self, drain: "_Drain", timing: Timing):
        self.drain = drain
        self.local = 0  # local cycle of the last column word issued
        self.captures = deque()  # (local cycle, rows, pass, answering), still to come
        self._anchors = deque([(0, 0)], maxlen=2 * timing.capture + 2)  # (local, real), since when time runs evenly

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
        """Put the column word about to be issued off till `cycle`."""
        while (real := self.real(self.local)) < cycle:
            turns = [start for start, _ in self._anchors if start > self.local]  # captures resolved ahead
            turns += [self.captures[0][0]] if self.captures else []
            self.local = min([self.local + cycle - real, *turns])


class _Drain:
    """The rows' way out: one a cycle, none where another value takes its place at the table."""

    def __init__(self, timing: Timing):
        self.timing = timing
        self.last_issue = -1
        self.written: list[int] = []  # cycle in which each round of results is written, in order
        self.pushed: list[tuple[int, int]] = []  # (cycle, elements) of the answer in the making
        self._blocked = deque()
        self._row = 0  # of the pass

    def rows(self, count: int, item: Turn, earliest: int, answering: bool) -> None:
        """Issue the rows of a group that was captured the cycle before `earliest`."""
        cycle, timing, gates = max(earliest, self.last_issue + 1), self.timing, len(item.gates)
        for _ in range(count):
            while self._blocked and self._blocked[0] <= cycle:
                cycle += self._blocked.popleft() == cycle
            self._row += 1
            if self._row % gates == 0:
                if item.kind in ("lstm", "gru"):
                    self._blocked.append(cycle + timing.blocked(item.kind))
                self._result(cycle + timing.written(item.kind), item, self._row // gates, answering)
                if self._row == item.drained:
                    self._row = 0
            cycle += 1
        self.last_issue = cycle - 1

    def _result(self, cycle: int, item: Turn, number: int, answering: bool) -> None:
        self.written.append(cycle)
        if item.final and answering:
            pipelines = item.geometry.pipelines
            self.pushed.append((cycle, min(pipelines, item.units - (number - 1) * pipelines)))


class SlowStage:
    """Evaluates the recurrence for a stream of steps.

    Parameters
    ----------
    layout : Layout
    timing : Timing
    parts : tuple of int
        Elements of the parts of a step.
    downstream : stage
        Takes the answers.
    states : StateTimes, optional
        When initial states come and final states go, if they do.
    """

    def __init__(self, layout: Layout, timing: Timing, parts, downstream, states=None):
        self.layout, self.downstream, self.states = layout, downstream, states
        self.one_part = len(parts) == 1  # else a step is read once all of it is there
        self.drain = _Drain(timing)
        self.front = _Front(self.drain, timing)
        self._expected = 0  # rounds of results of all passes so far
        self._ends: dict[int, int] = {}  # stream -> that number after its latest step
        self._accepted_end = -1
        self._held = 0  # no step begins before
        self._released: deque[int] = deque([-1, -1], maxlen=2)  # when the last two steps left the input buffer
        self._gone: deque[int] = deque([-1] * ANSWERS, maxlen=ANSWERS)  # when the last answers had left the queue

    def push(self, step: Step) -> list[int]:
        """A step; returns the cycles in which its elements are accepted."""
        accepted, before = [], max(self._accepted_end, self._released[0])
        for earliest in step.earliest:
            before = max(earliest, before + 1)
            accepted.append(before)
        self._accepted_end = accepted[-1]
        zero = start = step.first or step.stream not in self._ends
        if start and self.states is not None and self.states.source is not None:
            zero = False
            self._load(accepted)
        others = self._expected - self._ends.get(step.stream, self._expected)
        answering, reserved = step.last or self.layout.every_step, False
        for item in self.layout.turns:
            if item.recurrent or answering:
                reserve = item.final and answering and not reserved
                reserved |= reserve
                self._pass(item, accepted, zero, others, reserve, answering)
        self._ends[step.stream] = self._expected
        if step.last and self.states is not None and self.states.sink is not None:
            self._held = self.states.read(max(self.finish(), self.front.real(self.front.local)) + 1)
        if answering:
            self._answer(Step([], start or not self.layout.every_step, step.last, step.stream))
        return accepted

    def _load(self, accepted) -> None:
        """Load an initial state: with the step's first word there, and all results before it."""
        item = self.layout.turns[0]
        there = self._there(item, item.segments[0], 0, accepted, True, 0)
        after = self.front.real(self.front.local) + 1 if self._ends else 0
        self._held = self.states.load(max(there, after, self.finish() + 1, self._held))

    def finish(self) -> int:
        """Let all that is under way be drained; returns the cycle in which the last result is written."""
        while self.front.captures:
            self.front.capture()
        return self.drain.written[-1] if self.drain.written else -1

    def _answer(self, answer: Step) -> None:
        self.finish()
        answer.earliest.extend(cycle + OUTPUT for cycle, count in self.drain.pushed for _ in range(count))
        self.drain.pushed.clear()
        self._gone.append(self.downstream.push(answer)[-1])

    def _pass(self, item: Turn, accepted, zero: bool, others: int, reserve: bool, answering: bool) -> None:
        """All groups of a pass; only the first one waits, for each word that is not there yet."""
        front, end = self.front, None
        for number, (segment, word) in enumerate(words(item)):
            front.local += 1
            front.wait(max(self._held, self._there(item, segment, word, accepted, zero, others)))
            if reserve and number == item.words - 1:
                front.wait(self._gone[0] + 1)
            if segment.releases and word == item.geometry.words(segment.length) - 1:
                end, released = item.words - 1 - number, front.local
        for group in range(item.groups):
            if group:
                front.local += item.words
            rows = item.final_rows if group == item.groups - 1 else item.geometry.lanes
            front.captures.append((front.local + front.drain.timing.capture, rows, item, answering))
        if end is not None:
            self._released.append(front.real(released if item.groups == 1 else front.local - end))
        self._expected += item.rounds

    def _there(self, item, segment, word: int, accepted, zero: bool, others: int) -> int:
        """The cycle from which a column word can be read."""
        if segment.source == "x":
            final = segment.start + min((word + 1) * item.geometry.columns, segment.length) - 1
            return accepted[final if self.one_part else -1] + LOADED
        if segment.old and zero:
            return 0
        missing = segment.missing(word, item.geometry) + (others if segment.old else 0)
        needed, written = self._expected - missing, self.drain.written
        while len(written) < needed:
            self.front.capture()
        return written[needed - 1] + 1 if needed > 0 else 0


def words(item: Turn):
    """The column words of a group, in order: segment, and word within it."""
    for segment in item.segments:
        for word in range(item.geometry.words(segment.length)):
            yield segment, word
