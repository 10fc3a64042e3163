"""One job: look its result up, or do it and keep the result."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from rnnhw.errors import RnnhwError

from .store import Store, plain


class Task(Protocol):
    """What is to be done for a job.

    Members
    -------
    key : str
        Of all that the result depends on (`Store.path`); known without doing the job.
    run : callable
        Does it; returns JSON data.
    """

    key: str

    def run(self) -> dict: ...


Prepare = Callable[[object], Task]


@dataclass(frozen=True)
class Outcome:
    """What became of a job: a result, or an error.

    Parameters
    ----------
    key : str or None
        None if it is not known, because the task could not be prepared.
    result : dict or None
    found : bool
        Whether the result was there already.
    error : str or None
        Why there is no result, in a line.
    """

    key: str | None = None
    result: dict | None = None
    found: bool = False
    error: str | None = None


def attempt(prepare: Prepare, job, folder) -> Outcome:
    """Do a job where this is called; its result goes to the store in `folder` (None: the default one) at once.

    A folder that cannot be used does no harm here: the result is returned, too.
    """
    key = None
    try:
        task = prepare(job)
        key = task.key
        found = _look_up(folder, key)
        if found is not None:
            return Outcome(key, found, found=True)
        result = plain(task.run())
    except Exception as error:  # whatever a job does, the others go on
        return Outcome(key, error=describe(error))
    with suppress(RnnhwError):
        Store(folder).put(key, result)
    return Outcome(key, result)


def find_key(prepare: Prepare, job) -> Outcome:
    """The key of a job, without doing it."""
    try:
        return Outcome(prepare(job).key)
    except Exception as error:
        return Outcome(error=describe(error))


def describe(error: BaseException) -> str:
    """An exception in a line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def _look_up(folder, key: str) -> dict | None:
    try:
        return Store(folder).get(key)
    except RnnhwError:
        return None
