"""Axes: where values stand, and their round ticks."""

import math

import pytest

from rnnhw.report.comparison.scale import Scale, cost_scale, metric_scale


@pytest.mark.parametrize(
    ("values", "kind"),
    [([5, 5], "linear"), ([1, 8], "linear"), ([1, 9], "log"), ([0, 9], "linear"), ([-1, 9], "linear")],
)
def test_costs_are_logarithmic_where_they_differ_much(values, kind):
    assert cost_scale(values).kind == kind


@pytest.mark.parametrize(
    ("values", "unit", "better", "kind"),
    [
        ([98.4, 10], "%", "higher", "errors"),
        ([98.4, 90], "%", "higher", "linear"),
        ([100, 99, 50], "%", "higher", "errors"),
        ([100, 100], "%", "higher", "linear"),
        ([180, 10], "%", "higher", "linear"),
        ([0.9, 0.01], "", "higher", "linear"),
        ([0.01, 0.9], "", "lower", "log"),
        ([0, 0.01, 0.9], "", "lower", "log"),
        ([0, 0], "", "lower", "linear"),
        ([0.5, 0.9], "", "lower", "linear"),
    ],
)
def test_metrics(values, unit, better, kind):
    assert metric_scale(values, unit, better).kind == kind


def test_errors_are_in_order_and_none_is_the_best():
    scale = metric_scale([100, 99, 90, 10], "%", "higher")
    places = [scale.at(value) for value in (10, 90, 99, 100)]
    assert places == sorted(places)
    assert places[2] - places[1] == pytest.approx(1)
    ticks = scale.ticks(places[0], places[-1], 7)
    assert ticks[-1] == (places[-1], "100")
    assert [text for _, text in ticks] == ["50", "80", "90", "95", "98", "99", "100"]
    assert all(place == pytest.approx(scale.at(float(text))) for place, text in ticks)


@pytest.mark.parametrize("most", [3, 5, 8])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.0731, 0.2), (-3, 14), (600, 1834), (1e-9, 3e-9), (4, 4.5)])
def test_linear_ticks_are_round_and_not_too_many(low, high, most):
    ticks = Scale("linear").ticks(low, high, most)
    assert 1 <= len(ticks) <= most + 1
    assert all(low - 1e-12 <= place <= high + 1e-12 for place, _ in ticks)
    assert all(float(text.replace("\u2212", "-").replace(",", "")) == pytest.approx(place) for place, text in ticks)
    assert len({text for _, text in ticks}) == len(ticks)


@pytest.mark.parametrize("most", [3, 5, 8])
@pytest.mark.parametrize(("low", "high"), [(1, 10), (312, 96_000), (0.02, 0.9), (7, 7.5), (1e-6, 1e6)])
def test_logarithmic_ticks(low, high, most):
    ticks = Scale("log", low).ticks(math.log10(low), math.log10(high), most)
    assert len(ticks) >= 1
    assert len(ticks) <= most + 1
    for place, text in ticks:
        assert low / (1 + 1e-9) <= 10**place <= high * (1 + 1e-9)
        assert float(text.replace(",", "").replace("\u2212", "-")) == pytest.approx(10**place)
