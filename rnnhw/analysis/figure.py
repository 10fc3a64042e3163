"""A figure and where it comes from."""

from dataclasses import asdict, dataclass, fields

#: Where formulae are from.
SOURCES = {
    "count": "as PyTorch counts",
    "equations": "cells' equations",
    "bptt": "BPTT (Werbos 1990)",
    "optimiser": "as torch.optim keeps",
    "roofline": "roofline (Williams et al. 2009)",
    "pruning": "pruning by magnitude (Han et al. 2015)",
}


@dataclass(frozen=True)
class Figure:
    """A value that says what it is.

    Parameters
    ----------
    name : str
    value : int or float
    unit : str
        "B", "s", "MAC", "FLOP" and so on; "" for counts.
    exact : bool
        Whether it is exact, or an estimate.
    formula : str
        In the letters of docs/calculator.md.
    source : str
        Where the formula is from.
    """

    name: str
    value: int | float
    unit: str
    exact: bool
    formula: str
    source: str

    def data(self) -> dict:
        """As plain data."""
        return asdict(self)


class Figures:
    """What groups of figures have in common; the fields of a subclass are figures."""

    def __iter__(self):
        return (getattr(self, field.name) for field in fields(self))

    def data(self) -> dict:
        """Name of the field -> figure, as plain data."""
        return {field.name: getattr(self, field.name).data() for field in fields(self)}
