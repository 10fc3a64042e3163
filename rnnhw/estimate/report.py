"""How an estimate is shown."""

import json
from html import escape

from .report_json import as_data
from .report_table import as_table, as_text


class Shown:
    """What an estimate has for those who look at it."""

    def data(self) -> dict:
        """All figures as plain data; those with a band are of value, low and high."""
        return as_data(self)

    def table(self):
        """The figures for people, for rich to print."""
        return as_table(self)

    def to_json(self) -> str:
        """All figures as a JSON object; those with a band are objects of value, low and high."""
        return json.dumps(self.data(), indent=2)

    def __str__(self) -> str:
        """The tables as text."""
        return as_text(self.table())

    def _repr_html_(self) -> str:
        """The tables in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"
