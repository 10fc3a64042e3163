"""How fast a chain of stages works: what the steady state and an idle core say, each found out once."""

from functools import lru_cache, partial
from math import inf
from typing import NamedTuple

from .chain import BufferPlan
from .geometry import Geometry
from .head_plan import HeadPlan
from .setting import Setting
from .stages import ArgmaxStage, FeedbackStage, SequenceBufferStage, Sink, SoftmaxStage, Step
from .states import StatePort
from .steady import IDLE, answer_cycles, endless_cycles, idle_latency, sequence_cycles

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


@lru_cache(maxsize=KNOWN)
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
        return answer_cycles(links.forward, size, links.answers)
    if steps == inf:
        return endless_cycles(links.first, size, streams)
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
