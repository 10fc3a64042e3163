"""What a core costs in standard cells: gate equivalents and area fitted, the bits of its memories exactly."""

from dataclasses import dataclass, replace
from math import isfinite

from rnnhw.errors import RnnhwError
from rnnhw.plan import MemoryUse, Plan

from .fitted import Fitted
from .model import chip_model
from .multipliers import is_constant
from .report import Shown
from .report_chip import chip_data, chip_table
from .terms import CHIP, chip_terms, is_macro


@dataclass(frozen=True)
class MacroEstimate:
    """Equal RAM macros, which the chip's designer supplies: words, bits of a word, how many."""

    name: str
    depth: int
    width: int
    count: int


@dataclass(frozen=True)
class ChipEstimate(Shown):
    """The figures of a core in standard cells that a device does not have; its cycles are those of `estimate`.

    There is no clock and no energy among them: they depend on the library and on what gates are sized for, of which
    nothing is learned here. ``rnnhw build --liberty`` with OpenSTA tells the clock.

    Parameters
    ----------
    gates : Fitted
        Gate equivalents, without RAM macros: the area in NANDs of two inputs.
    nand_area : float or None
        Area of such a NAND, in the library's unit.
    macros : tuple of MacroEstimate
        Written memories of more than 1024 bits; exact.
    kept_bits : int
        Of smaller ones, which are flip-flops; exact as planned. Synthesis may find some of them useless: upper bits of
        answers that are wider than the accumulators, columns of the input that a narrow one does not fill.
    constant_bits : int
        Of memories that are never written, which are logic; exact, without columns that are the same in all words.
    """

    gates: Fitted
    nand_area: float | None
    macros: tuple[MacroEstimate, ...]
    kept_bits: int
    constant_bits: int

    @property
    def area(self) -> Fitted | None:
        """In the library's unit, without RAM macros; None where the area of a NAND is not known."""
        gates, nand = self.gates, self.nand_area
        return None if nand is None else Fitted(gates.value * nand, gates.low * nand, gates.high * nand)

    @property
    def macro_bits(self) -> int:
        """Bits of all RAM macros."""
        return sum(macro.depth * macro.width * macro.count for macro in self.macros)

    def data(self) -> dict:
        """All figures as plain data."""
        return chip_data(self)

    def table(self):
        """The figures for people, for rich to print."""
        return chip_table(self)


def estimate_chip(plan: Plan, nand_area: float | None = None) -> ChipEstimate:
    """Estimate a core in standard cells.

    Parameters
    ----------
    plan : Plan
    nand_area : float, optional
        Area of the library's smallest NAND of two inputs, for that of the core.

    Raises
    ------
    RnnhwError
        If the area cannot be.
    """
    _check_area(nand_area)
    gates, base = chip_model()
    terms = chip_terms(plan, base.lut.coefficients, base.ff.coefficients)
    uses = [] if is_constant(plan) else _memories(plan)
    return ChipEstimate(
        gates=gates.band(gates.module(CHIP, terms)),
        nand_area=nand_area,
        macros=tuple(MacroEstimate(name, use.depth, use.width, use.count) for name, use in uses if is_macro(use)),
        kept_bits=sum(use.bits for _, use in uses if not use.rom and not is_macro(use)),
        constant_bits=sum(use.bits for _, use in uses if use.rom),
    )


def _memories(plan: Plan) -> list[tuple[str, MemoryUse]]:
    """Name and memory; of what is never written only the columns that are not the same in all words."""
    uses = []
    for stage in plan.stages:
        for name, use in stage.memories.items():
            kept = replace(use, width=stage.varying_columns(name)) if use.rom else use
            uses.append((plan.prefix(stage) + name, kept))
    return uses


def _check_area(area: float | None) -> None:
    if area is None:
        return
    if isinstance(area, bool) or not isinstance(area, int | float):
        raise TypeError(f"nand_area must be a number, not {area!r}")
    if not (area > 0 and isfinite(area)):
        raise RnnhwError(f"nand_area must be above 0, not {area:g}")
