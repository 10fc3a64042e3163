"""The boards: what they are, and how they are named."""

from dataclasses import replace

import pytest

from rnnhw.boards import BOARDS, USUAL, Board, find
from rnnhw.errors import RnnhwError
from rnnhw.estimate import find_device

NAMES = (
    "icebreaker, upduino, upduino-osc, ulx3s-12f, ulx3s-25f, ulx3s-45f, ulx3s-85f, orangecrab, tang-nano-9k, arty-a7, "
    "ulx3s, arty-a7-35t"
)


def test_boards():
    assert {name: (board.device.name, board.clock_mhz) for name, board in BOARDS.items()} == {
        "icebreaker": ("ice40up5k", 12.0),
        "upduino": ("ice40up5k", 48.0),
        "upduino-osc": ("ice40up5k", 12.0),
        "ulx3s-12f": ("ecp5-12f", 25.0),
        "ulx3s-25f": ("ecp5-25f", 25.0),
        "ulx3s-45f": ("ecp5-45f", 25.0),
        "ulx3s-85f": ("ecp5-85f", 25.0),
        "orangecrab": ("ecp5-25f", 48.0),
        "tang-nano-9k": ("gw1nr-9", 27.0),
        "arty-a7": ("xc7a35t", 100.0),
    }
    assert {name for name, board in BOARDS.items() if board.flow != "bitstream"} == {"arty-a7"}


def test_names():
    assert find("iCEBreaker") is BOARDS["icebreaker"]
    assert {name: find(name).name for name in USUAL} == {"ulx3s": "ulx3s-85f", "arty-a7-35t": "arty-a7"}


def test_unknown_names():
    with pytest.raises(RnnhwError, match=rf"^board must be one of {NAMES}, not 'basys3'$"):
        find("basys3")
    with pytest.raises(TypeError, match=r"^board must be a name, not NoneType$"):
        find(None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "a board's name must be a string that is not empty, not ''"),
        ({"device": "ice40up5k"}, "board mine: device must be a Device, not 'ice40up5k'"),
        ({"clock_mhz": 0}, "board mine: clock_mhz must be a number above 0, not 0"),
        ({"core_mhz": "24"}, "board mine: core_mhz must be a number above 0, not '24'"),
        ({"baud": True}, "board mine: baud must be a number above 0, not True"),
        ({"platform": None}, "board mine: platform must be callable (it makes the platform)"),
        ({"tolerance": 1}, "board mine: tolerance must be in 0..1, not 1"),
        ({"links": ("usb",)}, "board mine: links must be of uart, spi, not ('usb',)"),
        ({"links": ()}, "board mine: links must be of uart, spi, not ()"),
    ],
)
def test_a_board_checks_itself(values, message):
    board = Board("mine", find_device("ice40"), 12.0, lambda: None, 24.0)
    with pytest.raises(RnnhwError) as error:
        replace(board, **values)
    assert str(error.value) == message
