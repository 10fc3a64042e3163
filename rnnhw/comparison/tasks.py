"""What worker processes do: figures of configurations, their verification in simulation, and details."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.sim import SimulationError, verify
from rnnhw.sweep import Store

from .details import details
from .grid import canonical
from .hardware import figures, make_design
from .measure import measure
from .problem import Problem

SIMULATOR = "cxxrtl"


@dataclass(frozen=True)
class Job:
    """What is wanted of some numbers.

    Parameters
    ----------
    what : str
        "figures" (of several knobs, golden's only once), "details" or "verify" (of one).
    numbers : dict
        Options of `rnnhw.quantize`.
    knobs : list of dict
        Options of `rnnhw.Design`.
    sequences : int
        How many are simulated.
    """

    what: str
    numbers: dict
    knobs: list[dict] = field(default_factory=list)
    sequences: int = 0


@dataclass(frozen=True)
class Bench:
    """Makes a job's task (`rnnhw.sweep.Prepare`); goes to each worker process once.

    Parameters
    ----------
    problem : Problem
    folder : str
        Of the store in which golden's figures stand that other jobs can use.
    """

    problem: Problem
    folder: str

    def __call__(self, job: Job) -> "Task":
        return Task(self, job)


@dataclass(frozen=True)
class Task:
    """A job with all that it takes.

    Parameters
    ----------
    bench : Bench
    job : Job
    """

    bench: Bench
    job: Job

    @cached_property
    def key(self) -> str:
        """Of all that the result depends on."""
        return self._key(vars(self.job))

    def _key(self, wanted) -> str:
        return sha256(f"{self.bench.problem.identity} {canonical(wanted)}".encode()).hexdigest()

    def run(self) -> dict:
        """Do it."""
        return {"figures": self._figures, "details": self._details, "verify": self._verify}[self.job.what]()

    def _network(self):
        return self.bench.problem.quantized(self.job.numbers)

    def _figures(self) -> dict:
        """Golden's figures, and the hardware's for each of the knobs; what is refused has the reason instead."""
        problem = self.bench.problem
        try:
            qnet = self._network()
        except RnnhwError as error:
            return {"refused": str(error)}
        golden = self._shared("golden", lambda: measure(problem, qnet))
        return {"golden": golden, "hardware": [self._hardware(qnet, knobs) for knobs in self.job.knobs]}

    def _shared(self, what: str, make) -> dict:
        """What does not depend on knobs, made once for all jobs that differ in nothing else."""
        key, store = self._key([what, self.job.numbers]), Store(self.bench.folder)
        found = store.get(key)
        if found is None:
            found = make()
            store.put(key, found)
        return found

    def _hardware(self, qnet, knobs: dict) -> dict:
        problem = self.bench.problem
        try:
            return figures(make_design(qnet, knobs, problem.target, problem.data), problem.data)
        except RnnhwError as error:
            return {"refused": str(error)}

    def _details(self) -> dict:
        return details(self.bench.problem, self._network())

    def _verify(self) -> dict:
        """Sequences from all over the data, in native simulation; a difference is a result, too."""
        problem = self.bench.problem
        chosen = spread(len(problem.data.x), self.job.sequences)
        design = make_design(self._network(), self.job.knobs[0], problem.target, problem.data)
        answer = {"simulator": SIMULATOR, "sequences": len(chosen)}
        try:
            verify(design, problem.data.x[chosen], problem.data.lengths[chosen], simulator=SIMULATOR)
        except SimulationError as error:
            if type(error) is SimulationError:  # a tool that fails, of which nothing follows
                raise
            return answer | {"equal": False, "difference": " ".join(str(error).split())}
        return answer | {"equal": True}


def spread(count: int, wanted: int) -> np.ndarray:
    """So many of `count` numbers, or all of them, at even distances."""
    return np.arange(wanted) * count // wanted if wanted < count else np.arange(count)
