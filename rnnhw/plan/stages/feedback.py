"""When an answer goes out and comes back as the next input: the schedule of one-to-many networks."""

from collections.abc import Callable
from operator import gt

from .base import Stage, Step, since


class FeedbackStage:
    """The schedule of `rnnhw.gateware.feedback.Feedback`, which adds no cycle of its own.

    The chain's input must be ready for an answer when it comes (it is: its buffer has a bank for the next step).

    Parameters
    ----------
    steps : int
        Answers to an input.
    chain : callable
        Gets the stage that stands behind the chain; returns the chain's first stage.
    downstream : Stage
    """

    def __init__(self, steps: int, chain: Callable[[Stage], Stage], downstream: Stage):
        self.steps, self.downstream = steps, downstream
        self._answered: list[tuple[list[int], list[int]]] = []  # (offered, taken) of each answer, newest last
        self._number = 0  # of the next answer in its sequence
        self._gone = -1  # cycle in which the newest answer's final element left
        self._input = 0  # cycle from which the next sequence's input is let in
        self._chain = chain(_AnswerSide(self))

    def push(self, step: Step) -> list[int]:
        """Pass a sequence's one input step on, and then all answers but the final one."""
        earliest = [max(cycle, self._input) for cycle in step.earliest]
        accepted = self._chain.push(Step(earliest, True, self.steps == 1, step.stream))
        for number in range(1, self.steps):
            offered, taken = self._newest()
            fed = self._chain.push(Step(offered, False, number == self.steps - 1, step.stream))
            if any(map(gt, fed, taken)):
                raise RuntimeError(f"an answer that left in cycles {taken} was fed back in {fed}")
            self._input = taken[-1] + 1
        self._newest()
        return accepted

    def _newest(self):
        if len(self._answered) != 1:
            raise RuntimeError(f"the chain gave {len(self._answered)} answers to a step, not one")
        return self._answered.pop()

    def state(self, now: int) -> tuple:
        """See `Stage.state`; between sequences."""
        return since(now, [self._input, self._gone]), self._chain.state(now)

    def answer(self, step: Step) -> list[int]:
        """An answer comes out of the chain."""
        first, last = self._number == 0, self._number == self.steps - 1
        self._number = 0 if last else self._number + 1
        taken = self.downstream.push(Step(step.earliest, first, last, step.stream))
        before = [self._gone, *taken[:-1]]
        self._gone = taken[-1]
        offered = [max(cycle, gone + 1) for cycle, gone in zip(step.earliest, before, strict=True)]
        self._answered.append((offered, taken))
        return taken


class _AnswerSide:
    """The stage behind the chain: where its answers come back to the feedback."""

    def __init__(self, feedback: FeedbackStage):
        self.feedback = feedback

    def push(self, step: Step) -> list[int]:
        return self.feedback.answer(step)

    def state(self, now: int) -> tuple:
        return self.feedback.downstream.state(now)
