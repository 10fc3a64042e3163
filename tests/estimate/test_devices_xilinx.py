"""The 7 series: what its parts hold, and how they may be called."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.estimate import DEVICES, find_device
from rnnhw.estimate.devices_xilinx import XILINX_PARTS, part_of


@pytest.mark.parametrize(
    ("name", "dsp", "block_ram", "lut", "ff"),
    [
        ("xc7s6", 10, 10, 3752, 7504),
        ("xc7s100", 160, 240, 64000, 128000),
        ("xc7a200t", 740, 730, 134600, 269200),
        ("xc7k480t", 1920, 1910, 298600, 597200),
        ("xc7z007s", 66, 100, 14400, 28800),
        ("xc7z100", 2020, 1510, 277400, 554800),
    ],
)
def test_what_a_part_holds(name, dsp, block_ram, lut, ff):
    device = find_device(name)
    assert (device.family, device.dsp, device.block_ram, device.lut, device.ff) == ("xilinx", dsp, block_ram, lut, ff)


def test_all_parts_are_there():
    assert len(XILINX_PARTS) == 31
    assert [name for name, device in DEVICES.items() if device.family == "xilinx"] == list(XILINX_PARTS)
    counts = {prefix: sum(name.startswith(prefix) for name in XILINX_PARTS) for prefix in ("xc7s", "xc7a", "xc7k")}
    assert counts == {"xc7s": 6, "xc7a": 8, "xc7k": 7}
    assert all(lut % 4 == 0 for lut, _, _ in XILINX_PARTS.values())  # whole slices


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("xc7a35t", "xc7a35t"),
        ("XC7A35T-1CSG324C", "xc7a35t"),
        ("xc7a35ticsg324-1L", "xc7a35t"),
        ("xc7s6cpga196-2", "xc7s6"),
        ("xc7s15ftgb196-1", "xc7s15"),
        ("xc7k325tffg900-2", "xc7k325t"),
        ("xc7z020clg484-1", "xc7z020"),
        ("xc7z007sclg225-1", "xc7z007s"),
        ("xc7a100tcsg324-2L", "xc7a100t"),
    ],
)
def test_ordering_codes(name, part):
    assert part_of(name) == part
    assert find_device(name) is DEVICES[part]


@pytest.mark.parametrize("name", ["xc7a35", "xc7s60", "xc7a35t!", "xc7z0200", "xc7s6x", "xc7", "xcku040", "xc7a35tt1"])
def test_what_is_no_part(name):
    assert part_of(name) is None
    with pytest.raises(RnnhwError, match=rf"not '{name}'$"):
        find_device(name)
