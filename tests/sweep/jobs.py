"""Fast jobs in place of syntheses; importable, so that workers of all kinds find them."""

import os
import signal
import tempfile
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """A number to square, and how that goes.

    Parameters
    ----------
    number : int
    folder : str
        Its log gets a line where a run begins or ends.
    seconds : float
        That it takes.
    what : str
        "square"; "fail"; "die": kills its worker, each time; "die once"; "child": starts a process that lasts longer;
        "unprepared": has no task; "odd": its result is no JSON data; "temporary": leaves a temporary folder, and
        "temporary and die".
    """

    number: int
    folder: str
    seconds: float = 0.01
    what: str = "square"


@dataclass(frozen=True)
class Square:
    """The task of a job."""

    job: Job

    @property
    def key(self) -> str:
        return sha256(f"square {self.job.number} {self.job.what}".encode()).hexdigest()

    def run(self) -> dict:
        job = self.job
        note(job, "begun")
        if job.what == "child":
            child = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "60")
            note(job, "child", child)
        if job.what.startswith("temporary"):
            place = tempfile.mkdtemp()
            if job.what == "temporary and die":
                os.kill(os.getpid(), signal.SIGKILL)
            return {"place": place}
        time.sleep(job.seconds)
        if job.what == "fail":
            raise ValueError(f"{job.number}\nis not to be squared")
        if job.what == "die" or (job.what == "die once" and len(notes(job.folder, "begun", job.number)) == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        note(job, "ended")
        if job.what == "odd":
            return {"square": float("nan")}
        return {"square": job.number**2, "pair": (1, 2)}


def prepare(job: Job) -> Square:
    if job.what == "unprepared":
        raise LookupError("nothing is known of it")
    return Square(job)


def note(job: Job, what: str, process: int | None = None) -> None:
    with (Path(job.folder) / "log").open("a") as file:
        file.write(f"{what} {job.number} {process or os.getpid()}\n")


def notes(folder, what: str, number: int | None = None) -> list[tuple[int, int]]:
    """Number and process of what was noted."""
    path = Path(folder) / "log"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    found = [(int(job), int(process)) for kind, job, process in lines if kind == what]
    return [pair for pair in found if number in (None, pair[0])]


def alive(process: int) -> bool:
    """Whether a process runs; one that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds: float = 20) -> None:
    """Till it holds; fails if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
