"""What the stages of a core's chain have in common: the steps that they hand on, and the end of the chain."""

from itertools import accumulate
from operator import add, sub
from typing import NamedTuple, Protocol


class Step(NamedTuple):
    """One step's elements on a stream, offered.

    Parameters
    ----------
    earliest : list of int
        For each element the first cycle in which it is offered if all before it are taken; cycle 0 is the
        first one after reset.
    first, last : bool
        Whether it is the first, the last step of its sequence.
    stream : int
        Which of the interleaved sequences it belongs to.
    """

    earliest: list[int]
    first: bool
    last: bool
    stream: int = 0


class Stage(Protocol):
    """A part of the chain. It calls `push` of the part behind it for each step that it puts out.

    Exact to the cycle as long as whoever is at the end of the chain takes each element at once.
    """

    def push(self, step: Step) -> list[int]:
        """Offer a step; return the cycle in which each of its elements is accepted."""
        ...

    def state(self, now: int) -> tuple:
        """All that later steps depend on, of this stage and those behind it, with times counted from the cycle `now`.

        `now` is when the newest element was accepted at the front of the chain. Whatever a later step causes comes
        after it, so times before it count as it.
        """
        ...


def accept(earliest: list[int], ready: int) -> list[int]:
    """Cycles in which elements are accepted, one a cycle, where nothing is accepted before the cycle `ready`."""
    count = range(len(earliest))
    if max(earliest) <= ready:
        return list(range(ready, ready + len(earliest)))
    slack = list(map(sub, earliest, count))  # the least start with which each element would not wait
    slack[0] = max(slack[0], ready)
    return list(map(add, accumulate(slack, max), count))


def since(now: int, cycles) -> tuple[int, ...]:
    """Times counted from `now`, none before it."""
    return tuple([cycle - now if cycle > now else 0 for cycle in cycles])


class Sink:
    """The end of the chain: takes each element in the cycle in which it is offered.

    Attributes
    ----------
    steps : list of Step
        All that came.
    transfers : list of list of int
        For each of them the cycles in which its elements were taken.
    """

    def __init__(self):
        self.steps: list[Step] = []
        self.transfers: list[list[int]] = []
        self._ready = 0

    def push(self, step: Step) -> list[int]:
        """Take a step."""
        accepted = accept(step.earliest, self._ready)
        self._ready = accepted[-1] + 1
        self.steps.append(step)
        self.transfers.append(accepted)
        return accepted

    def state(self, now: int) -> tuple:
        """See `Stage.state`."""
        return since(now, [self._ready])
