"""Devices: what they hold, and how they are named."""

import re

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, FAMILIES, find_device

NAMES = (
    "ice40up5k, ecp5-12f, ecp5-25f, ecp5-45f, ecp5-85f, gw1nr-9, a 7-series part (xc7s6 .. xc7s100, "
    "xc7a12t .. xc7a200t, xc7k70t .. xc7k480t, xc7z007s .. xc7z100) or a family (ice40, ecp5, gowin, xilinx)"
)


@pytest.mark.parametrize(
    ("name", "dsp", "block_ram", "lut", "ff"),
    [
        ("ice40up5k", 8, 30, 5280, 5280),
        ("ecp5-12f", 28, 56, 24288, 24288),
        ("ecp5-25f", 28, 56, 24288, 24288),
        ("ecp5-45f", 72, 108, 43848, 43848),
        ("ecp5-85f", 156, 208, 83640, 83640),
        ("gw1nr-9", 20, 26, 8640, 6480),
        ("xc7a35t", 90, 100, 20800, 41600),
    ],
)
def test_what_a_device_holds(name, dsp, block_ram, lut, ff):
    device = find_device(name)
    assert (device.name, device.dsp, device.block_ram, device.lut, device.ff) == (name, dsp, block_ram, lut, ff)


def test_block_rams_make_the_data_sheets_totals():
    """Kilobits of block RAM: 120 (UP5K), 1,008, 1,944 and 3,744 (LFE5U-25, -45, -85), 468 (GW1NR-9), 1,800 (A35T)."""
    names = ("ice40up5k", "ecp5-25f", "ecp5-45f", "ecp5-85f", "gw1nr-9", "xc7a35t")
    totals = [d.block_ram * d.block_ram_bits // 1024 for d in map(find_device, names)]
    assert totals == [120, 1008, 1944, 3744, 468, 1800]


def test_lut_rams_make_the_data_sheets_totals():
    """Kilobits of LUT RAM: 194, 351 and 669 (LFE5U-25, -45, -85); 17,280 bits (GW1NR-9)."""
    totals = [find_device(f"ecp5-{name}").lut_rams * 64 // 1000 for name in ("25f", "45f", "85f")]
    assert totals == [194, 350, 669]
    assert find_device("gw1nr-9").lut_rams * 64 == 17280
    assert (find_device("ice40").lut_rams, find_device("xc7a35t").lut_rams) == (0, None)


def test_a_family_stands_for_a_member():
    assert {name: find_device(name).name for name in FAMILIES} == {
        "ice40": "ice40up5k",
        "ecp5": "ecp5-25f",
        "gowin": "gw1nr-9",
        "xilinx": "xc7a35t",
    }
    assert find_device("ECP5-45F") is DEVICES["ecp5-45f"]


def test_unknown_names():
    with pytest.raises(RnnhwError, match=rf"^device must be {re.escape(NAMES)}, not 'ice40hx1k'$"):
        find_device("ice40hx1k")
    with pytest.raises(TypeError, match=r"^device must be a name, not int$"):
        find_device(5)
