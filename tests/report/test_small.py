"""Small plots: bars against ranges, lines by step."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from rnnhw.report.comparison.small import BASE, BINS, HEIGHT, LINES, WIDTH, errors_by_step, histogram, key


def entry(values, form="s4.3", bins=10):
    width, frac = map(int, form[1:].split("."))
    counts, edges = np.histogram(values, bins)
    low, high = -(2.0 ** (width - 1 - frac)), 2.0 ** (width - 1 - frac) - 2.0**-frac
    return {"format": form, "low": low, "high": high, "edges": edges.tolist(), "counts": counts.tolist()}


def parts(svg):
    return {part.get("class"): part for part in ElementTree.fromstring(svg).iter() if part.get("class")}


def bars(path):
    return [tuple(map(float, bar)) for bar in re.findall(r"M([\d.-]+) \d+V([\d.-]+)H([\d.-]+)V\d+", path.get("d"))]


def test_bars_within_and_beyond_the_range():
    made = entry(np.linspace(-2, 2, 4000, endpoint=False), bins=8)
    found = parts(histogram(made, "h"))
    inside, outside = bars(found["bar"]), bars(found["clip"])
    assert (len(inside), len(outside)) == (4, 4)
    assert {top for _, top, _ in inside + outside} == {8.0}  # all as high
    rect = found["range"]
    left, right = float(rect.get("x")), float(rect.get("x")) + float(rect.get("width"))
    assert all(left - 0.2 <= a and b <= right + 12 for a, _, b in inside)
    assert all(b <= left + 0.2 or a >= right - 0.2 for a, _, b in outside)
    assert [text.text for text in ElementTree.fromstring(histogram(made, "h")).iter("text")] == ["\u22121", "0.875"]


def test_nothing_beyond_the_range():
    """Control: values that the format holds have no clipped bar."""
    found = parts(histogram(entry([-0.9, 0, 0, 0.8]), "h"))
    assert "clip" not in found
    tops = [top for _, top, _ in bars(found["bar"])]
    assert min(tops) == 8
    assert sorted(tops)[1] == pytest.approx(BASE - (BASE - 8) * 0.5**0.5, abs=0.1)  # one of two: by the square root


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([0, 0], "s16.15"),
        ([0.001, 0.002], "s2.-3"),
        ([-50, 80], "s8.7"),
        ([1e6, 3e6], "s4.3"),
        ([5, 5], "u1.0"),
        ([0], "s1.0"),
    ],
)
def test_all_stays_within_the_plot(values, form):
    svg = histogram(entry(np.array(values, float), form), 'a "name" <x>')
    root = ElementTree.fromstring(svg)
    assert 'a "name" <x>: values from' in root.get("aria-label")
    for path in root.iter("path"):
        for x, y in re.findall(r"[ML]([\d.-]+) ([\d.-]+)", path.get("d")):
            assert 0 <= float(x) <= WIDTH
            assert 0 <= float(y) <= HEIGHT
    for text in root.iter("text"):
        assert 0 <= float(text.get("x")) <= WIDTH


def test_many_bins_are_merged():
    found = parts(histogram(entry(np.linspace(-1, 0.8, 5000), bins=1001), "h"))
    drawn = bars(found["bar"])
    assert BINS / 2 < len(drawn) <= BINS
    assert drawn[0][0] == pytest.approx(float(found["range"].get("x")), abs=0.1)


def test_values_of_a_small_format_have_ticks():
    ticks = parts(histogram(entry([0, 0.5], "s3.2"), "h"))["levels"].get("d")
    assert ticks.count("M") == 8
    assert "levels" not in parts(histogram(entry([0, 0.5], "s8.7"), "h"))


def test_lines_by_step():
    svg = errors_by_step({"lstm0": [0.1, 0.2, 0.4], "dense0": [None, None, 0.3], "nothing": [None] * 3})
    root = ElementTree.fromstring(svg)
    lines = [path for path in root.iter("path") if "line" in path.get("class").split()]
    assert len(lines) == 2
    places = [tuple(map(float, place.split())) for place in lines[0].get("d")[1:].split("L")]
    assert [x for x, _ in places] == [46, 197, 348]
    heights = [LINES[1] - 34 - y for _, y in places]
    assert heights == pytest.approx([heights[2] / 4, heights[2] / 2, heights[2]], abs=0.2)
    assert lines[0].get("stroke-dasharray") != lines[1].get("stroke-dasharray")  # told apart without colours
    assert root.get("aria-label") == "error by step: lstm0 ends at 0.4, dense0 ends at 0.3"
    assert "M" in next(path for path in root.iter("path") if path.get("class") == "dots next").get("d")


@pytest.mark.parametrize("errors", [{"a": [0.0]}, {"a": [0.5]}, {"a": [0.0] * 700, "b": [1e-9] * 700}, {"a": [None]}])
def test_any_lengths_and_errors(errors):
    root = ElementTree.fromstring(errors_by_step(errors))
    texts = [text.text for text in root.iter("text")]
    assert "step" in texts
    assert 2 <= len(texts) <= 18


def test_samples_of_lines():
    assert 'class="line' in key(0, [1, 2, 3])
    assert "dots" in key(1, [None, None, 3])
    assert "dots" not in key(1, [1, 2, 3])
