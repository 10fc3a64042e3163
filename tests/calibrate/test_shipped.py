"""What is shipped: formulas that fit the measurements beside them, of the tools that CI has."""

import numpy as np
import pytest

from rnnhw.calibrate.draw import draw, draw_for_chip
from rnnhw.calibrate.job import chip_numbers, numbers
from rnnhw.calibrate.measured import measured_text, shipped
from rnnhw.estimate import FAMILIES, estimate, estimate_chip, find_device
from rnnhw.estimate.model import content, newest
from rnnhw.synth.tools import versions

LEARNED = content(newest())
MEASURED = shipped(newest())
OF_FAMILY = {family: [r for r in MEASURED["records"] if r["family"] == family] for family in FAMILIES}


def test_it_is_of_the_tools_that_are_installed(routers):
    assert versions(LEARNED["tools"]) == LEARNED["tools"]


@pytest.mark.parametrize("family", list(FAMILIES))
def test_it_was_learned_of_the_configurations_that_calibrate_draws(family):
    found, wanted = [r["number"] for r in OF_FAMILY[family]], numbers(family, 0, LEARNED["count"])
    assert len(found) == LEARNED["families"][family]["count"] >= 0.95 * len(wanted)
    assert set(found) <= set(wanted)  # yosys fails on one or two


@pytest.mark.parametrize("family", list(FAMILIES))
def test_the_formulas_fit_what_they_were_learned_of(family):
    device = find_device(FAMILIES[family])
    errors = {"lut": [], "ff": []}
    for record in OF_FAMILY[family][::7]:
        drawn = draw(record["number"], device)
        figures = estimate(drawn.design.plan, device, link=drawn.link)
        assert (figures.dsp, figures.bram) == (record["dsp"], record["block_ram"])
        for name, of in errors.items():
            of.append(abs(getattr(figures, name).value / record[name] - 1))
    assert np.median(errors["lut"]) < 0.06
    assert np.median(errors["ff"]) < 0.05
    assert np.median(errors["lut"]) > 0.001  # control: they are no table of the measurements


def test_chips():
    chips = MEASURED["chips"]
    assert {chip["number"] for chip in chips} <= set(chip_numbers(0, 16))
    errors = []
    for chip in chips[::4]:
        guess = estimate_chip(draw_for_chip(chip["number"]).design.plan)
        assert guess.macro_bits == chip["macro_bits"]
        errors.append(abs(guess.gates.value / chip["gates"] - 1))
    assert np.median(errors) < 0.12


def test_measurements_are_written_and_read():
    import json

    again = json.loads(measured_text(MEASURED["records"], MEASURED["chips"]))
    assert again == MEASURED
