"""What the PLLs of all families have in common: legal settings, and the search for a frequency."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from rnnhw.errors import RnnhwError

MHZ = 1_000_000
NEAREST = Fraction(1, 50)  # a frequency that differs by more than 2 % from what was asked for is not what was asked for


class Pll(ABC):
    """One setting of a PLL. Subclasses are frozen dataclasses whose first field is `source_hz`.

    Members
    -------
    source_hz : int
        The oscillator's frequency.
    output_hz, vco_hz, pfd_hz : Fraction
        Exact frequencies of the output, of the oscillator in the PLL and at its phase detector.
    """

    SOURCE_MHZ: tuple[float, float]
    PFD_MHZ: tuple[float, float]
    VCO_MHZ: tuple[float, float]
    OUTPUT_MHZ: tuple[float, float]

    source_hz: int
    output_hz: Fraction
    vco_hz: Fraction
    pfd_hz: Fraction

    @classmethod
    @abstractmethod
    def settings(cls, source_hz: int) -> Iterator["Pll"]:
        """All settings worth looking at, legal or not."""

    @abstractmethod
    def instance(self, source, clock, locked, *, pad: bool = False):
        """The vendor's cell.

        Parameters
        ----------
        source : Value or IOPort
            The oscillator: a pin if `pad`, else a signal.
        clock, locked : Signal
            Driven by it.
        pad : bool
            Whether `source` is a pin of which the PLL has the input buffer; only where `pad_only` is true.
        """

    @property
    def legal(self) -> bool:
        """Whether all frequencies are within the limits of the vendor's documents."""
        pairs = (
            (self.source_hz, self.SOURCE_MHZ),
            (self.pfd_hz, self.PFD_MHZ),
            (self.vco_hz, self.VCO_MHZ),
            (self.output_hz, self.OUTPUT_MHZ),
        )
        return all(Fraction(str(low)) * MHZ <= value <= Fraction(str(high)) * MHZ for value, (low, high) in pairs)

    @property
    def preference(self) -> tuple:
        """Of two settings with one output frequency the one with the greater preference is taken."""
        return (self.pfd_hz, -abs(self.vco_hz - Fraction(str(sum(self.VCO_MHZ))) * MHZ / 2))


@cache
def settings_for(kind: type[Pll], source_hz: int) -> dict[Fraction, Pll]:
    """The best legal setting for each output frequency that can be made, in ascending order."""
    best: dict[Fraction, Pll] = {}
    for setting in kind.settings(source_hz):
        if setting.legal:
            known = best.get(setting.output_hz)
            if known is None or setting.preference > known.preference:
                best[setting.output_hz] = setting
    return dict(sorted(best.items()))


def frequencies(kind: type[Pll], source_hz: int) -> list[Fraction]:
    """All output frequencies that a PLL makes of an oscillator, ascending."""
    return list(settings_for(kind, source_hz))


def choose(kind: type[Pll], source_hz: int, target_hz: int) -> Pll:
    """The setting whose output is nearest to a frequency; of two that are as near the lower.

    Raises
    ------
    RnnhwError
        If none comes within 2 %.
    """
    found = settings_for(kind, source_hz)
    if not found:
        low, high = kind.SOURCE_MHZ
        raise RnnhwError(f"the PLL takes an oscillator of {low}..{high} MHz, not {mhz(source_hz)} MHz")
    outputs = list(found)
    place = bisect_left(outputs, target_hz)
    nearest = min(outputs[max(place - 1, 0) : place + 1], key=lambda hz: abs(hz - target_hz))
    if abs(nearest - target_hz) > NEAREST * target_hz:
        raise RnnhwError(
            f"the clock must be in {mhz(outputs[0])}..{mhz(outputs[-1])} MHz with a PLL on an oscillator of "
            f"{mhz(source_hz)} MHz, not {mhz(target_hz)} MHz"
        )
    return found[nearest]


def fastest(kind: type[Pll], source_hz: int, limit_hz: Fraction) -> Pll | None:
    """The setting with the highest output of at most `limit_hz`; None if all are faster."""
    found = settings_for(kind, source_hz)
    outputs = list(found)
    place = bisect_right(outputs, limit_hz)
    return found[outputs[place - 1]] if place else None


def mhz(hz) -> str:
    """A frequency in MHz with as many digits as say something."""
    return f"{float(Fraction(hz) / MHZ):.6f}".rstrip("0").rstrip(".")
