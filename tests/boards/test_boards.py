"""The boards: what they are, and how they are named."""

import pytest

from rnnhw.boards import BOARDS, USUAL, find
from rnnhw.errors import RnnhwError


def test_boards():
    assert {name: (board.device.name, board.clock_mhz) for name, board in BOARDS.items()} == {
        "icebreaker": ("ice40up5k", 12.0),
        "upduino": ("ice40up5k", 12.0),
        "ulx3s-12f": ("ecp5-12f", 25.0),
        "ulx3s-25f": ("ecp5-25f", 25.0),
        "ulx3s-45f": ("ecp5-45f", 25.0),
        "ulx3s-85f": ("ecp5-85f", 25.0),
    }


def test_names():
    assert find("iCEBreaker") is BOARDS["icebreaker"]
    assert {name: find(name).name for name in USUAL} == {"ulx3s": "ulx3s-85f"}


def test_unknown_names():
    names = "icebreaker, upduino, ulx3s-12f, ulx3s-25f, ulx3s-45f, ulx3s-85f, ulx3s"
    with pytest.raises(RnnhwError, match=rf"^board must be one of {names}, not 'arty'$"):
        find("arty")
    with pytest.raises(TypeError, match=r"^board must be a name, not NoneType$"):
        find(None)
