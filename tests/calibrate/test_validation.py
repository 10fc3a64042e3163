"""What a validation writes."""

import json

import pytest

from rnnhw.calibrate.job import Job
from rnnhw.calibrate.validation import Validation
from tests.calibrate.test_compare import comparison

pytest.importorskip("matplotlib", reason='no matplotlib: pip install "rnnhw[plots]"')


@pytest.fixture
def validation():
    items = (comparison(number=1), comparison("ice40", 2, dsp=(1, 2), clock=(40, 50)))
    runs = ((Job("ice40", 2), {"error": "too late"}), (Job("ecp5", 1), {"error": None}))
    return Validation(1, items, runs, {"yosys": "0.70"})


def test_what_is_wrong(validation):
    assert validation.wrong == ["ice40 2: DSP: 1 estimated, 2 found", "ice40 2: too late"]
    assert Validation(1, (comparison(),), (), {}).wrong == []


def test_files(validation, tmp_path):
    validation.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(validation.files)
    numbers = json.loads((tmp_path / "validation.json").read_text())
    assert numbers == json.loads(json.dumps(validation.to_json()))
    assert (numbers["seed"], numbers["tools"]) == (1, {"yosys": "0.70"})
    assert [row["family"] for row in numbers["families"]] == ["ice40", "ecp5", "all"]
    assert numbers["configurations"][1]["fitted"]["clock"] == {"estimated": 40, "low": 36, "high": 44, "found": 50}
    assert numbers["configurations"][1]["exact"]["DSP"] == {"estimated": [1], "found": [2]}
    assert numbers["simulations"][0] == {"family": "ice40", "number": 2, "error": "too late"}
    page = (tmp_path / "validation.md").read_text().splitlines()
    assert "2 random configurations new to the estimator (seed 1), by yosys 0.70." in page
    rows = [line for line in page if line.startswith("|")]
    assert {line.count("|") for line in rows} == {16}
    assert [line.split()[1] for line in rows[2:]] == ["ice40", "ecp5", "all"]
    assert "![Estimated against synthesised](validation.svg)" in page
    assert page[-2:] == ["- ice40 2: DSP: 1 estimated, 2 found", "- ice40 2: too late"]
