"""docs/sizing.md: its example prints what it says, and its figures are today's."""

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from rnnhw.analysis import Architecture
from rnnhw.report.diagram import engine_diagram
from rnnhw.report.sizing import boards_table
from rnnhw.sizing import size
from tests.shown import number
from tests.sizing.drawn import differences

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "sizing.md").read_text()
FORECAST = Architecture(cell="lstm", inputs=1, hidden=128, layers=2, outputs=6)
EXACT = ("dsp", "bram", "spram")
BUILT = {"iCEBreaker, 4 bits": ("icebreaker", 4), "ULX3S-45F, 8 bits": ("ulx3s-45f", 8)}


def shown(of):
    return re.search(rf"<!-- output of: {of} -->\n```\n(.*?)```", TEXT, re.S)[1]


def table(heading):
    """Rows of cells of the table that begins with a heading."""
    lines = TEXT[TEXT.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_example(capsys):
    exec(re.search(r"```python\n(.*?)```", TEXT, re.S)[1], {})
    assert capsys.readouterr().out == shown("the example")


def cells(text):
    """Cells of the lines of a table of boards, by the board."""
    lines = [re.split(r"  +", line.strip()) for line in text.splitlines()]
    return {line[0].rstrip(","): line[1:] for line in lines if len(line) > 1 and line[1] in ("yes", "no", "perhaps")}


def test_the_table_of_boards():
    sizing = size(FORECAST, steps=24, weight_bits=4)
    out = StringIO()
    Console(file=out, width=100).print(boards_table(sizing.data()))
    wanted, found = cells(shown("the boards")), cells(out.getvalue())
    assert len(wanted) == 7
    assert wanted.keys() == found.keys()
    for name, row in wanted.items():
        exact = (0, 3, 4, 5, 6)  # verdict, DSP, RAM, SPRAM, cycles
        assert [row[at] for at in exact] == [found[name][at] for at in exact]
        estimate = sizing.on(name).estimate
        bands = [estimate.percent("lut"), estimate.percent("ff"), estimate.clock_mhz]
        for cell, band in zip((row[1], row[2], row[7]), bands, strict=True):
            if band is None:
                assert cell == "\u2013"
            else:
                assert band.low - 0.5 <= number(cell) <= band.high + 0.5


def test_the_diagram():
    drawn = engine_diagram(size(FORECAST, steps=24, boards=[]).design.plan)
    assert (ROOT / "docs" / "forecast-core.svg").read_text() == drawn


def test_what_hangs_on_weights():
    rows = table("| weights/activations |")
    assert len(rows) == 2
    for bits, *errors, dsp, bram, verdicts in rows:
        found = differences(*map(int, bits.split("/")))
        names = ("lut", "ff", "clock_mhz")
        assert errors == [f"{found.middle(name):.1f} %, {found.most(name):.1f} %" for name in names]
        counts = (found.blocks["dsp"], found.blocks["bram"], found.verdicts)
        assert [dsp, bram, verdicts] == [f"{count} of {found.cores}" for count in counts]


def test_what_was_built():
    rows = table("| board, weights |")
    assert len(rows) == 2 * len(BUILT)
    for said, built in zip(rows[::2], rows[1::2], strict=True):
        name, weight_bits = BUILT[said[0]]
        estimate = size(FORECAST, steps=24, weight_bits=weight_bits, boards=[name]).boards[0].estimate
        assert (said[1], built[1]) == ("said", "built")
        for at, key in enumerate(EXACT, 2):
            assert number(said[at]) == number(built[at]) == getattr(estimate, key)
        bands = (estimate.logic_cells or estimate.lut, estimate.clock_mhz)
        for at, band in enumerate(bands, 5):
            low, high = map(number, said[at].split(" .. "))
            assert (low, high) == pytest.approx((band.low, band.high), rel=0.2)  # other calibrations have others
            assert low <= number(built[at]) <= high
