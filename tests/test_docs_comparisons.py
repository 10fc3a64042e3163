"""docs/comparisons.md: its tables are what the networks make of the test data at each pair of widths."""

import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "comparisons.md").read_text()


def script():
    """benchmarks/widths.py, as a module."""
    spec = importlib.util.spec_from_file_location("widths", ROOT / "benchmarks" / "widths.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WIDTHS = script()


def shown(name: str) -> str:
    """The part of the page about one network."""
    task, _, cell = name.partition("_")
    chapter = TEXT.split(f"## {WIDTHS.TITLES[task]}\n")[1].split("\n## ")[0]
    return chapter.split(f"### {WIDTHS.CELLS[cell]}\n")[1].split("\n### ")[0]


def unverified(text: str) -> list[str]:
    """Its lines, without what simulation said."""
    return [re.sub(r"\| (no|\d+ sequences, equal) \|$", "|", line) for line in text.strip().splitlines()]


@pytest.mark.parametrize("name", WIDTHS.NAMES)
def test_the_tables(name, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    document = WIDTHS.compared(name, 0)
    wanted, found = unverified(shown(name)), unverified(WIDTHS.section(name, document))
    assert found[2:] == wanted
    assert len(wanted) > 20
    assert (ROOT / "docs" / "comparisons" / f"{name}.svg").is_file()


def test_every_point_of_the_fronts_was_simulated():
    rows = re.findall(r"^\| \d+/\d+ \|.*\| ([^|]*) \|$", TEXT, re.M)
    assert len(rows) > 30
    assert set(rows) == {"50 sequences, equal"}
