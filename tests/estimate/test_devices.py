"""Devices: what they hold, and how they are named."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, FAMILIES, find_device

NAMES = "ice40up5k, ecp5-12f, ecp5-25f, ecp5-45f, ecp5-85f, gw1nr-9, xc7a35t, ice40, ecp5, gowin, xilinx"


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
    totals = [d.block_ram * d.block_ram_bits // 1024 for d in DEVICES.values() if d.name != "ecp5-12f"]
    assert totals == [120, 1008, 1944, 3744, 468, 1800]


def test_a_family_stands_for_a_member():
    assert {name: find_device(name).name for name in FAMILIES} == {
        "ice40": "ice40up5k",
        "ecp5": "ecp5-25f",
        "gowin": "gw1nr-9",
        "xilinx": "xc7a35t",
    }
    assert find_device("ECP5-45F") is DEVICES["ecp5-45f"]


def test_unknown_names():
    with pytest.raises(RnnhwError, match=rf"^device must be one of {NAMES}, not 'ice40hx1k'$"):
        find_device("ice40hx1k")
    with pytest.raises(TypeError, match=r"^device must be a name, not int$"):
        find_device(5)
