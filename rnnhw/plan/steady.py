"""Cycles from one step to the next once nothing of the beginning is left: the schedule, run until it repeats itself."""

from itertools import count

from .stages.base import Step


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
    seen = {}
    for number in count():
        for mark in period:
            now = stage.push(Step([0] * size, *mark))[-1]
        state = stage.state(now)
        if state in seen:
            since, then = seen[state]
            return tidy(now - then, (number - since) * len(period))
        seen[state] = number, now


def tidy(cycles: int, steps: int) -> float:
    """A mean as an int wherever it is whole."""
    return cycles // steps if cycles % steps == 0 else cycles / steps
