"""Devices: what they hold, and how they are named."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, FAMILIES, find_device

NAMES = "ice40up5k, ecp5-12f, ecp5-25f, ecp5-45f, ecp5-85f, ice40, ecp5"


@pytest.mark.parametrize(
    ("name", "dsp", "block_ram", "lut"),
    [
        ("ice40up5k", 8, 30, 5280),
        ("ecp5-12f", 28, 56, 24288),
        ("ecp5-25f", 28, 56, 24288),
        ("ecp5-45f", 72, 108, 43848),
        ("ecp5-85f", 156, 208, 83640),
    ],
)
def test_what_a_device_holds(name, dsp, block_ram, lut):
    device = find_device(name)
    assert (device.name, device.dsp, device.block_ram, device.lut, device.ff) == (name, dsp, block_ram, lut, lut)


def test_block_rams_make_the_data_sheets_totals():
    """Kilobits of block RAM: 120 (UP5K), 1,008, 1,944 and 3,744 (LFE5U-25, -45, -85)."""
    totals = [d.block_ram * d.block_ram_bits // 1024 for d in DEVICES.values() if d.name != "ecp5-12f"]
    assert totals == [120, 1008, 1944, 3744]


def test_a_family_stands_for_a_member():
    assert {name: find_device(name).name for name in FAMILIES} == {"ice40": "ice40up5k", "ecp5": "ecp5-25f"}
    assert find_device("ECP5-45F") is DEVICES["ecp5-45f"]


def test_unknown_names():
    with pytest.raises(RnnhwError, match=rf"^device must be one of {NAMES}, not 'ice40hx1k'$"):
        find_device("ice40hx1k")
    with pytest.raises(TypeError, match=r"^device must be a name, not int$"):
        find_device(5)
