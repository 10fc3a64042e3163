"""The tables of the command line on the page."""

from rich.table import Table
from rich.text import Text

from .common import said, table, title


def show_table(given: Table) -> None:
    """Show a table that was made for the terminal: its title, headings, rows and caption.

    Parameters
    ----------
    given : rich.table.Table
    """
    columns = given.columns
    if given.title:
        title(_plain(given.title))
    numbers = [at for at, column in enumerate(columns) if column.justify == "right"]
    rows = zip(*([_plain(cell) for cell in column.cells] for column in columns), strict=True)
    table([_plain(column.header) for column in columns], rows, numbers)
    if given.caption:
        said(_plain(given.caption), "note")


def _plain(cell) -> str:
    """What is read, without marks of the terminal."""
    return Text.from_markup(cell).plain if isinstance(cell, str) else str(cell)
