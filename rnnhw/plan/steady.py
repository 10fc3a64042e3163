"""Cycles from one step to the next once nothing of the beginning is left: the schedule, run until it repeats itself."""

from .stages import FeedbackStage, Sink, Step

IDLE = 1 << 40  # a cycle at which everything before is long over
ANSWERS = 3  # after which one answer takes as long as the other: each waits for the one before


def mean_cycles(stage, size: int, period, before=()) -> float:
    """Cycles between two steps, exact, if the steps of a period come again and again without a pause.

    A stage's future depends on nothing but its state (`Stage.state`), so that two equal ones enclose whole periods of
    the schedule. Watching the inputs for a while would not do: a drain that is a little slower than its front
    holds it only after many steps, when the room between them is used up.

    Parameters
    ----------
    stage : Stage
        In front of all that shall be considered.
    size : int
        Elements of a step.
    period, before : sequence of (first, last, stream)
        Steps that come again and again, and such that come once before them.
    """
    for mark in before:
        stage.push(Step([0] * size, *mark))
    seen, number, now, state = {}, 0, 0, None
    while state not in seen:
        seen[state] = number, now
        for mark in period:
            now = stage.push(Step([0] * size, *mark))[-1]
        number, state = number + 1, stage.state(now)
    then, since = seen[state]
    return tidy(now - since, (number - then) * len(period))


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


def tidy(cycles: int, steps: int) -> float:
    """A mean as an int wherever it is whole."""
    return cycles // steps if cycles % steps == 0 else cycles / steps
