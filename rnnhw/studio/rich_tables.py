"""The tables of the command line on the page."""

from rich.table import Table
from rich.text import Text

from .markup import Html, said, table, title


def rich_table(given: Table) -> Html:
    """A table that was made for the terminal, with its title, headings, rows and caption.

    Parameters
    ----------
    given : rich.table.Table
    """
    columns = given.columns
    numbers = [at for at, column in enumerate(columns) if column.justify == "right"]
    rows = zip(*([_plain(cell) for cell in column.cells] for column in columns), strict=True)
    parts = [title(_plain(given.title))] if given.title else []
    parts.append(table([_plain(column.header) for column in columns], rows, numbers))
    if given.caption:
        parts.append(said(_plain(given.caption), "note"))
    return Html("".join(parts))


def _plain(cell) -> str:
    """What is read, without marks of the terminal."""
    return Text.from_markup(cell).plain if isinstance(cell, str) else str(cell)
