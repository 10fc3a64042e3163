"""Jobs on the cores of this machine: worker processes, each with one job at a time.

Not a `ProcessPoolExecutor`: there one worker's death ends all others, and nobody knows which job it had.
"""

import os
import shutil
import signal
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from rnnhw.errors import RnnhwError

from .work import Outcome, Prepare, attempt, describe

TRIES = 3  # of a job whose worker dies, and of a worker that does not come up
POSIX = hasattr(os, "setsid")
READY = "ready"


class Worker:
    """A process, and the job that it has.

    Parameters
    ----------
    arguments : tuple
        Of `serve`, after the pipe.
    """

    def __init__(self, arguments: tuple):
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.job: int | None = None
        self.ready = False
        self.process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
        with _interrupts_held():  # which the child inherits: Ctrl-C is its parent's to handle
            self.process.start()
        theirs.close()

    def give(self, number: int, job) -> None:
        """Let it do a job."""
        self.job = number
        with suppress(BrokenPipeError, ConnectionResetError):  # that it died shows when it is waited for
            self.pipe.send(job)

    def receive(self):
        """What it says; None if it died."""
        try:
            return self.pipe.recv()
        except (EOFError, OSError):
            return None

    def kill(self, patience: float = 0) -> None:
        """End it, after some seconds in which it may end by itself, and all that it started: one process group."""
        self.process.join(patience)
        if POSIX:
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.pipe.close()

    @property
    def end(self) -> str:
        """How it ended."""
        code = self.process.exitcode
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


class Pool:
    """Does jobs once.

    Parameters
    ----------
    prepare : callable
    jobs : list
    folder : Path
        Of the store that workers put results into.
    workers : int, optional
        Processes; by default as many as there are cores for this process.
    """

    def __init__(self, prepare: Prepare, jobs: list, folder, workers: int | None = None):
        self.prepare, self.jobs, self.folder = prepare, jobs, folder
        self.most = workers or cores()
        self.waiting = deque(range(len(jobs)))
        self.workers: list[Worker] = []
        self.deaths = Counter()
        self.failed_starts = 0

    def run(self) -> Iterator[tuple[int, Outcome]]:
        """Gives the number of each job and its outcome as they come.

        Closing the iterator, or an exception such as KeyboardInterrupt, kills what still runs.

        Raises
        ------
        RnnhwError
            If no worker comes up.
        """
        # All temporary files of workers, and of what they start, go in here, so that they go when those are killed.
        with tempfile.TemporaryDirectory(prefix="rnnhw-sweep-", ignore_cleanup_errors=True) as scratch:
            try:
                while self.waiting or self._busy():
                    self._hand_out(scratch)
                    for pipe in wait([worker.pipe for worker in self.workers]):
                        yield from self._hear(next(worker for worker in self.workers if worker.pipe is pipe))
            finally:
                for worker in self.workers:
                    worker.kill()

    def _busy(self) -> int:
        return sum(worker.job is not None for worker in self.workers)

    def _hand_out(self, scratch: str) -> None:
        while len(self.workers) < min(self.most, self._busy() + len(self.waiting)):
            self.workers.append(Worker((self.prepare, self.folder, scratch)))
        for worker in self.workers:
            if worker.ready and worker.job is None and self.waiting:
                number = self.waiting.popleft()
                worker.give(number, self.jobs[number])

    def _hear(self, worker: Worker):
        answer = worker.receive()
        if answer is None:
            yield from self._bury(worker)
        elif answer == READY:
            worker.ready, self.failed_starts = True, 0
        else:
            number, worker.job = worker.job, None
            yield number, answer

    def _bury(self, worker: Worker):
        """A job whose worker died goes to the end of the queue, unless it has had its tries."""
        self.workers.remove(worker)
        worker.kill(patience=1)
        if not worker.ready:
            self.failed_starts += 1
            if self.failed_starts == TRIES:
                raise RnnhwError(
                    f"worker processes do not come up ({worker.end}); a script that calls sweep has to do so under "
                    'if __name__ == "__main__":'
                )
        elif worker.job is not None:
            self.deaths[worker.job] += 1
            if self.deaths[worker.job] < TRIES:
                self.waiting.append(worker.job)
                return
            yield worker.job, Outcome(error=f"its worker died {TRIES} times ({worker.end})")


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(pipe, prepare: Prepare, folder, scratch: str) -> None:
    """What a worker process does until it is killed, or its parent is gone."""
    if POSIX:
        os.setsid()  # a group of its own: killed as one, and not reached by Ctrl-C
    os.set_inheritable(pipe.fileno(), False)  # or it would stay open, with the worker dead, in what a job started
    threading.Thread(target=_watch_parent, args=(scratch,), daemon=True).start()
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    with suppress(EOFError, OSError):
        pipe.send(READY)
        while True:
            pipe.send(_do(pipe, prepare, folder))
    _end(scratch)


def _do(pipe, prepare: Prepare, folder) -> Outcome:
    try:
        job = pipe.recv()
    except (EOFError, OSError):
        raise
    except Exception as error:  # a job that cannot be unpickled here
        return Outcome(error=describe(error))
    return attempt(prepare, job, folder)


def _watch_parent(scratch: str) -> None:
    parent_process().join()
    _end(scratch)


def _end(scratch: str) -> None:
    """With all that a job has started, and its files: not even a parent that is killed leaves a synthesis running."""
    shutil.rmtree(scratch, ignore_errors=True)
    if POSIX:
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


@contextmanager
def _interrupts_held():
    if not POSIX:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
