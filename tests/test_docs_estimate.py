"""docs/estimate.md: its command runs and prints what it says, as far as that is exact; its table is the model's."""

import re
from pathlib import Path

import pytest

from rnnhw import Design
from rnnhw.estimate.energy_coefficients import COEFFICIENTS
from tests.shown import digits, rows, same_estimate

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "estimate.md").read_text()
ROWS = {"clock": "clock network", "ff": "flip-flop", "lut": "LUT", "dsp": "DSP block", "bram": "block RAM"}
ROWS |= {"spram": "SPRAM"}


def test_the_example(run, monkeypatch):
    monkeypatch.chdir(ROOT)
    (command,) = re.findall(r"```sh\nrnnhw (.*?)\n```", TEXT)
    code, printed, error = run(*command.split())
    assert code == 0, error
    shown = re.search(r"<!-- output of: rnnhw estimate -->\n```\n(.*?)```", TEXT, re.S)[1]
    wanted, found = (part.split("\nModules")[0] for part in (shown, printed))
    assert list(rows(found)) == list(rows(wanted))
    assert same_estimate(wanted, found) > 15
    blocks = [rows(part.split("Multipliers and memories")[1]) for part in (shown, printed)]
    assert blocks[0] == blocks[1]
    assert len(blocks[0]) == 9


def test_the_python():
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    names = {"design": Design(digits(), lanes=8, target="icebreaker")}
    exec(compile(code, "estimate.md", "exec"), names)
    assert names["figures"].sequence.length == 28


@pytest.mark.parametrize("key", ROWS)
def test_the_coefficients(key):
    lines = TEXT.split("Coefficients in pJ:")[1].splitlines()
    line = next(text for text in lines if text.startswith(f"| {ROWS[key]}"))
    wanted = []
    for own in COEFFICIENTS.values():
        item = own.get(key)
        wanted.append(f"{item.value:.3g} ({item.low:.2g} .. {item.high:.3g})" if item else "")
    assert [cell.strip() for cell in line.split("|")[2:6]] == wanted


def test_nothing_is_left_to_fill_in():
    assert not re.findall(r"OUTPUT|TABLE|TODO|FIXME|XXX", TEXT)
