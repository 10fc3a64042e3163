"""Files of a comparison."""

import csv
import io
import json

import pytest

from rnnhw.comparison.result import FILES, Comparison, flat
from rnnhw.errors import RnnhwError
from tests.comparison.jobs import small_comparison


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Comparison:
    return small_comparison(tmp_path_factory.mktemp("store"), state_bits=[6, 16])


def test_rows_hold_all_that_points_hold(found):
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert [row["id"] for row in rows] == [point["id"] for point in found.points]
    for row, point in zip(rows, found.points, strict=True):
        assert row["refused"] == (point["refused"] or "")
        if not point["refused"]:
            assert float(row["metric"]) == point["metric"]
            assert float(row["lut.high"]) == point["lut"]["high"]
            assert int(row["saturations.lstm0.z_i.of"]) == point["saturations"]["lstm0.z_i"]["of"]
            assert row["knobs.lanes"] == str(point["knobs"]["lanes"])


def test_parts_of_parts_have_names_with_a_dot():
    assert flat({"a": 1, "b": {"c": None, "d": {"e": 2}}, "f": None}) == {"a": 1, "b.c": "", "b.d.e": 2, "f": ""}


def test_a_folder_is_written_whole(found, tmp_path, monkeypatch):
    folder = found.write(tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert json.loads((folder / "comparison.json").read_text()) == found.document()
    assert (folder / "comparison.csv").read_text() == found.csv()
    assert (folder / "report.html").read_text().lstrip().lower().startswith("<!doctype html>")
    monkeypatch.setattr("rnnhw.report.comparison.comparison_page", lambda document: "another")
    monkeypatch.setattr("rnnhw.report.comparison.pareto_svg", lambda document: "one")
    assert (found.write(folder) / "report.html").read_text() == "another"  # an earlier one is replaced
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(RnnhwError, match=r"holds notes\.txt, which rnnhw did not write"):
        found.write(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_front_is_in_the_order_of_its_cost(found):
    costs = [point["lut"]["value"] for point in found.front]
    assert costs == sorted(costs)
    assert [point["metric"] for point in found.front] == sorted(point["metric"] for point in found.front)
    assert found.chosen is None
