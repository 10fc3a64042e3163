"""A figure and where it comes from."""

from dataclasses import asdict, dataclass, fields

#: Sources that formulae name.
SOURCES = {
    "count": "follows from the cells' equations; equal to PyTorch's count",
    "bptt": "what backpropagation through time needs (Werbos 1990), from the cells' equations",
    "optimiser": "the optimisers' definitions; equal to the state of torch.optim",
    "roofline": "roofline model: Williams, Waterman, Patterson 2009",
    "traffic": "least traffic between processor and memory, from the cells' equations",
    "sparse": "compressed sparse rows (Saad 2003), or one bit a place; Han et al. 2015",
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
        A key of `SOURCES`, kept as its text.
    """

    name: str
    value: int | float
    unit: str
    exact: bool
    formula: str
    source: str

    def __post_init__(self):
        object.__setattr__(self, "source", SOURCES[self.source])

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
