"""What a search found, and how it is shown."""

import json
from dataclasses import asdict, dataclass
from html import escape
from io import StringIO

from rich.console import Console
from rich.table import Table

from rnnhw.plan import Hardware

from .candidate import Candidate
from .figures import share
from .measures import Wish

LOOKED_FOR = {
    "throughput": "least time of a step",
    "latency": "least latency of an inference",
    "size": "least share of the most used resource",
}


@dataclass(frozen=True, eq=False)
class Found:
    """The best configurations.

    Parameters
    ----------
    target, device : str
    link : str
        What stands between core and host in all figures: "none", "uart" or "spi".
    wish : Wish
    length : int or None
        Steps of an inference.
    candidates : tuple of Candidate
        The best one first. Each further one is the best of those that take less of something than each one before.
    tried, space : int
        Configurations that were looked at, and all that there are; of the others it was known that they are not better.
    """

    target: str
    device: str
    link: str
    wish: Wish
    length: int | None
    candidates: tuple[Candidate, ...]
    tried: int
    space: int

    @property
    def best(self) -> Candidate:
        """The best one."""
        return self.candidates[0]

    def to_dict(self) -> dict:
        """Everything, for JSON."""
        values = {name: getattr(self, name) for name in ("target", "device", "link", "length", "tried", "space")}
        return values | asdict(self.wish) | {"candidates": [candidate.to_dict() for candidate in self.candidates]}

    def to_json(self) -> str:
        """All of it as a JSON object."""
        return json.dumps(self.to_dict(), indent=2)

    def __str__(self) -> str:
        """The table as text."""
        console = Console(width=140, record=True, file=StringIO())
        console.print(self.table())
        return console.export_text()

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"

    def table(self) -> Table:
        """The candidates for people: a column for each."""
        limits = (("cycles per step", self.wish.max_cycles), ("us of latency", self.wish.max_latency_us))
        within = " and ".join(f"{limit:g} {name}" for name, limit in limits if limit is not None)
        steps = "" if self.length is None else f", inferences of {self.length} step{'s' * (self.length > 1)}"
        title = f"{self.target}: {LOOKED_FOR[self.wish.objective]}{', within ' + within if within else ''}{steps}"
        columns = ["best", *(str(number) for number in range(2, len(self.candidates) + 1))]
        table = Table("", *columns, title=title)
        table.columns[0].no_wrap = True
        for column in table.columns[1:]:
            column.justify = "right"
        for name, values in self._rows():
            table.add_row(name, *values)
        return table

    def _rows(self):
        every = self.candidates
        named = {name for one in every for name in one.options}
        for name in (name for name in Hardware.model_fields if name in named - {"count_saturations"}):
            yield name, [shown(one.options.get(name, "")) for one in every]
        yield "cycles per step", [_cycles(one.cycles_per_step) for one in every]
        yield "cycles of latency", [_cycles(one.latency_cycles) for one in every]
        if self.best.clock_mhz is not None:
            yield "MHz", [f"{one.clock_mhz.value:.1f}" for one in every]
            yield "  their band", [f"{one.clock_mhz.low:.1f} .. {one.clock_mhz.high:.1f}" for one in every]
            yield "us per step", [f"{one.step_us:.4g}" for one in every]
            yield "us of latency", [f"{one.latency_us:.4g}" for one in every]
        for number, need in enumerate(self.best.needs):
            if need.there:
                yield need.name, [_need(one.needs[number]) for one in every]
        yield "most used", [f"{one.share:.0%}" for one in every]
        yield "fits", ["yes" if one.surely else "likely" for one in every]


def shown(value) -> str:
    """An option's value as the command line takes it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _need(need) -> str:
    number = f"{need.needed.value:,.0f}" if need.fitted else f"{need.needed:,}"
    return f"{number} ({share(need):.0%})"


def _cycles(number: float) -> str:
    return f"{number:,}" if number == int(number) else f"{number:,.2f}"
