"""Workers that stay for several rounds, and jobs that cannot be done."""

import os
import signal

import pytest

from rnnhw.comparison.crew import Crew
from rnnhw.comparison.metric import METRICS
from rnnhw.comparison.problem import Problem
from rnnhw.comparison.tasks import Bench, Job
from rnnhw.errors import RnnhwError
from rnnhw.sweep import Store
from tests.comparison.small import labelled

JOBS = [Job("figures", {"weight_bits": bits}, [{}]) for bits in (3, 5, 8)]


class Deadly(Bench):
    """Kills its process."""

    def __call__(self, job: Job):
        if job.what == "details":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(job)


def bench(folder, kind=Bench) -> Bench:
    net, data = labelled(1)
    return kind(Problem(net, data, data, METRICS["accuracy"]), str(folder))


def test_rounds_have_the_same_workers(tmp_path):
    store = Store(tmp_path)
    with Crew(bench(store.folder), store, 2) as crew:
        first, counts = crew.do(JOBS[:2]), []
        workers = [worker.process.pid for worker in crew._pool.workers]
        second = crew.do(JOBS[::-1], counts.append)
        assert [worker.process.pid for worker in crew._pool.workers] == workers
        assert crew.do([]) == []
    assert second[:0:-1] == first
    assert (counts[-1].done, counts[-1].found) == (3, 2)
    with Crew(bench(tmp_path / "alone"), Store(tmp_path / "alone"), 1) as alone:
        assert alone.do(JOBS) == second[::-1]


def test_a_job_whose_workers_die_is_given_up(tmp_path):
    store = Store(tmp_path)
    crew = Crew(bench(store.folder, Deadly), store, 2)
    crew.bench = bench(store.folder)  # (which looks for what is kept, here)
    with crew, pytest.raises(RnnhwError, match=r"its worker died 3 times \(SIGKILL\): fewer workers"):
        crew.do([Job("details", {})])


def test_what_fails_is_said_as_it_was(tmp_path):
    with Crew(bench(tmp_path), Store(tmp_path), 1) as crew:
        with pytest.raises(RnnhwError, match=r"weight_bits must be in 1\.\.16, not 99"):
            crew.do([Job("details", {"weight_bits": 99})])
        with pytest.raises(RuntimeError, match="KeyError: 'nothing'"):
            crew.do([Job("nothing", {})])
        with pytest.raises(TypeError, match="workers must be an integer, not 'two'"):
            Crew(crew.bench, crew.store, "two")
