"""A user's own board, in a file of their own."""

import runpy
from pathlib import Path

from rnnhw.errors import RnnhwError

from .board import Board


def load_board(path) -> Board:
    """The board that a Python file defines as BOARD. The file is run.

    Raises
    ------
    RnnhwError
        If it cannot be read or run, or does not define a `Board` by that name.
    """
    path = Path(path)
    if not path.is_file():
        raise RnnhwError(f"{path}: no such file")
    try:
        names = runpy.run_path(str(path))
    except RnnhwError as error:
        raise RnnhwError(f"{path}: {error}") from None
    except Exception as error:
        line = next((frame.tb_lineno for frame in _frames(error) if frame.tb_frame.f_code.co_filename == str(path)), 0)
        line = line or getattr(error, "lineno", 0) or 0
        text = " ".join(str(error).split())
        raise RnnhwError(f"{path}, line {line}: {type(error).__name__}: {text}") from None
    board = names.get("BOARD")
    if not isinstance(board, Board):
        found = "it defines none" if "BOARD" not in names else f"it is a {type(board).__name__}"
        raise RnnhwError(f"{path}: must define BOARD = Board(...) of rnnhw.boards; {found}")
    return board


def _frames(error):
    """The innermost frame first."""
    frame, frames = error.__traceback__, []
    while frame is not None:
        frames.insert(0, frame)
        frame = frame.tb_next
    return frames
