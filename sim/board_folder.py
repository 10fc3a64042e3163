"""The core in a folder that `rnnhw build` wrote."""

from pathlib import Path

from rnnhw.board_file import read_board_file
from rnnhw.host.reference import find_reference

from .board import BoardCore


def read_core(folder: Path) -> BoardCore:
    """The core that a folder's bitstream holds, remade from its network and options.

    Raises
    ------
    RnnhwError
        If it is no such folder, or a file was altered.
    """
    content, reference = read_board_file(folder), find_reference(folder)
    return BoardCore(reference.plan, reference.identity, content.clock_hz, content.link, content.baud)
