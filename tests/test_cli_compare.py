"""The command ``compare``."""

import csv
import io
import json

import numpy as np
import pytest

from rnnhw.comparison import tasks
from rnnhw.comparison.result import FILES
from rnnhw.sim import Mismatch, SimulationError

WIDTHS = ("--weight-bits", "4,8", "--activation-bits", "6-7")


@pytest.fixture
def model(small):
    """The small model with labelled data, results of its own, and no other processes."""
    with np.load(small / "data.npz") as data:
        np.savez(small / "test.npz", **data, y=np.arange(len(data["x"])) % 2)
    return (
        *(small / "small.safetensors", "--data", small / "test.npz", "--calibrate", small / "data.npz"),
        *("-o", small / "out", "--cache", small / "cache", "--workers", 1),
    )


def test_a_small_grid_from_end_to_end(run, model, small, monkeypatch):
    """With a front that is simulated, here in Amaranth's simulator, which compiles nothing."""
    monkeypatch.setattr(tasks, "SIMULATOR", "amaranth")
    code, printed, error = run("compare", *model, *WIDTHS, "--target", "ecp5-25f", "--lanes", "2,4", "--verify", 3)
    assert (code, error) == (0, "")
    assert "accuracy" in printed
    assert "equal to golden bit for bit in native simulation of 3 sequences" in printed
    assert {path.name for path in (small / "out").iterdir()} == set(FILES)
    document = json.loads((small / "out" / "comparison.json").read_text())
    assert document["command"].startswith(f"rnnhw compare {small / 'small.safetensors'} --data")
    assert document["model"]["file"] == str(small / "small.safetensors")
    assert len(document["points"]) == 8
    assert {point["knobs"]["lanes"] for point in document["points"]} == {2, 4}
    front = [point for point in document["points"] if point["front"]]
    assert {point["id"] for point in front} == set(document["details"])
    assert all(point["verified"] == {"simulator": "amaranth", "sequences": 3, "equal": True} for point in front)
    monkeypatch.setattr(tasks.Task, "run", lambda task: pytest.fail("done again"))
    code, printed, error = run("compare", *model, *WIDTHS, "--target", "ecp5-25f", "--lanes", "2,4", "--verify", 3)
    assert (code, error) == (0, "")
    assert json.loads((small / "out" / "comparison.json").read_text())["points"] == document["points"]


@pytest.fixture
def unwritten(monkeypatch):
    """Without the plots, which take their time."""
    monkeypatch.setattr("rnnhw.report.comparison.comparison_page", lambda document: "")
    monkeypatch.setattr("rnnhw.report.comparison.pareto_svg", lambda document: "")


@pytest.mark.usefixtures("unwritten")
def test_the_front_is_simulated_natively(run, model):
    code, printed, error = run("compare", *model, "--weight-bits", 8, "--activation-bits", 8, "--json")
    assert (code, error) == (0, "")
    (point,) = json.loads(printed)["points"]
    assert point["verified"] == {"simulator": "cxxrtl", "sequences": 5, "equal": True}


@pytest.mark.usefixtures("unwritten")
def test_json_and_csv(run, model, small):
    code, printed, error = run("compare", *model, *WIDTHS, "--verify", 0, "--json")
    assert (code, error) == (0, "")
    answer = json.loads(printed)
    assert answer["failed"] == []
    assert (answer["cost"], len(answer["points"])) == ("memory", 4)
    code, printed, error = run("compare", *model, *WIDTHS, "--verify", 0, "--csv")
    assert (code, error) == (0, "")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["id"] for row in rows] == ["4/6", "4/7", "8/6", "8/7"]
    assert printed == (small / "out" / "comparison.csv").read_text()


@pytest.mark.usefixtures("unwritten")
def test_options_of_the_numbers(run, model):
    options = (
        "--method",
        "max-abs,mse",
        "--bias-correction",
        "--per-gate",
        "--state-bits",
        16,
        "--layer-bits",
        "dense0=6",
    )
    code, printed, error = run(
        "compare", *model, "--weight-bits", 4, "--activation-bits", 8, "--verify", 0, "--json", *options
    )
    assert (code, error) == (0, "")
    points = json.loads(printed)["points"]
    assert [point["id"] for point in points] == ["4-6/8/16 max-abs", "4-6/8/16 mse"]
    assert points[1]["options"] == {"method": "mse", "per_gate": True, "bias_correction": True}


@pytest.mark.usefixtures("unwritten")
def test_a_search_under_a_limit_and_a_file_of_options(run, model, small):
    (small / "options.toml").write_text("[compare]\nweight-bits = [4, 8]\nactivation-bits = 6\nverify = 0\n")
    options = ("--config", small / "options.toml", "--auto", "--max-loss", 100, "--metric", "ACCURACY")
    code, printed, error = run("compare", *model, *options)
    assert (code, error) == (0, "")
    assert "chosen of " in printed
    document = json.loads((small / "out" / "comparison.json").read_text())
    assert document["auto"]["max_loss"] == 100
    assert {point["weight_bits"] for point in document["points"]} == {4, 8}


@pytest.mark.usefixtures("unwritten")
def test_data_without_labels_and_without_calibration(run, model, small):
    more = ("-o", small / "out", "--cache", small / "cache", "--workers", 1, *WIDTHS, "--verify", 0)
    code, _, error = run("compare", model[0], "--data", small / "data.npz", *more)
    assert code == 0
    assert error == "no --calibrate: fractions are chosen on the data that is measured on\n"
    document = json.loads((small / "out" / "comparison.json").read_text())
    assert (document["metric"]["name"], document["metric"]["float"]) == ("RMSE", 0)
    assert document["data"]["calibration_file"] == document["data"]["file"]


@pytest.mark.usefixtures("unwritten")
def test_a_difference_is_a_failure(run, model, monkeypatch):
    def differs(design, x, lengths, simulator):
        raise Mismatch("step 3 is\nwrong")

    monkeypatch.setattr(tasks, "verify", differs)
    code, printed, error = run("compare", *model, "--weight-bits", 8, "--activation-bits", 8, "--verify", 2)
    assert code == 1
    assert error == "rnnhw: hardware and golden differ: 8/8: step 3 is wrong\n"
    assert "equal to golden" not in printed


@pytest.mark.usefixtures("unwritten")
def test_a_tool_that_fails_is_no_difference(run, model, small, monkeypatch):
    def fails(design, x, lengths, simulator):
        raise SimulationError("no space left")

    monkeypatch.setattr(tasks, "verify", fails)
    code, _, error = run("compare", *model, "--weight-bits", 8, "--activation-bits", 8, "--verify", 2)
    assert (code, error) == (1, "rnnhw: no space left\n")
    assert not (small / "out").exists()


METRIC = """
def fails(y, targets, lengths):
    raise ValueError("no")

def nothing(y, targets, lengths):
    return float("nan")
"""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--metric", "speed"),
            "metric must be one of accuracy, agreement, rmse, mape or FILE.py:function, not 'speed'",
        ),
        (("--metric", "mape"), "y must hold targets (floats), not int64"),
        (("--metric", "{}/metric.py:fails"), "metric fails failed: ValueError: no"),
        (("--metric", "{}/metric.py:nothing"), "metric nothing must return a finite number, not nan"),
        (("--metric", "{}/metric.py:none"), "has no function 'none'"),
        (("--data", "{}/data.npz", "--metric", "accuracy"), "the data has no y, which should hold labels (integers)"),
        (("--data", "{}/wide.npz"), "wide.npz: x must have 2 inputs a step (last axis), not 3"),
        (("--data", "{}/two.npz"), "two.npz: y must have 5 entries, one a sequence, not shape (4,)"),
        (("--weight-bits", "9-4"), "--weight-bits: the range 9-4 is empty; write 4-9"),
        (("--weight-bits", "8,x"), "--weight-bits must be numbers and ranges such as 2-8,10,12, not '8,x'"),
        (("--weight-bits", "8,17"), "weight_bits must be in 1..16, not 17"),
        (("--activation-bits", "3"), "activation_bits must be in 4..16, not 3"),
        (("--lanes", "0"), "lanes must be"),
        (("--method", "max-abs,best"), "method must be"),
        (("--target", "moon"), "target must be a board"),
        (("--cost", "lut"), "cost lut needs a target"),
        (("--cost", "beauty"), "cost must be one of"),
        (("--auto",), "--auto takes --max-loss or --max-cost, one of them"),
        (("--max-loss", 1), "--max-loss is for --auto"),
        (("--auto", "--max-cost", -1), "max_cost must be at least 0, not -1"),
        (("--json", "--csv"), "--json and --csv must not be given both"),
    ],
)
def test_what_cannot_be_is_one_line_and_writes_nothing(run, model, small, options, message):
    (small / "metric.py").write_text(METRIC)
    with np.load(small / "test.npz") as data:
        np.savez(small / "wide.npz", x=np.concatenate([data["x"], data["x"][:, :, :1]], axis=2))
        np.savez(small / "two.npz", x=data["x"], y=data["y"][1:])
    options = [str(word).format(small) for word in options]
    code, printed, error = run("compare", *model, "--verify", 0, *options)
    assert (code, printed) == (2, "")
    assert error.startswith("rnnhw: ")
    assert message in error
    assert error.count("\n") == 1
    assert not (small / "out").exists()


def test_what_is_missing_is_said(run, small):
    code, _, error = run("compare", small / "small.safetensors")
    assert code == 2
    assert error == "rnnhw: --data is missing: an .npz with x (sequences, steps, inputs), and y for accuracy\n"
