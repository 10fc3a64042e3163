"""A user's own board, in a file of their own."""

from pathlib import Path

import pytest

from rnnhw.boards import Board, find, load_board
from rnnhw.boards.parts import part_of
from rnnhw.design import Design
from rnnhw.errors import RnnhwError

GOOD = """
from rnnhw.boards import Board
from rnnhw.estimate import find_device

BOARD = Board("mine", find_device("ecp5-25f"), clock_mhz=50.0, platform=lambda: None, core_mhz=60.0)
"""


def write(tmp_path, text):
    path = tmp_path / "my_board.py"
    path.write_text(text)
    return str(path)


def test_a_file_defines_a_board(tmp_path, lstm):
    board = find(write(tmp_path, GOOD))
    assert isinstance(board, Board)
    assert (board.name, board.device.name, board.clock_mhz) == ("mine", "ecp5-25f", 50.0)
    design = Design(lstm, target=board)
    assert (design.target, design.device) == ("mine", board.device)
    assert Design(lstm, target=write(tmp_path, GOOD)).device == board.device


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": must define BOARD = Board(...) of rnnhw.boards; it defines none"),
        ("BOARD = 5", ": must define BOARD = Board(...) of rnnhw.boards; it is a int"),
        ("BOARD = 5 +", ", line 1: SyntaxError: invalid syntax (my_board.py, line 1)"),
        ("\n\nx = missing", ", line 3: NameError: name 'missing' is not defined"),
        ("import nowhere_at_all", ", line 1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        (GOOD.replace("50.0", "-1"), ": board mine: clock_mhz must be a number above 0, not -1"),
        (GOOD.replace("ecp5-25f", "max10"), ": device must be ice40up5k, "),
    ],
)
def test_files_that_do_not(text, message, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(RnnhwError) as error:
        load_board(path)
    said = str(error.value).replace(f"({path}, ", "(my_board.py, ")
    assert said.startswith(path + message)
    assert "\n" not in said


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RnnhwError, match=r"nowhere\.py: no such file$"):
        find(str(tmp_path / "nowhere.py"))


def test_the_board_in_the_documentation(tmp_path):
    """It is a board, and its platform has what a shell asks for."""
    pytest.importorskip("amaranth_boards")
    page = (Path(__file__).parents[2] / "docs" / "boards.md").read_text()
    path = tmp_path / "my_board.py"
    path.write_text(page[page.index("# my_board.py") :].split("```")[0])
    board = find(str(path))
    platform = board.platform()
    assert part_of("ecp5", platform).nextpnr == ("--25k", "--package", "CABGA256", "--speed", "6")
    assert platform.lookup("uart").ios[0].ios[0].names == ["N4"]
    assert platform.lookup("spi_link") is not None
