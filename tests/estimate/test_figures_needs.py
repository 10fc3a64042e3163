"""Needs: what is short, surely or perhaps, and how that is said."""

from dataclasses import replace

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import Fitted, Need, check_fits, estimate, find_device
from tests.estimate.cores import core

DEVICE = find_device("ecp5-25f")  # 24,288 LUTs


def figures(lut=(100, 90, 110), ff=(100, 90, 110), logic_cells=None, device=DEVICE):
    cells = logic_cells and Fitted(*logic_cells)
    found = estimate(core("digits"), DEVICE)
    return replace(found, lut=Fitted(*lut), ff=Fitted(*ff), logic_cells=cells, device=device)


def test_what_is_exact():
    need = Need("dsp", "DSP blocks", 9, 8, "ice40up5k")
    assert (need.fitted, need.short, need.surely_short, need.uncertain) == (False, True, True, False)
    assert need.percent == 112.5
    assert str(need) == "9 DSP blocks are needed and ice40up5k has 8"
    assert not Need("dsp", "DSP blocks", 8, 8, "ice40up5k").short


def test_what_there_is_none_of():
    assert Need("spram", "SPRAM blocks", 0, 0, "ecp5-25f").percent == 0
    assert Need("spram", "SPRAM blocks", 1, 0, "ecp5-25f").percent is None
    assert Need("spram", "SPRAM blocks", 1, 0, "ecp5-25f").short


@pytest.mark.parametrize(
    ("band", "short", "surely", "uncertain"),
    [
        ((90, 80, 100), False, False, False),
        ((99, 90, 110), False, False, True),
        ((100, 100, 101), False, False, True),
        ((101, 95, 110), True, False, True),
        ((110, 101, 120), True, True, False),
    ],
)
def test_what_is_fitted(band, short, surely, uncertain):
    need = Need("lut", "LUTs", Fitted(*band), 100, "tiny")
    assert (need.short, need.surely_short, need.uncertain) == (short, surely, uncertain)
    assert need.percent == Fitted(*map(float, band))


def test_luts_and_flip_flops_count():
    assert figures().fits
    assert figures(lut=(30000, 20000, 40000)).shortages == (
        "about 30,000 LUTs (20,000 .. 40,000) are needed and ecp5-25f has 24,288",
    )
    assert not figures(ff=(30000, 29000, 31000)).fits
    assert figures(ff=(30000, 29000, 31000)).block_shortages == ()
    cells = figures(logic_cells=(30000, 29000, 31000))
    assert [line.split(" (")[0] for line in cells.shortages] == ["about 30,000 logic cells"]


def test_a_core_is_refused_only_if_it_is_sure():
    perhaps, surely = figures(lut=(30000, 20000, 40000)), figures(lut=(30000, 24289, 40000))
    check_fits(perhaps)
    assert (perhaps.fits, perhaps.uncertain) == (False, ("LUTs",))
    assert "not certain, the limit lies within the band: LUTs" in str(perhaps)
    with pytest.raises(RnnhwError, match=r"^the core does not fit: about 30,000 LUTs \(24,289 .. 40,000\) are needed"):
        check_fits(surely)
    assert "not certain" not in str(surely)


def test_per_cent():
    found = figures(lut=(24288 / 4, 24288 / 8, 24288 / 2))
    assert found.percent("lut") == Fitted(25, 12.5, 50)
    assert found.percent("dsp") == 100 * 17 / 28
    assert found.percent("lut_ram") == 100 * found.lut_ram / 3036
    assert found.percent("spram") == 0
    assert found.percent("logic_cells") is None
    assert replace(found, device=find_device("xc7a35t")).percent("lut_ram") is None
    assert estimate(core("digits")).percent("lut") is None
