"""The tables of a sizing on narrow terminals."""

from io import StringIO

from rich.console import Console

from rnnhw.analysis import Architecture
from rnnhw.report.sizing import sizing_tables
from rnnhw.sizing import size


def printed(data: dict, width: int) -> list[str]:
    console = Console(width=width, file=StringIO())
    console.print(sizing_tables(data))
    return console.file.getvalue().splitlines()


def test_nothing_of_the_boards_is_lost():
    data = size(Architecture(hidden=64), steps=100, boards=["icebreaker", "ulx3s-12f"]).data()
    for width in (80, 120):
        lines = printed(data, width)
        assert max(map(len, lines)) <= width
        for board in data["boards"]:
            row = next(line for line in lines if line.lstrip().startswith(f"{board['board']} "))
            assert row.split()[-1] == f"{board['energy_nj']['value'] / 1000:.3g}"
        said = " ".join(" ".join(lines).split())
        assert "host. Exact: cycles, DSP, RAM, SPRAM." in said
