"""docs/fit.md: its commands run and print what it says, as far as that is exact."""

import re
from pathlib import Path

import pytest

from tests.shown import rows, same_configurations, same_search

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "fit.md").read_text()
EXAMPLES = re.findall(r"```sh\nrnnhw (.*?)\n```\n\n```\n(.*?)```", TEXT, re.S)
BOARDS = ("ulx3s-85f", "icebreaker")


@pytest.mark.parametrize("number", range(len(BOARDS)))
def test_the_examples(number, run, monkeypatch):
    monkeypatch.chdir(ROOT)
    command, shown = EXAMPLES[number]
    code, printed, error = run(*command.split())
    assert code == 0, error
    same_search(shown, printed, BOARDS[number])


def test_what_is_shown_is_held_against_estimates():
    """Control: a figure that is off by one is found, and a fitted one outside its band."""
    shown = EXAMPLES[1][1]
    assert same_configurations(shown, BOARDS[1]) >= 15
    cells = rows(shown)
    for name, other in (("DSP blocks", "6 (62%)"), ("logic cells", "9,999 (48%)")):
        with pytest.raises(AssertionError, match=name):
            same_configurations(shown.replace(cells[name][1], other, 1), BOARDS[1])
    assert len(EXAMPLES) == len(BOARDS)
