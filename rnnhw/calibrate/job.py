"""One measurement as a job of a sweep: small, and the same on any machine."""

from dataclasses import dataclass
from functools import cached_property

from rnnhw.estimate import FAMILIES, find_device
from rnnhw.synth.tools import versions

from .cycles import Simulated
from .draw import Drawn, draw, draw_for_chip
from .measure import PARTS, Task
from .measure_chip import ChipTask
from .themes import FAMILY, ORDER, SEED

COMMON = 24  # configurations that are measured on all families


@dataclass(frozen=True)
class Job:
    """A configuration to be measured.

    Parameters
    ----------
    family : str
        Of `rnnhw.estimate.FAMILIES`.
    number : int
        What it is drawn with.
    route : bool
        Whether it is routed too, where its family can be.
    """

    family: str
    number: int
    route: bool = True

    def __str__(self) -> str:
        return f"{self.family} {self.number}"

    def draw(self) -> Drawn:
        """The configuration."""
        return draw(self.number, find_device(FAMILIES[self.family]))


@dataclass(frozen=True)
class ChipJob:
    """A configuration to be mapped to standard cells.

    Parameters
    ----------
    number : int
        What it is drawn with.
    liberty : str
        Path of the Liberty file, the same on all machines.
    """

    number: int
    liberty: str

    def __str__(self) -> str:
        return f"chip {self.number}"

    def draw(self) -> Drawn:
        """The configuration."""
        return draw_for_chip(self.number)


def chip_synthesis(job: ChipJob) -> ChipTask:
    """The task that maps a job's configuration to standard cells."""
    return ChipTask(job.draw(), job.liberty)


class Synthesised:
    """The task of a job: cells and clock, with the releases of the tools that they are of.

    Parameters
    ----------
    job : Job
    """

    def __init__(self, job: Job):
        self.job = job
        self.task = Task(job.draw(), job.family, route=job.route)

    @cached_property
    def key(self) -> str:
        """Of all that the outcome depends on."""
        return self.task.key

    def run(self) -> dict:
        """Takes a minute or so."""
        return self.task.run() | {"tools": versions(tools([self.job]))}


def synthesis(job: Job) -> Synthesised:
    """The task that synthesises and routes a job's configuration."""
    return Synthesised(job)


def simulation(job: Job) -> Simulated:
    """The task that counts the cycles of a job's configuration."""
    return Simulated(job.draw().design)


def record(job: Job, result: dict) -> dict:
    """A result with what it is of."""
    return result | {"family": job.family, "number": job.number, "text": job.draw().text}


def tools(jobs) -> tuple[str, ...]:
    """Names (`rnnhw.synth.TOOLS`) of the tools that jobs need."""
    routed = {job.family for job in jobs if job.route}
    return ("yosys", *(f"nextpnr-{family}" for family in PARTS if family in routed))


def chip_numbers(seed: int, count: int) -> range:
    """Of the configurations of a seed that are for chips."""
    first = seed * SEED + len(ORDER) * FAMILY
    return range(first, first + count)


def numbers(family: str, seed: int, count: int) -> list[int]:
    """Of a family's configurations of a seed: first `COMMON` that are those of all families, then its own."""
    own = ORDER.index(family) * FAMILY
    return [seed * SEED + at + (own if at >= COMMON else 0) for at in range(count)]
