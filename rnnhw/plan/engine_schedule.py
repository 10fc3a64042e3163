"""When everything happens in an engine: the recurrence that sequencer and drain obey, evaluated in Python.

Exact to the cycle of each element that goes in or out; tests hold it against every simulation.
"""

from collections import deque
from operator import add

from .layout import Layout
from .pass_times import PassTimes, Read, pass_times
from .stages.base import Step, accept, since
from .timing import LOADED, OUTPUT, Timing

ANSWERS = 2  # whole answers that fit in the answer queue


class _Front:
    """The front's own time: it stands still while a capture waits, and every column waits with it.

    A *local* cycle is one in which the front moves. It takes place `offset` cycles later: by as much as it has stood
    still so far.

    Members
    -------
    local : int
        Local cycle of the last column word issued.
    offset : int
        At that cycle.
    holds : deque of (int, int)
        Captures to come that wait: local cycle, and the offset from then on.
    """

    def __init__(self):
        self.local = self.offset = 0
        self.holds: deque[tuple[int, int]] = deque()

    def real(self, local: int) -> int:
        """Cycle in which a local cycle takes place that is not before the last column word."""
        for start, offset in reversed(self.holds):
            if start <= local:
                return local + offset
        return local + self.offset

    def move(self, local: int) -> None:
        """Go on to a local cycle."""
        self.local = local
        while self.holds and self.holds[0][0] <= local:
            self.offset = self.holds.popleft()[1]

    def wait(self, cycle: int) -> None:
        """Put the column word about to be issued off till `cycle`."""
        while (real := self.local + self.offset) < cycle:
            local = self.local + cycle - real
            self.move(min(local, self.holds[0][0]) if self.holds else local)

    def state(self, now: int) -> tuple:
        """What a column word to come finds here."""
        present = self.local + self.offset - now
        if not self.holds or sum(self.holds[-1]) <= now:
            return (max(present, 0),)
        return present, *((start - self.local, start + offset - now) for start, offset in self.holds)


class EngineStage:
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
        self.passes, self.every_step = pass_times(layout, timing), layout.every_step
        self.downstream, self.states = downstream, states
        self.one_part = len(parts) == 1  # else a step is read once all of it is there
        self.capture = timing.capture
        self.front = _Front()
        self.written: list[int] = []  # cycle in which each round of results of all passes is written, in order
        self._last, self._blocked = -1, []  # the drain's last row; cycles behind it in which none may be issued
        self._ends: dict[int, int] = {}  # stream -> rounds after its latest step
        self._accepted_end = -1
        self._held = 0  # no step begins before
        self._released: deque[int] = deque([-1, -1], maxlen=2)  # when the last two steps left the input buffer
        self._gone: deque[int] = deque([-1] * ANSWERS, maxlen=ANSWERS)  # when the last answers had left the queue

    def push(self, step: Step) -> list[int]:
        """A step; returns the cycles in which its elements are accepted."""
        accepted = accept(step.earliest, max(self._accepted_end, self._released[0]) + 1)
        self._accepted_end = accepted[-1]
        zero = start = step.first or step.stream not in self._ends
        if start and self.states is not None and self.states.source is not None:
            zero = False
            self._load(accepted)
        others = len(self.written) - self._ends.get(step.stream, len(self.written))
        answering, reserved, answer = step.last or self.every_step, False, []
        for item in self.passes:
            if item.recurrent or answering:
                reserve = item.final and answering and not reserved
                reserved |= reserve
                written = self._pass(item, accepted, zero, others, self._gone[0] + 1 if reserve else 0)
                if item.final and answering:
                    answer += self._answer(item, written)
        self._ends[step.stream] = len(self.written)
        if step.last and self.states is not None and self.states.sink is not None:
            self._held = self.states.read(max(self.written[-1], self.front.local + self.front.offset) + 1)
        if answering:
            answer = Step(answer, start or not self.every_step, step.last, step.stream)
            self._gone.append(self.downstream.push(answer)[-1])
        return accepted

    def _answer(self, item: PassTimes, written: list[int]) -> list[int]:
        """When the elements of a pass's results are offered: those of a round at once."""
        if item.geometry.pipelines == 1:
            return [cycle + OUTPUT for cycle in written]
        each = range(item.geometry.pipelines)
        return [cycle + OUTPUT for cycle in written for _ in each][: item.units]

    def _load(self, accepted) -> None:
        """Load an initial state: with the step's first word there, and all results before it."""
        there = self._there(self.passes[0], self.passes[0].reads[0], 0, accepted, 0)
        after = self.front.local + self.front.offset + 1 if self._ends else 0
        done = self.written[-1] + 1 if self.written else 0
        self._held = self.states.load(max(there, after, done, self._held))

    def state(self, now: int) -> tuple:
        """See `Stage.state`."""
        rounds = len(self.written)
        ends = {stream: rounds - end for stream, end in self._ends.items()}
        oldest = rounds - max(ends.values(), default=0) - sum([item.rounds for item in self.passes])
        written = since(now, self.written[max(oldest, 0) :])
        ports = (self.states.source, self.states.sink) if self.states is not None else ()
        transferred = [port.cycles[-1] for port in ports if port is not None and port.cycles]
        times = (self._last, self._accepted_end, self._held, *self._released, *self._gone, *transferred)
        blocked = since(now, self._blocked)
        return (
            self.front.state(now),
            blocked,
            tuple(ends.items()),
            written,
            since(now, times),
            self.downstream.state(now),
        )

    def _pass(self, item: PassTimes, accepted, zero: bool, others: int, free: int) -> list[int]:
        """All groups of a pass; returns when its results are written."""
        front = self.front
        released = self._first_group(item, accepted, zero, others, free)
        capture, latest = front.local + self.capture, front.holds[-1][1] if front.holds else front.offset
        due = capture + latest
        busy = max(due, self._last)
        drained = item.drained(busy - due, tuple([cycle - due for cycle in self._blocked if cycle > busy]))
        written = [due + cycle for cycle in drained.written]
        self.written += written
        self._last, self._blocked = due + drained.last, [due + cycle for cycle in drained.blocked]
        if drained.holds:
            front.holds += [(capture + start, latest + waited) for start, waited in drained.holds]
        end = front.local + (item.groups - 1) * item.words
        if released is not None:
            self._released.append(released if item.groups == 1 else front.real(end - item.releases))
        front.move(end)
        return written

    def _first_group(self, item: PassTimes, accepted, zero: bool, others: int, free: int) -> int | None:
        """The only group that waits, for each word that is not there yet, and with the last one till the cycle `free`.

        Returns the cycle of the word with which the step has left the input buffer, if there is one.
        """
        front, released = self.front, None
        for read in item.reads:
            zeros = zero and read.segment.old
            late, left = others if read.segment.old else 0, read.words
            while front.holds and left:  # word by word till no capture is waited for any more
                there = 0 if zeros else self._there(item, read, read.words - left, accepted, late)
                front.move(front.local + 1)
                front.wait(max(self._held, there))
                left -= 1
            if left:
                ready = 0 if zeros else self._ready(read, accepted, late)
                ready = max(ready, self._held + read.words - 1) - front.offset
                front.local = max(front.local + left, ready)
            if free and read is item.reads[-1]:
                front.wait(free)
            if read.segment.releases:
                released = front.local + front.offset
        return released

    def _ready(self, read: Read, accepted, others: int) -> int:
        """The cycle from which a segment's last word can be read, if nothing but its words is waited for."""
        segment = read.segment
        if segment.source == "x":
            return accepted[-1] + LOADED + (0 if self.one_part else read.words - 1)
        done = len(self.written) - segment.slack - others
        if done <= 0:
            return 0
        if read.tail is not None:
            return self.written[done - 1] + 1 + read.tail
        first = done - segment.rounds
        return max(map(add, self.written[max(first, 0) : done], read.ahead[max(-first, 0) :])) + 1

    def _there(self, item: PassTimes, read: Read, word: int, accepted, others: int) -> int:
        """The cycle from which a column word can be read."""
        segment = read.segment
        if segment.source == "x":
            last = segment.start + min((word + 1) * item.geometry.columns, segment.length) - 1
            return accepted[last if self.one_part else -1] + LOADED
        needed = len(self.written) - segment.missing(word, item.geometry) - others
        return self.written[needed - 1] + 1 if needed > 0 else 0
