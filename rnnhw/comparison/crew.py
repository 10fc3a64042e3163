"""Workers that stay: several rounds of jobs, of which later ones depend on what earlier ones found."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer
from rnnhw.sim import SimulationError
from rnnhw.sweep import Counts, Outcome, Store
from rnnhw.sweep.pool import Pool, cores
from rnnhw.sweep.work import attempt

from .tasks import Bench, Job

DIED = "its worker died"  # (`rnnhw.sweep.pool`)


class Crew:
    """Does jobs once, on some cores; what is in the store is not done again. To be used in a `with` statement.

    Parameters
    ----------
    bench : Bench
    store : Store
    workers : int, optional
        Processes; by default as many as there are cores. With 1 all is done in this process.
    """

    def __init__(self, bench: Bench, store: Store, workers: int | None = None):
        self.bench, self.store = bench, store
        self.workers = cores() if workers is None else integer("workers", workers, 1)
        self._pool = Pool(bench, [], store.folder, self.workers)
        self._outcomes = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._outcomes is not None:
            self._outcomes.close()

    def do(self, jobs: list[Job], tell=None) -> list[dict]:
        """Results, in the order of the jobs.

        Parameters
        ----------
        jobs : list of Job
        tell : callable, optional
            Takes `Counts` at the beginning and after each job.

        Raises
        ------
        RnnhwError
            If a job cannot be done with what the user gave, or its workers die.
        SimulationError
            If a simulator fails.
        RuntimeError
            If it fails otherwise.
        """
        tell = tell or (lambda counts: None)
        counts, results, missing = Counts(len(jobs)), [], []
        tell(counts)
        for number, job in enumerate(jobs):
            results.append(self.store.get(self.bench(job).key))
            if results[-1] is None:
                missing.append(number)
            else:
                counts = counts.after(Outcome(found=True))
        tell(counts)
        for number, outcome in self._outcomes_of(jobs, missing):
            results[number] = _result(outcome)
            counts = counts.after(outcome)
            tell(counts)
        return results

    def _outcomes_of(self, jobs: list[Job], missing: list[int]):
        if self.workers == 1:
            for number in missing:
                yield number, attempt(self.bench, jobs[number], self.store.folder)
            return
        if not missing:
            return
        places = {}
        for number in missing:  # the pool goes on with what is added to it
            places[len(self._pool.jobs)] = number
            self._pool.waiting.append(len(self._pool.jobs))
            self._pool.jobs.append(jobs[number])
        if self._outcomes is None:
            self._outcomes = self._pool.run()
        for _ in missing:
            at, outcome = next(self._outcomes)
            yield places[at], outcome


def _result(outcome: Outcome) -> dict:
    """The result, or the error as it was, or one that says what can be done about it."""
    if outcome.error is None:
        return outcome.result
    kind, _, text = outcome.error.partition(": ")
    if kind == RnnhwError.__name__:
        raise RnnhwError(text)
    if kind == SimulationError.__name__:
        raise SimulationError(text)
    if outcome.error.startswith(DIED):
        raise RnnhwError(f"a job was given up, {outcome.error}: fewer workers leave each more memory")
    raise RuntimeError(outcome.error)
