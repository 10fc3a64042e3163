"""Exact times of the heads, which stand at the end of a core's chain."""

from collections import deque

from rnnhw.fixedpoint.exponential import SoftmaxTables

from .base import Stage, Step, accept, since

BUFFERED = 2  # elements that wait in a stage's output buffer


class ArgmaxStage:
    """Times of `rnnhw.gateware.argmax.Argmax`.

    Parameters
    ----------
    downstream : Stage
    """

    LATENCY = 1  # final element accepted -> index valid

    def __init__(self, downstream: Stage):
        self.downstream = downstream
        self._next = 0  # first cycle in which an element may be accepted
        self._taken = deque([-1] * BUFFERED, maxlen=BUFFERED)  # cycles in which the last indices were taken

    def push(self, step: Step) -> list[int]:
        """Offer an answer."""
        accepted = accept(step.earliest, self._next)
        accepted[-1] = max(accepted[-1], self._taken[0] + 1)
        self._next = accepted[-1] + 1
        index = Step([accepted[-1] + self.LATENCY], step.first, step.last, step.stream)
        self._taken.extend(self.downstream.push(index))
        return accepted

    def state(self, now: int) -> tuple:
        """See `Stage.state`."""
        return since(now, [self._next, *self._taken]), self.downstream.state(now)


SUMMED = 1  # last exponential -> their sum at the divider
RESULT = 5  # exponential read -> result offered: memory, product (2), rounding, output buffer


def frame(tables: SoftmaxTables) -> int:
    """Cycles in which the softmax's multiplier makes one exponential and one result."""
    return len(tables.tables)


def exponential_latency(tables: SoftmaxTables) -> int:
    """Element read -> its exponential: memory, distance, first factor, a product (2) for each further one, rounding."""
    return 3 + 2 * frame(tables)


def division_period(tables: SoftmaxTables) -> int:
    """Cycles from one reciprocal to the next if the sums are there: start, a cycle a bit, handing over."""
    return tables.e_frac + 3


def exponentials_at_a_time(tables: SoftmaxTables) -> int:
    """Exponentials for which the softmax has room: so many that elements are read in each frame.

    An answer's first exponential has to wait until its last one is there and the division is over.
    """
    waiting = exponential_latency(tables) + SUMMED + 1 + division_period(tables) + frame(tables)
    return tables.size + -(-waiting // frame(tables))


class SoftmaxStage:
    """Times of `rnnhw.gateware.softmax.Softmax`, whose results have to be taken at once.

    An answer goes through reading (an element a frame), division and multiplication (an element a frame).

    Parameters
    ----------
    tables : SoftmaxTables
    downstream : Stage
    """

    def __init__(self, tables: SoftmaxTables, downstream: Stage):
        self.tables, self.downstream = tables, downstream
        self.frame = frame(tables)
        self._next = 0  # first cycle in which an element may be accepted
        self._read = deque([-self.frame] * 2 * tables.size, maxlen=2 * tables.size)  # when the last elements were read
        capacity = exponentials_at_a_time(tables)
        self._freed = deque([-self.frame] * capacity, maxlen=capacity)  # when the last exponentials were read
        self._used = deque([-1, -1], maxlen=2)  # when the last reciprocals were taken over

    def push(self, step: Step) -> list[int]:
        """Offer an answer."""
        accepted = []
        for earliest, older in zip(step.earliest, self._read, strict=False):
            accepted.append(max(earliest, self._next, older + 1))
            self._next = accepted[-1] + 1
        reads = self._reads(accepted[-1] + 1)
        at_divider = reads[-1] + exponential_latency(self.tables) + SUMMED
        starts = max(at_divider + 1, self._used[-1] + 1)
        used = max(starts + division_period(self.tables) - 1, self._freed[-1] + 1)
        turn = self._in_phase(used + 1, self.frame - 2)
        freed = [turn + self.frame * number for number in range(self.tables.size)]
        self._read.extend(reads)
        self._used.append(used)
        self._freed.extend(freed)
        results = [cycle + RESULT for cycle in freed]
        self.downstream.push(Step(results, step.first, step.last, step.stream))
        return accepted

    def state(self, now: int) -> tuple:
        """See `Stage.state`."""
        times = since(now, [self._next, *self._read, *self._freed, *self._used])
        return now % self.frame, times, self.downstream.state(now)

    def _reads(self, ready: int) -> list[int]:
        """Cycles in which an answer's elements are read, if it is there from the cycle `ready` on."""
        reads = [self._read[-1]]
        for number in range(self.tables.size):
            if number == self.tables.size - 1:
                ready = max(ready, self._used[0] + 1)
            reads.append(self._in_phase(max(ready, reads[-1] + 1, self._freed[number] + 1), 0))
        return reads[1:]

    def _in_phase(self, cycle: int, phase: int) -> int:
        """First cycle from `cycle` on in a phase of the frame."""
        return cycle + (phase - cycle) % self.frame
