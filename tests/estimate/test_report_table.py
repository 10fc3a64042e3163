"""An estimate as tables."""

from dataclasses import replace

import pytest

from rnnhw.estimate import Fitted, estimate, find_device, for_device
from rnnhw.estimate.report_table import WIDTH, exact, fitted, number
from tests.estimate.cores import NAMES, core


def text(name="digits", device="ice40up5k", **options):
    found = device and find_device(device)
    plan = for_device(core(name), found) if found else core(name)
    return str(estimate(plan, found, **options))


def test_figures_and_their_share_of_the_device():
    figures, shown = estimate(core("digits"), find_device("ice40up5k")), text()
    assert "Estimate for ice40up5k" in shown
    assert f"{figures.cycles_per_step:,}" in shown
    assert "112 % of 8" in shown
    assert "fits: no: 9 DSP blocks are needed and ice40up5k has 8" in shown
    assert f"{figures.lut.low:,.0f} .. {figures.lut.high:,.0f}" in shown


def test_without_a_device_there_is_time_only():
    shown = text(device=None)
    assert "latency" in shown
    for word in ("DSP", "LUT", "Modules", "energy", "fits"):
        assert word not in shown
    assert "clock in MHz, given" in text(device=None, clock=12)


def test_sequences_and_links():
    shown = text(length=8, clock=12, link="spi")
    for line in ("latency of a sequence of 8 steps in cycles", "sequences a second", "energy of an inference in nJ"):
        assert line in shown
    assert "with its SPI link" in shown
    assert "energy of a step in nJ" in text()
    assert "a sequence of 1 step in" in text(length=1)


def test_columns_that_the_device_has():
    assert "SPRAM" not in text(device="ecp5-25f")
    assert "LUT RAM" in text(device="ecp5-25f")
    assert "LUT RAM" not in text()
    assert "SPRAM" in text()


def test_a_device_without_an_estimated_clock():
    figures = replace(estimate(core("digits"), find_device("xc7s50")), clock_mhz=None)
    assert "no clock is estimated for xc7s50" in str(figures)
    assert "energy" not in str(figures).split("no clock")[0]
    assert "no clock" not in str(replace(figures, given_clock=100))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("device", ["ice40up5k", "ecp5-12f", "gw1nr-9", "xc7z007s"])
def test_it_fits_the_page(name, device):
    shown = text(name, device, length=None, link="uart")
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "…" not in shown


def test_modules_stand_with_their_engine():
    lines = text(link="uart").split("Modules")[1].splitlines()
    first = next(line for line in lines if "engine" in line)
    assert "weight memory" in "".join(lines[lines.index(first) : lines.index(first) + 4])
    assert any("host link" in line for line in lines)


def test_numbers():
    wanted = {0: "0", 1234567: "1,234,567", 12.0: "12", 1234.5: "1,234", 99.95: "100.0", 12.34: "12.3", 1.234: "1.23"}
    assert {value: number(value) for value in wanted} == wanted
    assert number(0.01234) == "0.0123"
    assert exact("a", 3) == ("a", "3", "", "")
    assert fitted("a", Fitted(2, 1, 3), 1000) == ("a", "2,000", "1,000 .. 3,000", "")
    assert fitted("a", Fitted(2, 2, 2)) == ("a", "2", "", "")
