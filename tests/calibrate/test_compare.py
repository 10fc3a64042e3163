"""Estimates held against the truth."""

import pytest

from rnnhw.calibrate import compare as comparing
from rnnhw.calibrate.compare import Comparison, Figure, columns, compare, lines, summaries
from rnnhw.calibrate.job import Job
from rnnhw.estimate import Fitted
from tests.calibrate.pretended import found


def comparison(family="ecp5", number=0, dsp=(2, 2), lut=(100, 100), clock=None):
    """With a band of a tenth on either side."""
    pairs = {"LUT": lut, "FF": (50, 50)} | ({} if clock is None else {"clock": clock})
    fitted = {name: Figure(Fitted(have, 0.9 * have, 1.1 * have), want) for name, (have, want) in pairs.items()}
    exact = {"DSP": ((dsp[0],), (dsp[1],)), "block RAM": ((3, 0), (3, 0))}
    return Comparison(family, number, "an lstm", exact, fitted)


def test_figures():
    figure = Figure(Fitted(110, 100, 120), 100)
    assert figure.error == pytest.approx(0.1)
    assert figure.within
    assert Figure(Fitted(90, 80, 99.5), 100).error == pytest.approx(-0.1)
    assert not Figure(Fitted(90, 80, 99.5), 100).within
    assert not Figure(Fitted(110, 100.5, 120), 100).within


@pytest.mark.parametrize("family", ["ice40", "ecp5"])
def test_a_record_is_compared_with_the_estimate_of_its_core(family):
    job = Job(family, 6)
    drawn, record = job.draw(), found(job) | {"family": family, "number": 6}
    assert drawn.link != "none"  # whose memories are in the estimate, too
    done = compare(record, drawn)
    guess = comparing.estimated(drawn, family)
    assert (done.family, done.number, done.text, done.wrong) == (family, 6, drawn.text, ())
    assert done.exact["block RAM"] == ((guess.bram, guess.spram),) * 2
    assert {name: item.estimated for name, item in done.fitted.items()} == {
        "LUT": guess.lut,
        "FF": guess.ff,
        "clock": guess.clock_mhz,
    }
    assert done.fitted["clock"].found == record["mhz"]
    del record["mhz"]
    for more in ({}, {"unrouted": "no room"}):
        assert set(compare(record | more, drawn).fitted) == {"LUT", "FF"}
    altered = found(job, wrong=True) | {"family": family, "number": 6}
    assert compare(altered, drawn).wrong == (f"DSP: {guess.dsp} estimated, {guess.dsp + 1} found",)


def test_equal_numbers_of_other_kinds_are_not_wrong():
    assert comparison(dsp=(6.0, 6)).wrong == ()
    assert comparison(dsp=(5.5, 6)).wrong == ("DSP: 5.5 estimated, 6 found",)


def test_a_summary_for_each_family():
    items = [comparison(number=number, lut=(100, 100 + 5 * number)) for number in range(5)]
    items += [comparison("ice40", 9, dsp=(1, 2), clock=(40, 50)), comparison("ice40", 10, clock=(55, 50))]
    runs = [("ecp5", {"error": None}), ("ice40", {"error": "late"}), ("ice40", {"error": None})]
    ice40, ecp5, both = summaries(items, runs)
    assert [row["family"] for row in (ice40, ecp5, both)] == ["ice40", "ecp5", "all"]
    assert [row["configurations"] for row in (ice40, ecp5, both)] == [2, 5, 7]
    assert [row["DSP wrong"] for row in (ice40, ecp5, both)] == [1, 0, 1]
    assert [row["block RAM wrong"] for row in (ice40, ecp5, both)] == [0, 0, 0]
    assert [(row["simulated"], row["cycles wrong"]) for row in (ice40, ecp5, both)] == [(2, 1), (1, 0), (3, 1)]
    assert ecp5["clock"] is None
    assert ice40["clock"] == {
        "measured": 2,
        "median": pytest.approx(0.15),
        "percentile_90": pytest.approx(0.19),
        "in_band": 0.5,
    }
    errors = [0, 5 / 105, 10 / 110, 15 / 115, 20 / 120]
    assert ecp5["LUT"]["median"] == pytest.approx(errors[2])
    assert ecp5["LUT"]["percentile_90"] == pytest.approx(errors[3] + 0.6 * (errors[4] - errors[3]))
    assert ecp5["LUT"]["in_band"] == 0.6
    assert [row["family"] for row in summaries(items[:5])] == ["ecp5"]


def test_rows_as_text():
    ice40 = summaries([comparison("ice40", clock=(40, 50))], [("ice40", {"error": "late"})])[0]
    assert columns(ice40) == {
        "family": "ice40",
        "n": "1",
        "DSP wrong": "0",
        "block RAM wrong": "0",
        "cycles wrong": "1 of 1",
        "LUT median": "0.0 %",
        "LUT 90 %": "0.0 %",
        "LUT in band": "100.0 %",
        "FF median": "0.0 %",
        "FF 90 %": "0.0 %",
        "FF in band": "100.0 %",
        "routed": "1",
        "clock median": "20.0 %",
        "clock 90 %": "20.0 %",
        "clock in band": "0.0 %",
    }
    assert list(lines(ice40)) == [
        ("ice40", "DSP", "1", "0", "", "", ""),
        ("", "block RAM", "1", "0", "", "", ""),
        ("", "cycles", "1", "1", "", "", ""),
        ("", "LUT", "1", "", "0.0 %", "0.0 %", "100.0 %"),
        ("", "FF", "1", "", "0.0 %", "0.0 %", "100.0 %"),
        ("", "clock", "1", "", "20.0 %", "20.0 %", "0.0 %"),
    ]
    plain = summaries([comparison()])[0]
    assert (columns(plain)["routed"], columns(plain)["clock 90 %"], columns(plain)["cycles wrong"]) == (
        "0",
        "-",
        "0 of 0",
    )
    assert [line[1] for line in lines(plain)] == ["DSP", "block RAM", "LUT", "FF"]
