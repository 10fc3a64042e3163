"""Sweeps on a Dask cluster: a real scheduler and two workers, as processes on this machine."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sweep import Counts, Store, cluster, sweep
from tests.sweep.jobs import Job, notes, prepare, wait_until

ROOT = Path(__file__).parents[2]
pytest.importorskip("distributed", reason='no Dask: pip install "rnnhw[dask]"')
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # dask's own


@dataclass
class Dask:
    """A scheduler and its workers.

    Parameters
    ----------
    folder : Path
    processes : list of Popen
        The scheduler first.
    address : str
    """

    folder: Path
    processes: list
    address: str = ""

    def start(self, *arguments, **environment) -> None:
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "dask", *map(str, arguments), "--no-dashboard"]
        with (self.folder / f"log{len(self.processes)}").open("w") as log:
            process = subprocess.Popen(
                command, env=os.environ | {"PYTHONPATH": paths} | environment, stdout=log, stderr=log
            )
        self.processes.append(process)

    def start_worker(self) -> None:
        number = len(self.processes)
        self.start(
            *("worker", self.address, "--nthreads", 1, "--no-nanny", "--local-directory", self.folder / f"w{number}"),
            XDG_CACHE_HOME=str(self.folder / f"cache{number}"),
        )

    def kill(self, process) -> None:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    dask = Dask(tmp_path_factory.mktemp("dask"), [])
    try:
        file = dask.folder / "scheduler.json"
        dask.start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", file)
        wait_until(file.exists)
        dask.address = json.loads(file.read_text())["address"]
        dask.start_worker()
        dask.start_worker()
        yield dask
    finally:
        for process in dask.processes:
            dask.kill(process)


def swept(jobs, store, dask, **options) -> dict:
    found = sweep(jobs, prepare, store, scheduler=dask.address, **options)
    return {job.number: outcome for job, outcome in found}


def test_results_failures_and_what_was_found(tmp_path, dask):
    folder, store, told = str(tmp_path), Store(tmp_path / "store"), []
    jobs = [Job(number, folder, 0.1) for number in range(8)]
    jobs += [Job(8, folder, what="fail"), Job(9, folder, what="unprepared")]
    outcomes = swept(jobs, store, dask, progress=told.append)
    assert {number: outcome.result for number, outcome in outcomes.items() if outcome.error is None} == {
        number: {"square": number**2, "pair": [1, 2]} for number in range(8)
    }
    assert outcomes[8].error == "ValueError: 8 is not to be squared"
    assert outcomes[9].error == "LookupError: nothing is known of it"
    assert (told[0], told[-1]) == (Counts(10), Counts(10, 10, 0, 2))
    workers = {process.pid for process in dask.processes[1:]}
    assert {process for _, process in notes(folder, "ended")} <= workers
    assert [store.get(outcomes[number].key) for number in range(8)] == [outcomes[number].result for number in range(8)]
    again = swept(jobs[:8], store, dask)
    assert [outcome.found for outcome in again.values()] == [True] * 8
    assert {number: outcome.result for number, outcome in again.items()} == {
        number: {"square": number**2, "pair": [1, 2]} for number in range(8)
    }
    assert len(notes(folder, "ended")) == 8


def test_workers_keep_what_they_make(tmp_path, dask):
    """A client without a store of its own results gets them from the worker's."""
    job = Job(20, str(tmp_path))
    assert not swept([job], Store(tmp_path / "one"), dask)[20].found
    kept = [Store(path) for path in dask.folder.glob("cache*/rnnhw/synthesis") if prepare(job).key in Store(path)]
    assert len(kept) == 1


def kill_one(dask, folder, store, jobs, killed) -> None:
    """Kill a worker in the middle of a job, once a few are kept; notes which they are."""

    def running():
        ended = {number for number, _ in notes(folder, "ended")}
        return [process for number, process in notes(folder, "begun") if number not in ended]

    def kept():
        return {job.number for job in jobs if prepare(job).key in store}

    wait_until(lambda: len(kept()) >= 5 and running())
    victim = next(process for process in dask.processes if process.pid in running())
    killed["kept"], killed["worker"] = kept(), victim
    time.sleep(0.05)  # so that Dask has heard that the client has them
    dask.kill(victim)


def test_a_worker_that_is_killed_loses_no_result(tmp_path, dask):
    folder, store, killed = str(tmp_path), Store(tmp_path / "store"), {}
    jobs = [Job(number, folder, 0.3) for number in range(40, 54)]
    killer = threading.Thread(target=kill_one, args=(dask, folder, store, jobs, killed))
    killer.start()
    done = swept(jobs, store, dask)
    killer.join()
    assert {number: outcome.result["square"] for number, outcome in done.items()} == {
        number: number**2 for number in range(40, 54)
    }
    assert len(killed["kept"]) >= 5
    assert [len(notes(folder, "ended", number)) for number in sorted(killed["kept"])] == [1] * len(killed["kept"])
    assert len(notes(folder, "begun")) > len(jobs)  # the victim's job was begun again
    assert all(outcome.key in store for outcome in done.values())
    dask.processes.remove(killed["worker"])
    dask.start_worker()


def test_a_job_that_kills_its_workers_is_given_up(tmp_path, dask):
    folder, store = str(tmp_path), Store(tmp_path / "store")
    jobs = [Job(60, folder, what="die"), *(Job(number, folder, 0.05) for number in range(61, 67))]
    with closing(sweep(jobs, prepare, store, scheduler=dask.address)) as outcomes:
        for _ in range(3):
            dask.start_worker()
        done = {job.number: outcome for job, outcome in outcomes}
    deaths = sum(process.poll() is not None for process in dask.processes[1:])
    assert done[60].error == "its worker died 4 times"
    assert deaths == 4
    assert {number: outcome.result["square"] for number, outcome in done.items() if number != 60} == {
        number: number**2 for number in range(61, 67)
    }


def dask_worker_address(dask) -> str:
    from distributed import Client

    with Client(dask.address, set_as_default=False) as client:
        return next(iter(client.nthreads()))


def test_addresses_where_no_scheduler_is(tmp_path, monkeypatch, dask):
    store = Store(tmp_path / "store")
    address = dask_worker_address(dask)
    with pytest.raises(RnnhwError, match=f"^{address}: is a Dask Worker, not a scheduler$"):
        next(sweep([], prepare, store, scheduler=address))
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.3)
    with socket.socket() as silent:  # takes connections and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        for address in ("tcp://127.0.0.1:1", f"tcp://127.0.0.1:{silent.getsockname()[1]}"):
            message = f"^{address}: no Dask scheduler answers there within 0.3 seconds$"
            with pytest.raises(RnnhwError, match=message):
                next(sweep([], prepare, store, scheduler=address))
    for address in ("", "somewhere", "http://a:1", "tcp://127.0.0.1:many"):
        with pytest.raises(RnnhwError, match=f"^{address}: cannot be connected to as a Dask scheduler "):
            next(sweep([], prepare, store, scheduler=address))


def test_without_dask(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(RnnhwError, match=r'^--scheduler needs Dask: pip install "rnnhw\[dask\]"$'):
        next(sweep([], prepare, Store(tmp_path / "store"), scheduler="tcp://127.0.0.1:1"))


def test_a_scheduler_that_goes_away(tmp_path, dask):
    """The last test: it ends the cluster."""
    folder, store = str(tmp_path), Store(tmp_path / "store")
    jobs = [Job(number, folder, 0.1) for number in range(70, 90)]
    done = []

    def all_of_them():
        with closing(sweep(jobs, prepare, store, scheduler=dask.address)) as outcomes:
            for _, outcome in outcomes:
                done.append(outcome)
                if len(done) == 2:
                    dask.kill(dask.processes[0])

    with pytest.raises(RnnhwError, match=f"^{dask.address}: the connection to the Dask scheduler is lost; what was"):
        all_of_them()
    assert 2 <= len(done) < 20
    assert all(outcome.key in store for outcome in done)
