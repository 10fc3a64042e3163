"""How far a sweep is, and how that is shown."""

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from .work import Outcome


@dataclass(frozen=True)
class Counts:
    """How many jobs there are, are done, were found in the store, and failed; the last two are among those done.

    Parameters
    ----------
    total, done, found, failed : int
    """

    total: int
    done: int = 0
    found: int = 0
    failed: int = 0

    def after(self, outcome: Outcome) -> "Counts":
        """With one more."""
        failed = self.failed + (outcome.error is not None)
        return replace(self, done=self.done + 1, found=self.found + outcome.found, failed=failed)

    def __str__(self) -> str:
        parts = [f"{self.done} of {self.total} done", f"{self.found} found in the cache"]
        return ", ".join(parts + [f"{self.failed} failed"] * bool(self.failed))


class Remaining:
    """How long a sweep will still take: what was found took no time, and says nothing of the rest."""

    def __init__(self, clock=time.monotonic):
        self.clock, self.start = clock, clock()

    def seconds(self, counts: Counts) -> float | None:
        """None as long as nothing was computed."""
        computed = counts.done - counts.found
        return (self.clock() - self.start) / computed * (counts.total - counts.done) if computed else None

    def text(self, counts: Counts) -> str:
        """For people."""
        seconds = self.seconds(counts)
        return "" if seconds is None else f"{timedelta(seconds=round(seconds))} remaining"


@contextmanager
def shown(title: str, quiet: bool = False, console: Console | None = None):
    """Show a sweep's progress on standard error where somebody looks; gives what takes each `Counts`."""
    console = console or Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda counts: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        row, remaining = bar.add_task(title, total=None, text=""), Remaining()

        def tell(counts: Counts) -> None:
            text = ", ".join(part for part in (str(counts), remaining.text(counts)) if part)
            bar.update(row, total=counts.total, completed=counts.done, text=text)

        yield tell
