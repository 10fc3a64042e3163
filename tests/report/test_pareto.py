"""The plot of the Pareto front."""

import re
import sys
from xml.etree import ElementTree

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.report.comparison import pareto_svg
from rnnhw.report.comparison.figures import costs
from rnnhw.report.comparison.pareto import Palette, draw
from tests.report.documents import document, mark_front

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')
NAMESPACE = "{http://www.w3.org/2000/svg}"


def drawn(made, key="lut", size=(880, 460)):
    cost = next(cost for cost in costs(made) if cost.key == key)
    return draw(made, cost, size, Palette(), "none")


def marks(plot, kind):
    root = ElementTree.fromstring(plot.svg)
    return [
        use for group in root.iter(f"{NAMESPACE}g") if group.get("id") == kind for use in group.iter(f"{NAMESPACE}use")
    ]


def texts(plot):
    return [text.text for text in ElementTree.fromstring(plot.svg).iter(f"{NAMESPACE}text")]


def test_every_point_has_a_mark():
    made = document(refused=["2/4"])
    made["points"][-1]["fits"] = False
    made["points"][-1]["front"] = False
    plot = drawn(made)
    front = [point["id"] for point in made["points"] if point["front"]]
    assert len(marks(plot, "verified")) == len(front) > 5
    assert len(marks(plot, "unfit")) == 1
    assert len(marks(plot, "others")) == 27 - len(front) - 1
    assert sorted(name for *_, name in plot.spots) == sorted(p["id"] for p in made["points"] if not p["refused"])
    places = {(round(float(use.get("x")), 1), round(float(use.get("y")), 1)) for use in marks(plot, "others")}
    near = [spot for spot in plot.spots if any(abs(spot[0] - x) < 0.2 and abs(spot[1] - y) < 0.2 for x, y in places)]
    assert len(near) == len(places)


def test_labels_and_titles():
    made = document()
    found = texts(drawn(made))
    front = [point["id"] for point in made["points"] if point["front"]]
    assert set(front) <= set(found)
    assert {"LUTs", "float 98.44 %", "accuracy in % (higher is better, errors on a logarithmic scale)"} <= set(found)
    assert "weight memory in kbit" in texts(drawn(made, "memory"))
    assert "accuracy in %" in texts(drawn(made, size=(360, 400)))


def test_cheaper_is_left_and_better_is_up():
    made = document()
    spots = {name: (x, y) for x, y, name in drawn(made).spots}
    points = {point["id"]: point for point in made["points"]}
    by_lut = sorted(points, key=lambda name: points[name]["lut"]["value"])
    assert [spots[name][0] for name in by_lut] == sorted(x for x, _ in spots.values())
    assert (
        max(points.values(), key=lambda point: point["metric"])["id"]
        in min((y, name) for name, (_, y) in spots.items())[1]
    )
    assert all(0 < x < 880 and 0 < y < 460 for x, y in spots.values())


def test_what_was_not_verified_looks_otherwise():
    """Control: hollow marks."""
    made = document([(4, 4), (8, 8)])
    assert len(marks(drawn(made), "unverified")) == 0
    made["points"][0]["verified"] = None
    made["points"][1]["verified"]["equal"] = False
    assert len(marks(drawn(made), "unverified")) == 2
    assert len(marks(drawn(made), "verified")) == 0


@pytest.mark.parametrize("count", [1, 2, 300])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_any_number_of_points(count, task):
    made = document([(2 + number % 15, 4 + number // 15) for number in range(count)], task=task)
    plot = drawn(made)
    assert len(plot.spots) == count
    assert plot.spots == drawn(made).spots
    assert len(plot.svg) < 40_000 + 400 * count


def test_labels_never_overlap():
    made = document([(2 + number % 15, 4 + number // 15) for number in range(150)], task="regression", seed=2)
    svg = drawn(made, size=(360, 400)).svg
    boxes = [
        (float(x), float(y), len(text))
        for x, y, text in re.findall(r'x="([\d.]+)" y="([\d.]+)"[^>]*>(\d+/\d+)</text>', svg)
    ]
    assert len(boxes) > 3
    for at, (x, y, _) in enumerate(boxes):
        assert not any(abs(x - a) < 20 and abs(y - b) < 10 for a, b, _ in boxes[:at])


def test_metrics_against_float_have_no_line_at_nothing():
    made = document(task="regression")
    made["metric"]["float"] = 0
    for number, point in enumerate(made["points"]):
        point["metric"] = point["loss"] = 2.0**-number
    mark_front(made)
    assert not any(text.startswith("float") for text in texts(drawn(made)))
    made["metric"]["float"] = 0.001
    assert "float 0.001" in texts(drawn(made))


def test_the_file_needs_no_fonts_and_is_always_the_same():
    made = document()
    text = pareto_svg(made)
    assert text == pareto_svg(made)
    root = ElementTree.fromstring(text)
    assert (root.get("width"), root.get("height")) == ("880", "460")
    assert list(root.iter(f"{NAMESPACE}text")) == []
    assert "fill: #ffffff" in text[: text.index("axes_1")]  # read on white whatever is around it
    assert "fill: #ffffff" not in drawn(made).svg[: drawn(made).svg.index("axes_1")]
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
    assert "&lt;b&gt;" in drawn(document([(8, 8)], task="regression") | {"metric": ODD}).svg


ODD = {"name": "<b>own & odd</b>", "unit": "", "better": "higher", "float": 1.0}


def test_other_ids_do_not_change_what_is_text():
    made = document([(8, 8)])
    made["points"][0]["id"] = "$8_{8}$"
    assert "$8_{8}$" in texts(drawn(made))


def test_nothing_to_plot():
    made = document([(8, 8)], refused=["8/8"])
    with pytest.raises(RnnhwError, match=r"^no point of the comparison has a cost: there is no front to plot$"):
        pareto_svg(made)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RnnhwError, match=r"^plots need matplotlib: pip install 'rnnhw\[plots\]'$"):
        pareto_svg(document([(8, 8)]))
