"""Cycles from one step to the next once nothing of the beginning is left: the schedule, run until it repeats itself."""

from .stages import FeedbackStage, Sink, Step

IDLE = 1 << 40  # a cycle at which everything before is long over
PATIENCE, PERIODS = 1024, 8  # steps, and periods of them, after which no repetition is waited for
ANSWERS = 3  # after which one answer takes as long as the other: each waits for the one before


def mean_cycles(chain, size: int, period, before=()) -> float:
    """Cycles between two steps if the steps of a period come again and again without a pause.

    A stage's future depends on nothing but its state (`Stage.state`), so that two equal ones enclose whole periods of
    the schedule. Watching the inputs for a while would not do: a drain that is a little slower than its front
    holds it only after many steps, when the room between them is used up.

    Where whole sequences are stored that room is large, and may take thousands of steps to fill. After `PATIENCE` steps
    it counts how fast answers come, which is as fast as steps are let in once all of it is full.

    Parameters
    ----------
    chain : callable
        Stage behind -> first stage.
    size : int
        Elements of a step.
    period, before : sequence of (first, last, stream)
        Steps that come again and again, and such that come once before them.
    """
    sink = Sink()
    stage = chain(sink)
    for mark in before:
        stage.push(Step([0] * size, *mark))
    seen, number, now, state = {}, 0, 0, None
    while state not in seen:
        if number >= PERIODS and number * len(period) >= PATIENCE and len(sink.transfers) >= number:
            return _answer_rate(sink, number, len(period))
        seen[state] = number, now
        for mark in period:
            now = stage.push(Step([0] * size, *mark))[-1]
        number, state = number + 1, stage.state(now)
    then, since = seen[state]
    return tidy(now - since, (number - then) * len(period))


def sequence_cycles(chain, size: int, steps: int, streams: int, longest: int) -> float:
    """Cycles between two steps of sequences of so many steps, one after the other.

    Of more than `longest` steps: as many cycles more for each as from half of `longest` to `longest`.
    """

    def cycles(length: int) -> float:
        period = [(t == 0, t == length - 1, stream) for t in range(length) for stream in range(streams)]
        return mean_cycles(chain, size, period) * length

    if steps <= longest:
        return tidy(cycles(steps), steps)
    half, whole = cycles(longest // 2), cycles(longest)
    return (whole + (whole - half) / (longest // 2) * (steps - longest)) / steps


def endless_cycles(chain, size: int, streams: int) -> float:
    """Cycles between two steps in the middle of sequences without end."""
    first, later = ([(begins, False, stream) for stream in range(streams)] for begins in (True, False))
    return mean_cycles(chain, size, later, first)


def _answer_rate(sink: Sink, periods: int, steps: int) -> float:
    """Cycles between two steps, by the answers of the second half of all periods."""
    last, half = sink.transfers[-1][-1], periods // 2
    before = sink.transfers[-1 - half * (len(sink.transfers) // periods)][-1]
    return tidy(last - before, half * steps)


def answer_cycles(chain, size: int, steps: int) -> int:
    """Cycles from answer to answer, where each one is the next input.

    Parameters
    ----------
    chain : callable
        Stage behind -> first stage.
    size : int
        Elements of an answer.
    steps : int
        Answers to an input, two at least.
    """
    sink = Sink()
    FeedbackStage(min(steps, ANSWERS), chain, sink).push(Step([0] * size, True, True))
    return sink.transfers[-1][-1] - sink.transfers[-2][-1]


def idle_latency(chain, size: int) -> int:
    """Cycles from a step's first input element to the last element of its answer, with nothing under way."""
    sink = Sink()
    first = chain(sink)
    for number in range(2):
        accepted = first.push(Step([number * IDLE] * size, number == 0, False))
    return sink.transfers[-1][-1] - accepted[0]


def tidy(cycles: float, steps: int) -> float:
    """A mean as an int wherever it is whole."""
    mean = cycles / steps
    return int(mean) if mean == int(mean) else mean
