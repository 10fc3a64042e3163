"""docs/studio.md: its figures are those of the Python API, its picture is there, its promises are the settings."""

import re
from pathlib import Path

import pytest

from rnnhw.analysis import Architecture
from rnnhw.sizing import size

pytest.importorskip("streamlit", reason='no streamlit: pip install "rnnhw[studio]"')
ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "studio.md").read_text()
FORECAST = Architecture(cell="lstm", inputs=1, hidden=128, layers=2, outputs=6)


def test_the_forecast():
    found = size(FORECAST, steps=24, lanes=16)
    cycles, lanes, holding, boards = re.search(
        r"it shows ([\d,]+) cycles a step with (\d+) lanes, and that (\d+) of the (\d+) boards hold it", TEXT
    ).groups()
    assert (cycles, lanes) == (f"{found.cycles.per_step:,}", f"{found.design.plan.lanes}")
    assert (int(holding), int(boards)) == (len(found.held()), len(found.boards))
    shape = FORECAST.shape
    counts = [shape.parameters, sum(cell.parameters for cell in shape.cells), shape.denses[0].parameters]
    for count in counts:
        assert f"{count:,}" in TEXT


def test_the_tabs_are_those_of_the_page():
    from rnnhw.studio.shell import TABS

    assert set(re.findall(r"^\| (\w[\w -]+) \| ", TEXT, re.M)) - {"tab"} == set(TABS)


def test_what_is_promised_is_set(run):
    from rnnhw.importers.load import EXTENSIONS
    from rnnhw.studio.network_form import MOST_HIDDEN, MOST_LAYERS
    from rnnhw.studio.server import HOST, MOST_UPLOAD_MB, NAMES, SETTINGS
    from rnnhw.studio.uploads import MOST_UNPACKED
    from rnnhw.studio.widths_tab import SEQUENCES

    assert SETTINGS["server.address"] == HOST == "127.0.0.1"
    assert SETTINGS["browser.gatherUsageStats"] == "false"
    assert all(f"`{name}`" in TEXT for name in (*NAMES, *EXTENSIONS))
    assert f"at most {MOST_UPLOAD_MB} MB" in TEXT
    assert f"at most {MOST_UNPACKED >> 30} GiB" in TEXT
    assert f"end at {MOST_HIDDEN} units, {MOST_LAYERS} layers and 128 lanes" in TEXT
    assert f"on {SEQUENCES} sequences each" in TEXT
    code, printed, _ = run("studio", "--help")
    assert code == 0
    assert all(option in printed for option in re.findall(r"`(--[a-z-]+)", TEXT[: TEXT.index("## ")]))


def test_the_picture():
    path = ROOT / "docs" / re.search(r"\]\((\w+\.png)\)", TEXT)[1]
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == 1280
    assert len(content) < 400_000


def test_links_lead_somewhere():
    for name in set(re.findall(r"\]\(([\w./-]+\.md)\)", TEXT)):
        assert (ROOT / "docs" / name).is_file(), name


def test_times_are_within_what_is_promised():
    worst = [int(row.split("│")[4]) for row in TEXT.splitlines() if row.startswith("│")]
    assert len(worst) == 6
    assert max(worst) <= 300
