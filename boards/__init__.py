"""The FPGA boards that rnnhw knows."""

from rnnhw.fixedpoint.checks import lookup

from .board import Board
from .icebreaker import ICEBREAKER
from .ulx3s import ULX3S
from .upduino import UPDUINO

BOARDS = {board.name: board for board in (ICEBREAKER, UPDUINO, *ULX3S)}
USUAL = {"ulx3s": "ulx3s-85f"}  # a name without a size stands for this one

__all__ = ["BOARDS", "USUAL", "Board", "find"]


def find(name: str) -> Board:
    """The board of a name; "ulx3s" stands for "ulx3s-85f".

    Parameters
    ----------
    name : str
        In upper or lower case.

    Raises
    ------
    RnnhwError
        If there is none of that name.
    """
    return lookup("board", name, BOARDS, USUAL)
