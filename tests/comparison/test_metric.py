"""Metrics against plain loops, and what is refused."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from rnnhw.comparison.answers import Answers, task_of
from rnnhw.comparison.metric import METRICS, find_metric, from_function
from rnnhw.errors import RnnhwError
from tests.comparison.small import labelled, valued


def answers(net, data):
    return Answers(net, data, net.run(data.x, data.lengths))


def noisy(found, seed=5):
    rng = np.random.default_rng(seed)
    return found.reference + rng.normal(0, 0.5, found.reference.shape)


def counted(net, data):
    """Index of each answer that counts."""
    if net.mode == "many-to-one":
        return [(s,) for s in range(len(data.x))]
    steps = [net.steps] * len(data.x) if net.mode == "one-to-many" else data.lengths
    return [(s, t) for s in range(len(data.x)) for t in range(steps[s])]


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-one"])
def test_decisions_by_a_loop(mode):
    net, data = labelled(1, mode)
    found = answers(net, data)
    y, right, agreed, places = noisy(found), 0, 0, counted(net, data)
    for place in places:
        right += int(np.argmax(y[place])) == data.y[place]
        agreed += int(np.argmax(y[place])) == int(np.argmax(found.reference[place]))
    assert 0 < right < len(places)
    assert METRICS["accuracy"].value(found, y) == pytest.approx(100 * right / len(places))
    assert METRICS["agreement"].value(found, y) == found.agreement(y) == pytest.approx(100 * agreed / len(places))
    assert task_of(net, data) == "classification"


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-many"])
def test_values_by_a_loop(mode):
    net, data = valued(2, mode, **({"steps": 4} if mode == "one-to-many" else {}))
    found = answers(net, data)
    y, places = noisy(found), counted(net, data)
    squares = [(y[place] - data.y[place]) ** 2 for place in places]
    shares = [np.abs(y[place] - data.y[place]) / np.abs(data.y[place]) for place in places]
    against = [(y[place] - found.reference[place]) ** 2 for place in places]
    assert METRICS["RMSE"].value(found, y) == pytest.approx(np.sqrt(np.mean(squares)))
    assert METRICS["MAPE"].value(found, y) == pytest.approx(100 * np.mean(shares))
    assert found.error(y) == pytest.approx(np.sqrt(np.mean(against)))
    assert found.agreement(y) is None


def test_what_is_past_a_sequence_changes_nothing():
    net, data = labelled(3, "many-to-many")
    found = answers(net, data)
    y = noisy(found)
    padded = np.where(np.arange(y.shape[1])[:, None] < data.lengths[:, None, None], y, 1e9)
    for name in ("accuracy", "agreement", "RMSE"):
        assert METRICS[name].value(found, y) == METRICS[name].value(found, padded)
    assert METRICS["RMSE"].value(found, y) == found.error(y)  # against float, where y holds labels


def test_one_output_decides_by_its_sign():
    net, data = labelled(4, outputs=[1])
    found = answers(net, replace(data, y=(np.arange(len(data.x)) % 2).astype(bool)))
    y = noisy(found)
    assert METRICS["accuracy"].value(found, y) == 100 * np.mean((y[:, 0] > 0) == found.data.y)


def test_an_argmax_is_a_decision_already():
    net, data = labelled(5)
    plain, best = answers(net, data), answers(replace(net, head="argmax"), data)
    y = noisy(plain)
    index = y.argmax(axis=1)[:, None].astype(float)
    assert METRICS["accuracy"].value(best, index) == METRICS["accuracy"].value(plain, y)
    assert best.error(index) is None
    for name in ("RMSE", "MAPE"):
        with pytest.raises(RnnhwError, match="needs values, but the network's head is argmax"):
            METRICS[name].value(best, index)


def test_which_metric_is_the_usual_one():
    net, data = labelled(1)
    assert find_metric(None, net, data).name == "accuracy"
    assert find_metric(None, net, replace(data, y=None)).name == "RMSE"
    assert find_metric(None, replace(net, head="softmax"), replace(data, y=None)).name == "agreement"
    assert find_metric(None, *valued(1)).name == "RMSE"
    assert find_metric("Rmse", net, data) is METRICS["RMSE"]


def test_without_labels_only_float_is_compared_with():
    net, data = labelled(1)
    found = answers(net, replace(data, y=None))
    assert METRICS["RMSE"].value(found, found.reference) == 0
    for name in ("accuracy", "MAPE"):
        with pytest.raises(RnnhwError, match="the data has no y, which should hold"):
            METRICS[name].value(found, found.reference)


@pytest.mark.parametrize(
    ("y", "name", "message"),
    [
        (np.zeros((40, 2), int), "accuracy", r"one label an answer, shape \(40,\), not \(40, 2\)"),
        (np.full(40, 4), "accuracy", r"labels must be in 0\.\.3, not 4\.\.4"),
        (np.full(40, -1), "accuracy", r"labels must be in 0\.\.3, not -1\.\.-1"),
        (np.zeros((40, 4)), "accuracy", r"y must hold labels \(integers\), not float64"),
        (np.zeros(40, int), "MAPE", r"y must hold targets \(floats\), not int64"),
        (np.zeros((40, 3)), "RMSE", r"a target for each output, shape \(40, 4\), not \(40, 3\)$"),
        (np.zeros(40), "RMSE", r"shape \(40, 4\), not \(40,\); labels of classes have to be integers$"),
        (np.full((40, 4), np.nan), "RMSE", "targets y must be finite"),
        (np.zeros((40, 4)), "MAPE", "divides by the targets, and a target in y is 0"),
        (np.zeros((40, 4)), "agreement", "compares decisions, but y holds targets"),
    ],
)
def test_what_does_not_fit_is_refused(y, name, message):
    net, data = labelled(1)
    found = answers(net, replace(data, y=y))
    with pytest.raises(RnnhwError, match=message):
        METRICS[name].value(found, found.reference)


SOURCE = """
import numpy as np

def worst(y, targets, lengths):
    return float(np.abs(y).max()) + 0 * len(targets) + 0 * lengths.sum()

worst.better, worst.unit = "lower", "V"

def fails(y, targets, lengths):
    raise KeyError("no\\nsuch")

def nothing(y, targets, lengths):
    return float("nan")

def text(y, targets, lengths):
    return "good"

def sideways(y, targets, lengths):
    return 1

sideways.better = "left"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def test_ones_own_metric_out_of_a_file(file):
    net, data = labelled(1)
    metric, found = find_metric(f"{file}:worst", net, data), answers(net, data)
    assert (metric.name, metric.better, metric.unit) == ("worst", "lower", "V")
    y = noisy(found)
    assert metric.value(found, y) == np.abs(y).max()
    assert metric.loss(3.0, 2.0) == 1.0
    assert "KeyError" in metric.identity


def test_metrics_go_to_worker_processes(file):
    net, data = labelled(1)
    mine = pickle.loads(pickle.dumps(find_metric(f"{file}:worst", net, data)))
    found = answers(net, data)
    assert mine.value(found, found.reference) == np.abs(found.reference).max()
    assert (mine.name, mine.better, mine.unit, mine.file) == ("worst", "lower", "V", file)
    assert pickle.loads(pickle.dumps(METRICS["MAPE"])).better == "lower"
    with pytest.raises(RnnhwError, match="metric accuracy is in no file that worker processes could read"):
        pickle.dumps(replace(METRICS["accuracy"], unit="points"))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("fails", "metric fails failed: KeyError"),
        ("nothing", "metric nothing must return a finite number, not nan"),
        ("text", "metric text must return a number, not str"),
    ],
)
def test_ones_own_metric_that_fails(file, what, message):
    net, data = labelled(1)
    found = answers(net, data)
    with pytest.raises(RnnhwError, match=message):
        find_metric(f"{file}:{what}", net, data).value(found, found.reference)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("speed", "metric must be one of accuracy, agreement, rmse, mape or FILE.py:function, not 'speed'"),
        ("missing.py:f", r"missing\.py: no such file"),
        ("{}:none", "has no function 'none'"),
        ("{}:sideways", "sideways.better must be 'higher' or 'lower', not 'left'"),
    ],
)
def test_an_unknown_metric(file, wanted, message):
    with pytest.raises(RnnhwError, match=message):
        find_metric(wanted.format(file), *labelled(1))


def test_a_file_that_does_not_run(tmp_path):
    (tmp_path / "broken.py").write_text("import nowhere_to_be_found\n")
    with pytest.raises(RnnhwError, match=r"broken\.py: cannot be run \(ModuleNotFoundError"):
        find_metric(f"{tmp_path / 'broken.py'}:f", *labelled(1))


def test_a_function_cannot_change_the_data():
    net, data = labelled(1)
    found, before = answers(net, data), data.y.copy()

    def careless(y, targets, lengths):
        y[:], targets[:], lengths[:] = 0, 0, 0
        return 1.5

    assert from_function(careless).value(found, found.reference) == 1.5
    assert (data.y == before).all()
    assert found.reference.any()


def test_more_is_better_or_less():
    assert METRICS["accuracy"].loss(97.5, 98.0) == 0.5
    assert METRICS["RMSE"].loss(0.5, 0.25) == 0.25
    with pytest.raises(TypeError, match="metric must be a name or a function, not int"):
        find_metric(3, *labelled(1))
