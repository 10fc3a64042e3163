"""The scatter plot."""

import sys
from xml.etree import ElementTree

import pytest

from rnnhw.calibrate.scatter import COLOURS, FILES, INK, check_matplotlib, scatter
from rnnhw.errors import RnnhwError
from tests.calibrate.test_compare import comparison

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')


def test_a_panel_for_each_figure_and_a_colour_for_each_family(tmp_path):
    items = [comparison("ice40", number, lut=(900, 1000), clock=(40, 50 + number)) for number in range(3)]
    items += [comparison("ecp5", number, lut=(9000, 10_000)) for number in range(2)]
    scatter(items, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    text = (tmp_path / FILES[0]).read_text()
    ElementTree.fromstring(text)
    assert [text.count(f'id="axes_{number}"') for number in range(1, 5)] == [1, 1, 1, 0]
    for family, colour in COLOURS.items():
        assert (f"fill: {colour}" in text) == (family in ("ice40", "ecp5"))
    assert INK in text
    assert "fill: #ffffff" not in text  # no background of its own, and so none that is wrong in the dark
    assert (tmp_path / FILES[1]).read_bytes()[:4] == b"\x89PNG"
    again = tmp_path / "again"
    again.mkdir()
    scatter(items, again)
    assert (again / FILES[0]).read_text() == text


def test_without_any_clock(tmp_path):
    scatter([comparison()], tmp_path)
    assert (tmp_path / FILES[0]).stat().st_size > 1000


def test_without_matplotlib(monkeypatch):
    check_matplotlib()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(RnnhwError, match=r'^plots need matplotlib: pip install "rnnhw\[plots\]"$'):
        check_matplotlib()
