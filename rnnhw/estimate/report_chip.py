"""An estimate of standard cells as a table for people, and as plain data."""

from dataclasses import asdict

from rich.console import Group
from rich.table import Table

from .report_table import exact, figure_table, fitted, headed

NO_CLOCK = "no clock and energy: they depend on the library; rnnhw build --liberty with OpenSTA tells the clock"
PLAIN = ("nand_area", "macro_bits", "kept_bits", "constant_bits")


def chip_data(figures) -> dict:
    """All figures as plain data.

    Parameters
    ----------
    figures : ChipEstimate
    """
    area = figures.area
    values = {"gates": asdict(figures.gates), "area": None if area is None else asdict(area)}
    values["macros"] = [asdict(macro) for macro in figures.macros]
    return values | {name: getattr(figures, name) for name in PLAIN}


def chip_table(figures) -> Group:
    """The same for people.

    Parameters
    ----------
    figures : ChipEstimate
    """
    rows = [fitted("gate equivalents, without macros", figures.gates)]
    if figures.area is not None:
        rows.append(fitted(f"area, {figures.nand_area:g} each, in library units", figures.area))
    memories = [
        exact("RAM macros", sum(macro.count for macro in figures.macros)),
        exact("  their bits", figures.macro_bits),
        exact("bits kept in flip-flops", figures.kept_bits),
        exact("constant bits, which are logic", figures.constant_bits),
    ]
    table = figure_table("Estimate for standard cells", rows, memories)
    return Group(table, *([_macros(figures)] if figures.macros else []), NO_CLOCK)


def _macros(figures) -> Table:
    table = headed("RAM macros", "memory", ">how many", ">words x bits")
    for macro in figures.macros:
        table.add_row(macro.name, f"{macro.count:,}", f"{macro.depth:,} x {macro.width:,}")
    return table
