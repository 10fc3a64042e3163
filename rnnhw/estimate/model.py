"""The fitted formulas: coefficients for the terms of each module, from a file named by the tools of it."""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from math import log2

from rnnhw.errors import RnnhwError

from .fitted import Fitted
from .terms import CHIP, MEMORIES, MEMORY, SHARPNESS

FOLDER = "data"
LEAST = 0.1  # share of a value that a stretched band goes down to


@dataclass(frozen=True)
class Formula:
    """A figure as a sum over the terms of all modules, and the band around it.

    Parameters
    ----------
    coefficients : dict
        Module -> term -> what one of it takes.
    low, high : float
        The band, as shares of the value.
    """

    coefficients: dict[str, dict[str, float]]
    low: float
    high: float

    @cached_property
    def shared(self) -> dict[str, float]:
        """Coefficients of what memories take in any module."""
        of_memories = self.coefficients.get(MEMORIES, {})
        return {term: each for term, each in of_memories.items() if term.startswith(MEMORY)}

    @cached_property
    def by_module(self) -> dict[str, dict[str, float]]:
        """Module -> term -> coefficient, those of memories among them."""
        return {
            name: {term: each for term, each in own.items() if not term.startswith(MEMORY)} | self.shared
            for name, own in self.coefficients.items()
        }

    def module(self, name: str, terms: dict[str, float]) -> float:
        """What a module takes."""
        own = self.by_module.get(name, self.shared)
        return sum([value * own[term] for term, value in terms.items() if term in own])

    def longest(self, ways: dict[str, dict[str, float]]) -> float:
        """The largest of several sums, those that are nearly as large added in part."""
        lengths = [self.module(way, terms) for way, terms in ways.items()]
        return sum(length**SHARPNESS for length in lengths) ** (1 / SHARPNESS)

    def band(self, value: float, stretch: float = 1.0) -> Fitted:
        """A value with its band, which may be stretched."""
        low, high = 1 - stretch * (1 - self.low), 1 + stretch * (self.high - 1)
        return Fitted(value, value * max(low, LEAST), value * high)


@dataclass(frozen=True)
class FamilyModel:
    """The formulas of a family.

    Parameters
    ----------
    lut, ff : Formula
    logic_cells, period_ns : Formula or None
        Of terms of the whole core, where the family has such figures.
    largest : int
        LUTs of the largest core that they were learned of.
    """

    lut: Formula
    ff: Formula
    logic_cells: Formula | None
    period_ns: Formula | None
    largest: int

    def stretch(self, lut: float) -> float:
        """How many times as wide a band gets for a core beyond what was measured: once more each time it doubles."""
        return 1 + max(log2(max(lut, 1) / self.largest), 0)


@cache
def newest() -> str:
    """Name of the newest file of coefficients."""
    names = sorted(item.name for item in files(__package__).joinpath(FOLDER).iterdir() if item.name.endswith(".json"))
    return names[-1]


@cache
def content(name: str) -> dict:
    """A file of coefficients: "tools", and by family its formulas and what they were learned of."""
    return json.loads(files(__package__).joinpath(FOLDER, name).read_text())


@cache
def family_model(family: str) -> FamilyModel:
    """The formulas of a family.

    Raises
    ------
    RnnhwError
        If nothing was measured for it.
    """
    families = content(newest())["families"]
    if family not in families:
        raise RnnhwError(f"family must be one that was measured ({', '.join(families)}), not {family!r}")
    return read_family(families[family])


def read_family(data: dict) -> FamilyModel:
    """The formulas in a file's part for one family."""
    names = ("lut", "ff", "logic_cells", "period_ns")
    formulas = {name: None if data.get(name) is None else Formula(**data[name]) for name in names}
    return FamilyModel(**formulas, largest=data["largest"])


@cache
def chip_model() -> tuple[Formula, FamilyModel]:
    """The formula of gate equivalents, and the formulas of the family whose logic its terms are made of.

    Raises
    ------
    RnnhwError
        If nothing was measured for it.
    """
    own = content(newest())["families"].get(CHIP, {})
    if own.get("gates") is None:
        raise RnnhwError("standard cells were not measured")
    return Formula(**own["gates"]), family_model(own["base"])
