"""How far a sweep is."""

import io

from rich.console import Console

from rnnhw.sweep import Counts, Outcome, shown
from rnnhw.sweep.progress import Remaining


def test_counts():
    counts = Counts(3)
    assert str(counts) == "0 of 3 done, 0 found in the cache"
    counts = counts.after(Outcome("k", {}, found=True)).after(Outcome("k", {})).after(Outcome(error="why"))
    assert counts == Counts(3, 3, 1, 1)
    assert str(counts) == "3 of 3 done, 1 found in the cache, 1 failed"


def test_what_was_found_says_nothing_of_the_time_of_the_rest():
    now = [100.0]
    remaining = Remaining(lambda: now[0])
    assert remaining.text(Counts(50, 40, 40)) == ""
    now[0] = 120.0
    assert remaining.seconds(Counts(50, 45, 41)) == 25
    assert remaining.text(Counts(50, 45, 41)) == "0:00:25 remaining"
    assert remaining.seconds(Counts(50, 50, 41)) == 0


def test_shown_where_somebody_looks():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120)
    with shown("measuring", console=terminal) as tell:
        tell(Counts(4))
        tell(Counts(4, 2, 1, 1))
    text = terminal.file.getvalue()
    assert "measuring" in text
    assert "2 of 4 done, 1 found in the cache, 1 failed" in text
    for quiet, console in ((True, terminal), (False, Console(file=io.StringIO()))):
        before = console.file.getvalue()
        with shown("measuring", quiet, console) as tell:
            tell(Counts(4))
        assert console.file.getvalue() == before
