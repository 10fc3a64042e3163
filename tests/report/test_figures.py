"""What is told of a point: values, texts, bands, fronts."""

import pytest

from rnnhw.report.comparison.figures import (
    all_figures,
    by_cost,
    costs,
    front,
    plain,
    share,
    short,
    shown_figures,
    widths,
)
from tests.report.documents import document, point, refuse


def figure(made, key):
    return next(figure for figure in all_figures(made) if figure.key == key)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (plain, 12_345.6, "12,346"),
        (plain, 0.0731004, "0.0731"),
        (plain, 640, "640"),
        (plain, 12.5, "12.5"),
        (short, 7565.7, "7,566"),
        (short, 12.34, "12.3"),
        (short, 1.234, "1.23"),
        (share, 0, "0"),
        (share, 0.004, "<0.01"),
        (share, 0.015, "0.01"),
    ],
)
def test_texts(write, value, text):
    assert write(value) == text


def test_values_with_units():
    made = document([(8, 8)])
    (item,) = made["points"]
    item.update(metric=98.6666, loss=-0.2222, memory=45_056, sqnr={"a": 31.26, "b": None, "c": -2.04}, latency=None)
    item["saturations"] = {"a.x": {"clipped": 1, "of": 300}, "a.z": {"clipped": 2, "of": 100}}
    item["lut"] = {"value": 1048.4, "low": 960.2, "high": 1200.7}
    told = {figure.key: figure.with_unit(item) for figure in all_figures(made)}
    assert told["metric"] == "98.67 %"
    assert told["loss"] == "\u22120.22 points"
    assert told["memory"] == "45.1 kbit"
    assert told["sqnr"] == "\u22122.0 dB"
    assert told["clipped"] == "0.75 %"
    assert told["lut"] == "1,048"
    assert told["latency"] == "\u2013"
    assert figure(made, "lut").band(item) == (960.2, 1200.7)
    assert figure(made, "dsp").band(item) is None


def test_what_a_point_does_not_have():
    made = document([(8, 8), (4, 4)], target=None, refused=["4/4"])
    assert [figure.shown(made["points"][1]) for figure in all_figures(made)] == ["\u2013"] * len(all_figures(made))
    keys = [figure.key for figure in shown_figures(made)]
    assert keys == [
        "metric",
        "loss",
        "agreement",
        "rmse_to_float",
        "sqnr",
        "clipped",
        "dsp",
        "bram",
        "cycles",
        "memory",
    ]
    made["points"][0]["rmse"] = float("nan")
    assert "rmse_to_float" not in [figure.key for figure in shown_figures(made)]


def test_the_metric_is_told_once():
    made = document([(8, 8)], task="regression")
    made["points"][0]["mape"] = 3.0
    made["metric"].update(name="MAPE", unit="%")
    assert [figure.name for figure in shown_figures(made)][:3] == ["MAPE", "loss", "RMSE to float"]
    made["metric"].update(name="agreement", better="higher")
    made["points"][0]["agreement"] = 99.0
    assert [figure.name for figure in shown_figures(made)][:3] == ["agreement", "loss", "MAPE"]


def test_the_own_cost_comes_first():
    assert [cost.key for cost in costs(document())] == ["lut", "ff", "dsp", "bram", "cycles", "memory", "energy"]
    assert [cost.key for cost in costs(document(target=None, cost="memory"))] == ["memory", "dsp", "bram", "cycles"]


def test_order_and_fronts():
    made = document([(8, 8), (4, 4), (6, 6), (2, 4)], refused=["2/4"])
    assert [item["id"] for item in by_cost(made)] == ["4/4", "6/6", "8/8", "2/4"]
    for item in made["points"]:
        item["front"] = item["id"] == "6/6"
    lut, memory = (next(cost for cost in costs(made) if cost.key == key) for key in ("lut", "memory"))
    assert [item["id"] for item in front(made, lut)] == ["6/6"]  # as it is marked
    assert [item["id"] for item in front(made, memory)] == ["4/4", "6/6", "8/8"]  # as it is found
    made["points"][1]["fits"] = False
    assert [item["id"] for item in front(made, memory)] == ["6/6", "8/8"]
    made["points"][2]["metric"] = 99.9
    assert [item["id"] for item in front(made, memory)] == ["6/6"]
    made["metric"]["better"] = "lower"
    assert [item["id"] for item in front(made, memory)] == ["6/6", "8/8"]


def test_widths():
    import numpy as np

    item = point(np.random.default_rng(0), 6, 8)
    assert widths(item) == "weights 6 bits, activations 8 bits, state 16 bits"
    item.update(state_bits=None, layers={"lstm0": {"weight_bits": 4, "activation_bits": 6, "state_bits": None}})
    assert widths(item) == "weights 6 bits, activations 8 bits; lstm0 4/6"
    item["layers"]["dense0"] = {"weight_bits": 5, "activation_bits": 8}
    assert widths(item) == "bits of weights/activations: lstm0 4/6, dense0 5/8"
    refuse(item)
    assert widths(item).endswith("lstm0 4/6, dense0 5/8")
