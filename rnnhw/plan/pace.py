"""How fast a chain of stages works: what the steady state and an idle core say, each found out once."""

from functools import lru_cache, partial
from math import inf
from typing import NamedTuple

from rnnhw.quantize import WHOLE

from .chain import BufferPlan
from .geometry import Geometry
from .head_plan import HeadPlan
from .setting import Setting
from .stages import ArgmaxStage, FeedbackStage, SequenceBufferStage, Sink, SoftmaxStage, Step
from .states import StatePort
from .steady import IDLE, answer_cycles, endless_cycles, idle_latency, sequence_cycles

LONGEST = 8  # steps of a sequence that are looked at where an engine is chosen
KNOWN = 16384  # chains whose figures are remembered: a few numbers each


class Arranged(NamedTuple):
    """An engine, as far as its schedule goes."""

    setting: Setting
    geometry: Geometry


class Links(NamedTuple):
    """A chain of stages.

    Parameters
    ----------
    stages : tuple of Arranged, BufferPlan and HeadPlan
    answers : int
        One-to-many: answers to an input, all but the last of which are fed back; else 0.
    """

    stages: tuple[Arranged | BufferPlan | HeadPlan, ...]
    answers: int = 0

    def until_silent(self) -> "Links":
        """The chain up to the first engine that answers at the end of a sequence only."""
        for number, stage in enumerate(self.stages):
            if isinstance(stage, Arranged) and not stage.setting.every_step:
                return self._replace(stages=self.stages[: number + 1])
        return self

    def first(self, sink, ports=None):
        """The first stage of the schedule in front of a sink; `ports`: where states come from and go to."""
        behind = partial(self.forward, ports=ports)
        return FeedbackStage(self.answers, behind, sink) if self.answers else behind(sink)

    def forward(self, downstream, ports=None):
        """The same without what feeds answers back."""
        ports = ports or (StatePort(), StatePort())
        for stage in reversed(self.stages):
            if isinstance(stage, Arranged):
                downstream = stage.setting.stage(stage.geometry, downstream, *ports)
            elif isinstance(stage, BufferPlan):
                downstream = SequenceBufferStage(stage.size, stage.pieces, stage.max_steps, stage.last_only, downstream)
            else:
                downstream = (
                    ArgmaxStage(downstream) if stage.name == "argmax" else SoftmaxStage(stage.tables, downstream)
                )
        return downstream


def cycles_between_steps(links: Links, size: int, steps: float, streams: int, longest: int) -> float:
    """Cycles from step to step; if answers are fed back, from answer to answer.

    Parameters
    ----------
    links : Links
    size : int
        Elements of a step.
    steps : float
        Of a sequence; inf: without end.
    streams : int
    longest : int
        Steps of a sequence up to which cycles are counted, not extrapolated.
    """
    if links.answers > 1:
        return _answers(links, size)
    if steps == inf:
        return _endless(links.until_silent(), size, streams)
    return _sequences(links, size, steps, streams, min(longest, steps))


@lru_cache(maxsize=KNOWN)
def _answers(links: Links, size: int) -> int:
    return answer_cycles(links.forward, size, links.answers)


@lru_cache(maxsize=KNOWN)
def _endless(links: Links, size: int, streams: int) -> float:
    return endless_cycles(links.first, size, streams)


@lru_cache(maxsize=KNOWN)
def _sequences(links: Links, size: int, steps: int, streams: int, longest: int) -> float:
    return sequence_cycles(links.first, size, steps, streams, longest)


@lru_cache(maxsize=KNOWN)
def cycles_through(links: Links, size: int) -> int:
    """Cycles from a step's first input element to the last one of its answer, with nothing under way."""
    return idle_latency(links.first, size)


@lru_cache(maxsize=KNOWN)
def cycles_to_answer(links: Links, size: int, marks, idle: bool) -> int:
    """Cycles from the last element of the last of some steps to the last one of the last answer.

    Parameters
    ----------
    links : Links
    size : int
        Elements of a step.
    marks : tuple of (first, last)
        Of each step.
    idle : bool
        Whether each step waits till the one before is long over.
    """
    sink = Sink()
    first = links.first(sink)
    for number, mark in enumerate(marks):
        accepted = first.push(Step([number * idle * IDLE] * size, *mark))
    return sink.transfers[-1][-1] - accepted[-1]


def feeds_back(network) -> bool:
    """Whether an answer is the next input."""
    return network.mode == "one-to-many" and network.steps > 1


def single_steps(network) -> bool:
    """Whether each sequence is one step, so that no step waits for the state of another."""
    return network.mode == "one-to-one" or (network.mode == "one-to-many" and network.steps == 1)


def sequence_steps(network, hardware) -> float:
    """Steps of the sequences for which an engine is chosen: all of one, as many as can be stored, or without end."""
    if single_steps(network):
        return 1
    return hardware.max_steps if any(isinstance(layer, WHOLE) for layer in network.layers) else inf


class Pace(NamedTuple):
    """What an engine is chosen for.

    Parameters
    ----------
    steps : float
        Of a sequence.
    streams : int
    answers : int or None
        If answers are fed back: how many there are to an input; 0 for a part of a chain. Else None.
    """

    steps: float
    streams: int
    answers: int | None

    @property
    def tokens(self) -> float:
        """Steps that may be under way in a cell, on the average: streams take turns, sequences follow each other."""
        return self.streams * (1 + 1 / (self.steps - 1) if self.steps > 1 else inf)

    @classmethod
    def of(cls, plan) -> "Pace":
        """That of an `EnginePlan`."""
        network, answers = plan.network, None
        if feeds_back(network):
            answers = network.steps if len(plan.layers) == len(network.layers) else 0
        return cls(sequence_steps(network, plan.hardware), plan.hardware.streams, answers)

    def cycles(self, setting: Setting, geometry: Geometry) -> float:
        """Cycles that an engine takes for a step, with nothing in the way at either end: what it is chosen by.

        If answers are fed back, from answer to answer, or, for a part of a chain, from input to output.
        """
        links, size = Links((Arranged(setting, geometry),), self.answers or 0), sum(setting.parts)
        if self.answers == 0:
            return cycles_through(links, size)
        return cycles_between_steps(links, size, self.steps, self.streams, LONGEST)
