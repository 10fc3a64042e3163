"""Holds estimates of standard cells against synthesis."""

from dataclasses import dataclass

import numpy as np

from rnnhw.estimate import estimate_chip

from .compare import Figure
from .draw import Drawn


@dataclass(frozen=True)
class ChipComparison:
    """One configuration.

    Parameters
    ----------
    number : int
    text : str
    macro_bits : (int, int)
        Estimated and found.
    gates : Figure
        Gate equivalents.
    """

    number: int
    text: str
    macro_bits: tuple[int, int]
    gates: Figure

    @property
    def wrong(self) -> tuple[str, ...]:
        """A line if the macros are wrong."""
        have, want = self.macro_bits
        return () if have == want else (f"macro bits: {have} estimated, {want} found",)

    def to_json(self) -> dict:
        """As plain data."""
        guess = self.gates.estimated
        gates = {"estimated": guess.value, "low": guess.low, "high": guess.high, "found": self.gates.found}
        have, want = self.macro_bits
        macro_bits = {"estimated": have, "found": want}
        return {"number": self.number, "text": self.text, "gates": gates, "macro bits": macro_bits}


def compare_chip(number: int, result: dict, drawn: Drawn) -> ChipComparison:
    """Hold the estimate of a configuration against what `ChipTask.run` gave."""
    guess = estimate_chip(drawn.design.plan)
    macro_bits = guess.macro_bits, result["macro_bits"]
    return ChipComparison(number, drawn.text, macro_bits, Figure(guess.gates, result["gates"]))


def chip_line(comparisons) -> str:
    """What a validation found of chips, in a line."""
    errors = [100 * abs(item.gates.error) for item in comparisons]
    wrong = sum(bool(item.wrong) for item in comparisons)
    held = 100 * np.mean([item.gates.within for item in comparisons])
    return (
        f"{len(comparisons)} chips: macro bits wrong in {wrong}; gate equivalents off by {np.median(errors):.1f} % "
        f"(median), {np.percentile(errors, 90):.1f} % (90th percentile), in the band {held:.0f} %"
    )
