"""Sweeps on the cores of this machine, with workers and parents that are killed."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.sweep import Counts, Store, pool, sweep
from tests.sweep.jobs import Job, alive, notes, prepare, wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def swept(jobs, store, **options) -> dict:
    return {job.number: outcome for job, outcome in sweep(jobs, prepare, store, **options)}


def test_results_failures_and_what_was_found(tmp_path, store):
    folder, told = str(tmp_path), []
    jobs = [Job(number, folder) for number in range(5)]
    jobs += [Job(5, folder, what="fail"), Job(6, folder, what="unprepared"), Job(7, folder, what="odd")]
    outcomes = swept(jobs, store, workers=2, progress=told.append)
    assert {number: outcome.result for number, outcome in outcomes.items() if outcome.error is None} == {
        number: {"square": number**2, "pair": [1, 2]} for number in range(5)
    }
    assert {
        number: outcome.error.removesuffix(": nan") for number, outcome in outcomes.items() if outcome.error is not None
    } == {
        5: "ValueError: 5 is not to be squared",
        6: "LookupError: nothing is known of it",
        7: "ValueError: Out of range float values are not JSON compliant",
    }
    assert [outcome.found for outcome in outcomes.values()] == [False] * 8
    assert all(store.get(outcome.key) == outcome.result for outcome in outcomes.values() if outcome.key)
    assert (told[0], told[-1], len(told)) == (Counts(8), Counts(8, 8, 0, 3), 9)
    processes = {process for _, process in notes(folder, "begun")}
    assert os.getpid() not in processes
    assert len(processes) <= 2
    again = swept([*jobs[:5], Job(9, folder)], store, workers=1, progress=told.append)
    assert {number: (outcome.result, outcome.found) for number, outcome in again.items()} == {
        number: ({"square": number**2, "pair": [1, 2]}, number < 5) for number in (*range(5), 9)
    }
    assert told[-1] == Counts(6, 6, 5, 0)
    assert sorted(number for number, _ in notes(folder, "ended")) == [0, 1, 2, 3, 4, 7, 9]


def test_a_damaged_result_is_computed_anew(tmp_path, store):
    jobs = [Job(number, str(tmp_path)) for number in range(3)]
    first = swept(jobs, store, workers=1)
    path = store.path(first[1].key)
    path.write_bytes(path.read_bytes()[:-9])
    again = swept(jobs, store, workers=1)
    assert [again[number].found for number in range(3)] == [True, False, True]
    assert [len(notes(tmp_path, "ended", number)) for number in range(3)] == [1, 2, 1]
    assert store.get(first[1].key) == {"square": 1, "pair": [1, 2]}


def test_workers_that_die(tmp_path, store):
    folder = str(tmp_path)
    jobs = [Job(100, folder, what="die"), Job(101, folder, what="die once"), *(Job(n, folder) for n in range(8))]
    outcomes = swept(jobs, store, workers=2)
    assert outcomes[100].error == "its worker died 3 times (SIGKILL)"
    assert len(notes(folder, "begun", 100)) == 3
    assert outcomes[101].result["square"] == 101**2
    assert len(notes(folder, "begun", 101)) == 2
    for number in range(8):  # not even begun twice: a worker's death is no other one's
        assert outcomes[number].result["square"] == number**2
        assert len(notes(folder, "begun", number)) == 1


def test_a_worker_that_is_killed_takes_what_it_started_with_it(tmp_path, store):
    folder = str(tmp_path)
    jobs = [Job(0, folder, 0.3, "child"), *(Job(number, folder, 0.1) for number in range(1, 5))]
    outcomes = sweep(jobs, prepare, store, workers=2)
    with closing(outcomes):
        first, _ = next(outcomes)  # while number 0 still runs
        victim, child = notes(folder, "begun", 0)[0][1], notes(folder, "child", 0)[0][1]
        assert alive(child)
        os.kill(victim, signal.SIGKILL)
        rest = {job.number: outcome for job, outcome in outcomes}
    assert {first.number, *rest} == set(range(5))
    assert [outcome.error for outcome in rest.values()] == [None] * 4
    assert len(notes(folder, "begun", 0)) == 2
    assert [len(notes(folder, "ended", number)) for number in range(5)] == [1] * 5
    wait_until(lambda: not any(alive(process) for _, process in notes(folder, "child")))


def test_an_abandoned_sweep_leaves_nothing_running(tmp_path, store):
    folder = str(tmp_path)
    jobs = [Job(0, folder, 60, "child"), Job(1, folder)]
    with closing(sweep(jobs, prepare, store, workers=2)) as outcomes:
        assert next(outcomes)[0].number == 1
        wait_until(lambda: notes(folder, "child"))
        processes = [process for what in ("begun", "child") for _, process in notes(folder, what)]
        assert alive(notes(folder, "child")[0][1])
    wait_until(lambda: not any(map(alive, processes)))


def start(folder, count: int):
    """A sweep in a process of its own, as a terminal starts it: with a group for itself."""
    command = [sys.executable, "-m", "tests.sweep.child", str(folder), str(count)]
    pipe = subprocess.PIPE
    (Path(folder) / "scratch").mkdir(exist_ok=True)
    environment = os.environ | {"TMPDIR": str(Path(folder) / "scratch")}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_goes_on_where_it_was(number, tmp_path):
    child = start(tmp_path, 12)
    first = [int(child.stdout.readline()) for _ in range(3)]
    (os.killpg if number == signal.SIGINT else os.kill)(child.pid, number)  # Ctrl-C goes to the whole group
    printed, error = child.communicate(timeout=30)
    assert child.returncode != 0
    done = {*first, *map(int, printed.split())}
    assert 3 <= len(done) < 12
    assert error.count("Traceback") == (number == signal.SIGINT)  # the parent's own: workers say nothing
    processes = [process for what in ("begun", "child") for _, process in notes(tmp_path, what)]
    assert len(processes) >= 5
    wait_until(lambda: not any(map(alive, processes)))
    assert list((tmp_path / "scratch").iterdir()) == []
    again = start(tmp_path, 12)
    printed, error = again.communicate(timeout=60)
    assert (sorted(map(int, printed.split())), error, again.returncode) == (list(range(12)), "", 0)
    assert [len(notes(tmp_path, "ended", job)) for job in sorted(done)] == [1] * len(done)
    assert {job for job, _ in notes(tmp_path, "ended")} == set(range(12))


def test_temporary_files_go_with_their_worker(tmp_path, store, monkeypatch):
    monkeypatch.setattr(pool.tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    jobs = [Job(0, str(tmp_path), what="temporary"), Job(1, str(tmp_path), what="temporary and die")]
    outcomes = swept(jobs, store, workers=1)
    places = [Path(outcome.result["place"]) for outcome in outcomes.values() if outcome.result]
    assert [place.parents[1] for place in places] == [tmp_path / "scratch"]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_script_without_a_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from rnnhw.sweep import Store, sweep\nfrom tests.sweep.jobs import Job, prepare\n"
        f"print(list(sweep([Job(1, {str(tmp_path)!r})], prepare, Store({str(tmp_path / 's')!r}))))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "rnnhw.errors.RnnhwError: worker processes do not come up (exit code 1); "
        'a script that calls sweep has to do so under if __name__ == "__main__":'
    )


def test_a_store_that_takes_nothing_any_more_ends_the_sweep(tmp_path, store):
    job = Job(1, str(tmp_path))
    (store.folder / prepare(job).key[:2]).write_text("")
    with pytest.raises(RnnhwError, match=r"cannot be read \(Not a directory\)$"):
        swept([job], store, workers=1)
    assert len(notes(tmp_path, "ended")) == 1


def test_wrong_arguments(store):
    for options, kind, message in (
        ({"workers": 0}, RnnhwError, "workers must be at least 1, not 0"),
        ({"workers": 1.5}, TypeError, "workers must be an int, not float"),
        ({"workers": True}, TypeError, "workers must be an int, not bool"),
        ({"workers": 2, "scheduler": "tcp://a:1"}, RnnhwError, "workers is for this machine: a Dask cluster has its"),
    ):
        with pytest.raises(kind, match=f"^{message}"):
            sweep([], prepare, store, **options)
    with pytest.raises(TypeError, match=r"^store must be a Store, not str$"):
        sweep([], prepare, "folder")
    with pytest.raises(TypeError, match=r"^prepare must be callable, not int$"):
        sweep([], 5, store)
    assert list(sweep([], prepare, store)) == []
