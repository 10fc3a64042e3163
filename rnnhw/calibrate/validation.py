"""What a validation found: a table, a page with a scatter plot, and all numbers."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from .compare import PARTS, Comparison, columns, lines, summaries
from .compare_chip import ChipComparison, chip_line
from .job import Job
from .scatter import FILES, scatter

PAGE, NUMBERS = "validation.md", "validation.json"


@dataclass(frozen=True)
class Validation:
    """Estimates of a seed's configurations, held against the truth.

    Parameters
    ----------
    seed : int
    comparisons : tuple of Comparison
    runs : tuple of (Job, dict)
        What simulations gave (`rnnhw.calibrate.cycles`).
    tools : dict of str to str
        Their releases.
    chips : tuple of ChipComparison
    """

    seed: int
    comparisons: tuple[Comparison, ...]
    runs: tuple[tuple[Job, dict], ...]
    tools: dict[str, str]
    chips: tuple[ChipComparison, ...] = ()

    files = (PAGE, NUMBERS, *FILES)

    @property
    def rows(self) -> list[dict]:
        """A summary for each family."""
        return summaries(self.comparisons, [(job.family, run) for job, run in self.runs])

    @property
    def wrong(self) -> list[str]:
        """A line for each figure that should be exact and is not."""
        found = [f"{item.family} {item.number}: {line}" for item in self.comparisons for line in item.wrong]
        found += [f"chip {item.number}: {line}" for item in self.chips for line in item.wrong]
        return found + [f"{job}: {run['error']}" for job, run in self.runs if run["error"] is not None]

    @property
    def chip_lines(self) -> list[str]:
        """A line about chips, if there are any."""
        return [chip_line(self.chips)] if self.chips else []

    def to_json(self) -> dict:
        """As plain data."""
        return {
            "seed": self.seed,
            "tools": self.tools,
            "families": self.rows,
            "wrong": self.wrong,
            "configurations": [item.to_json() for item in self.comparisons],
            "chips": [item.to_json() for item in self.chips],
            "simulations": [{"family": job.family, "number": job.number} | run for job, run in self.runs],
        }

    def table(self) -> Table:
        """The summaries for people."""
        titles = ("family", "figure", "n", "wrong", *PARTS)
        table = Table(*titles, title=f"Estimates of {len(self.comparisons)} configurations (seed {self.seed})")
        for column in table.columns[2:]:
            column.justify = "right"
        for row in self.rows:
            for cells in lines(row):
                table.add_row(*cells)
            table.add_section()
        return table

    def write(self, folder: Path) -> None:
        """Page, numbers and plot."""
        (folder / PAGE).write_text(self._page())
        (folder / NUMBERS).write_text(json.dumps(self.to_json(), indent=1) + "\n")
        scatter(list(self.comparisons), folder)

    def _page(self) -> str:
        rows = [columns(row) for row in self.rows]
        tools = ", ".join(f"{name} {release}" for name, release in self.tools.items())
        page = [
            "# Estimates against synthesis",
            "",
            f"{len(self.comparisons)} random configurations new to the estimator (seed {self.seed}), by {tools}.",
            "",
            "| " + " | ".join(rows[0]) + " |",
            "|" + "|".join(["---", *["--:"] * (len(rows[0]) - 1)]) + "|",
            *("| " + " | ".join(row.values()) + " |" for row in rows),
            "",
            "*median*, *90 %*: of the errors without sign, as shares of the truth. *in band*: how often the truth lies "
            "in the printed band. *cycles*: every element of every stream, cycles of a step and latency.",
            "",
            *(part for line in self.chip_lines for part in (f"{line}.", "")),
            f"![Estimated against synthesised]({FILES[0]})",
        ]
        if self.wrong:
            page += ["", "Wrong:", "", *(f"- {line}" for line in self.wrong)]
        return "\n".join(page) + "\n"
