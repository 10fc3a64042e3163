"""The FPGA boards that rnnhw knows."""

from rnnhw.fixedpoint.checks import lookup

from .arty_a7 import ARTY_A7
from .board import Board, Flash
from .icebreaker import ICEBREAKER
from .orangecrab import ORANGECRAB
from .tang_nano_9k import TANG_NANO_9K
from .ulx3s import ULX3S
from .upduino import UPDUINO, UPDUINO_OSC
from .user import load_board

BOARDS = {board.name: board for board in (ICEBREAKER, UPDUINO, UPDUINO_OSC, *ULX3S, ORANGECRAB, TANG_NANO_9K, ARTY_A7)}
USUAL = {"ulx3s": "ulx3s-85f", "arty-a7-35t": "arty-a7"}  # names that stand for another one

__all__ = ["BOARDS", "USUAL", "Board", "Flash", "find", "load_board"]


def find(name: str) -> Board:
    """The board of a name, or of a user's file; "ulx3s" stands for "ulx3s-85f", and "arty-a7-35t" for "arty-a7".

    Parameters
    ----------
    name : str
        In upper or lower case; or a path that ends in .py (see `load_board`).

    Raises
    ------
    RnnhwError
        If there is none of that name, or the file defines none.
    """
    if isinstance(name, str) and name.endswith(".py"):
        return load_board(name)
    return lookup("board", name, BOARDS, USUAL)
