"""Holds estimates against what synthesis, routing and simulation found, one configuration at a time and by family."""

from dataclasses import dataclass

import numpy as np

from rnnhw.estimate import FAMILIES, Estimate, Fitted, estimate, find_device

from .draw import Drawn

FIGURES = ("LUT", "FF", "clock")
EXACT = ("DSP", "block RAM")
PARTS = {"median": "median", "90 %": "percentile_90", "in band": "in_band"}  # of a fitted figure's columns


@dataclass(frozen=True)
class Figure:
    """A fitted figure and the truth.

    Parameters
    ----------
    estimated : Fitted
    found : float
    """

    estimated: Fitted
    found: float

    @property
    def error(self) -> float:
        """Of the estimate, as a share of the truth."""
        return (self.estimated.value - self.found) / self.found

    @property
    def within(self) -> bool:
        """Whether the truth is in the band."""
        return self.estimated.low <= self.found <= self.estimated.high


@dataclass(frozen=True)
class Comparison:
    """One configuration.

    Parameters
    ----------
    family : str
    number : int
    text : str
    exact : dict of str to (tuple, tuple)
        By `EXACT`: estimated and found. Block RAMs with them SPRAM blocks.
    fitted : dict of str to Figure
        By `FIGURES`; no clock where nothing was routed.
    """

    family: str
    number: int
    text: str
    exact: dict[str, tuple[tuple, tuple]]
    fitted: dict[str, Figure]

    @property
    def wrong(self) -> tuple[str, ...]:
        """Which of the exact figures are wrong, with both numbers."""
        return tuple(
            f"{name}: {' and '.join(map(str, have))} estimated, {' and '.join(map(str, want))} found"
            for name, (have, want) in self.exact.items()
            if have != want
        )

    def to_json(self) -> dict:
        """As plain data."""
        fitted = {
            name: {"estimated": item.estimated.value, "low": item.estimated.low, "high": item.estimated.high}
            | {"found": item.found}
            for name, item in self.fitted.items()
        }
        exact = {name: {"estimated": have, "found": want} for name, (have, want) in self.exact.items()}
        return {"family": self.family, "number": self.number, "text": self.text, "exact": exact, "fitted": fitted}


def compare(record: dict, drawn: Drawn) -> Comparison:
    """Hold the estimate of a configuration against its record.

    Parameters
    ----------
    record : dict
        What `Task.run` gives, with "family" and "number".
    drawn : Drawn
        The configuration.
    """
    guess = estimated(drawn, record["family"])
    found = {"LUT": record["lut"], "FF": record["ff"], "clock": record.get("mhz")}
    fitted = {"LUT": guess.lut, "FF": guess.ff, "clock": guess.clock_mhz}
    return Comparison(
        record["family"],
        record["number"],
        drawn.text,
        {
            "DSP": ((guess.dsp,), (record["dsp"],)),
            "block RAM": ((guess.bram, guess.spram), (record["block_ram"], record["spram"])),
        },
        {name: Figure(fitted[name], found[name]) for name in FIGURES if found[name] and fitted[name] is not None},
    )


def estimated(drawn: Drawn, family: str) -> Estimate:
    """The estimate of a configuration."""
    return estimate(drawn.design.plan, find_device(FAMILIES[family]), link=drawn.link)


def summaries(comparisons, simulated=()) -> list[dict]:
    """A row for each family, and one for all if there are several.

    Parameters
    ----------
    comparisons : iterable of Comparison
    simulated : iterable of (str, dict)
        Family and what `rnnhw.calibrate.cycles.Simulated.run` gives.
    """
    comparisons, simulated = list(comparisons), list(simulated)
    families = [name for name in FAMILIES if any(item.family == name for item in comparisons)]
    rows = [_row(name, comparisons, simulated, (name,)) for name in families]
    return rows + ([_row("all", comparisons, simulated, families)] if len(families) > 1 else [])


def _row(title: str, comparisons, simulated, families) -> dict:
    chosen = [item for item in comparisons if item.family in families]
    runs = [outcome for family, outcome in simulated if family in families]
    row = {"family": title, "configurations": len(chosen)}
    for name in EXACT:
        row[f"{name} wrong"] = sum(have != want for have, want in (item.exact[name] for item in chosen))
    row |= {"simulated": len(runs), "cycles wrong": sum(run["error"] is not None for run in runs)}
    for name in FIGURES:
        figures = [item.fitted[name] for item in chosen if name in item.fitted]
        errors = [abs(figure.error) for figure in figures]
        row[name] = None
        if figures:
            row[name] = {
                "measured": len(figures),
                "median": float(np.median(errors)),
                "percentile_90": float(np.percentile(errors, 90)),
                "in_band": sum(figure.within for figure in figures) / len(figures),
            }
    return row


def columns(row: dict) -> dict[str, str]:
    """A row in one line: title -> text."""
    cells = {"family": row["family"], "n": str(row["configurations"])}
    cells |= {f"{name} wrong": str(row[f"{name} wrong"]) for name in EXACT}
    cells["cycles wrong"] = f"{row['cycles wrong']} of {row['simulated']}"
    for name in FIGURES:
        if name == "clock":
            cells["routed"] = str(row[name]["measured"] if row[name] else 0)
        cells |= {f"{name} {title}": text for title, text in _parts(row[name]).items()}
    return cells


def lines(row: dict):
    """A row in several: family, figure, how many, how many of them wrong, and `PARTS` of the fitted ones."""
    title, none = row["family"], [""] * len(PARTS)
    for name in EXACT:
        yield title, name, str(row["configurations"]), str(row[f"{name} wrong"]), *none
        title = ""
    if row["simulated"]:
        yield "", "cycles", str(row["simulated"]), str(row["cycles wrong"]), *none
    for name in FIGURES:
        if row[name] is not None:
            yield "", name, str(row[name]["measured"]), "", *_parts(row[name]).values()


def _parts(figure: dict | None) -> dict[str, str]:
    return {title: "-" if figure is None else f"{100 * figure[key]:.1f} %" for title, key in PARTS.items()}
