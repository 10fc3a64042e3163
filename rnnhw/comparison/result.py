"""What a comparison found: points, the front, tables and files."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from rnnhw.files import write_folder

FORMAT = 1
NUMBERS, ROWS, PLOT, PAGE = "comparison.json", "comparison.csv", "pareto.svg", "report.html"
FILES = (NUMBERS, ROWS, PLOT, PAGE)
BANDS = ("lut", "ff", "clock", "energy")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Configurations of a network with what they lose and what they take.

    Parameters
    ----------
    data : dict
        The document (docs/compare.md).
    """

    data: dict

    def __repr__(self) -> str:
        name = self.data["model"]["name"]
        return f"<Comparison of {name}: {len(self.points)} configurations, {len(self.front)} on the front>"

    @property
    def points(self) -> list[dict]:
        """All configurations."""
        return self.data["points"]

    @property
    def front(self) -> list[dict]:
        """Those that no other one is better than, by increasing cost."""
        cost = self.data["cost"]
        found = [point for point in self.points if point["front"]]
        return sorted(found, key=lambda point: point[cost]["value"] if cost in BANDS else point[cost])

    @property
    def chosen(self) -> dict | None:
        """What a search under a limit found."""
        auto = self.data["auto"]
        return None if auto is None else next(point for point in self.points if point["id"] == auto["chosen"])

    @property
    def failures(self) -> list[str]:
        """A line for each point whose simulation differs from golden."""
        failed = [point for point in self.points if point["verified"] and not point["verified"]["equal"]]
        return [f"{point['id']}: {point['verified']['difference']}" for point in failed]

    def document(self) -> dict:
        """All of it as plain data."""
        return self.data

    def table(self) -> Table:
        """The points for people, for rich to print."""
        from rnnhw.report.comparison import comparison_table

        return comparison_table(self.data)

    def csv(self) -> str:
        """The points as comma-separated values, a row each."""
        rows = [flat(point) for point in self.points]
        names = list(dict.fromkeys(name for row in rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    def write(self, folder) -> Path:
        """Write the numbers, the plot and the page into a folder; an earlier comparison is replaced.

        Raises
        ------
        RnnhwError
            If the folder holds something else or cannot be written, or matplotlib is missing; nothing is then changed.
        """
        from rnnhw.report.comparison import comparison_page, pareto_svg

        texts = {
            NUMBERS: json.dumps(self.data, allow_nan=False) + "\n",
            ROWS: self.csv(),
            PLOT: pareto_svg(self.data),
            PAGE: comparison_page(self.data),
        }

        def fill(beside: Path) -> None:
            for name, text in texts.items():
                (beside / name).write_text(text, encoding="utf-8")

        return write_folder(folder, fill, lambda existing: set(FILES))


def flat(point: dict) -> dict:
    """A point in one row: parts of parts have names with a dot."""
    row = {}
    for key, value in point.items():
        if isinstance(value, dict):
            row |= dict(_parts(key, value))
        else:
            row[key] = "" if value is None else value
    return row


def _parts(prefix: str, values: dict):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _parts(f"{prefix}.{key}", value)
        else:
            yield f"{prefix}.{key}", "" if value is None else value
