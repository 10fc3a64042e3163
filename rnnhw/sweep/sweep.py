"""Many jobs, each done once."""

from collections.abc import Callable, Iterable, Iterator

from rnnhw.errors import RnnhwError

from .cluster import Cluster
from .pool import Pool
from .progress import Counts
from .store import Store
from .work import Outcome, Prepare


def sweep(
    jobs: Iterable,
    prepare: Prepare,
    store: Store,
    *,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Counts], None] | None = None,
) -> Iterator[tuple[object, Outcome]]:
    """Do jobs that are not done yet, on all cores or on a Dask cluster.

    A result is kept as soon as it is there. A job that fails gives its error, and the others go on. A worker that dies
    loses no result; its job goes to another one, and is given up after three deaths (in a cluster: after as many as
    the scheduler's `allowed-failures` says). To be closed, or run to its end (`contextlib.closing`).

    Parameters
    ----------
    jobs : iterable
        Small values that can be pickled.
    prepare : callable
        Makes a job's task: with `key`, all that the result depends on, and `run()`, which takes its time and returns
        a dict of JSON data. It has to be importable where workers are.
    store : Store
    workers : int, optional
        Processes on this machine; by default one a core.
    scheduler : str, optional
        Address of a Dask scheduler (tcp://host:port), whose workers then do it.
    progress : callable, optional
        Takes `Counts` at the beginning and after each job.

    Returns
    -------
    iterator of (job, Outcome)
        As they come, in no order.

    Raises
    ------
    RnnhwError
        If the scheduler does not answer, no worker comes up, or a result cannot be kept.
    """
    if not isinstance(store, Store):
        raise TypeError(f"store must be a Store, not {type(store).__name__}")
    if not callable(prepare):
        raise TypeError(f"prepare must be callable, not {type(prepare).__name__}")
    if workers is not None:
        if not isinstance(workers, int) or isinstance(workers, bool):
            raise TypeError(f"workers must be an int, not {type(workers).__name__}")
        if workers < 1:
            raise RnnhwError(f"workers must be at least 1, not {workers}")
        if scheduler is not None:
            raise RnnhwError("workers is for this machine: a Dask cluster has its own")
    return _swept(list(jobs), prepare, store, workers, scheduler, progress or (lambda counts: None))


def _swept(jobs: list, prepare: Prepare, store: Store, workers, scheduler, tell):
    local = scheduler is None
    work = Pool(prepare, jobs, store.folder, workers) if local else Cluster(prepare, jobs, store, scheduler)
    counts = Counts(len(jobs))
    tell(counts)
    outcomes = work.run()
    try:
        for number, outcome in outcomes:
            if outcome.result is not None and outcome.key not in store:
                store.put(outcome.key, outcome.result)
            counts = counts.after(outcome)
            tell(counts)
            yield jobs[number], outcome
    finally:
        outcomes.close()
