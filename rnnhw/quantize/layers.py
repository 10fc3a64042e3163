"""The layers in integers that are no cells: those that go backwards, alone or in both directions, and dense ones."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from rnnhw.fixedpoint import QFormat

from .cells import QuantizedCell, freeze


class _OfCells:
    """What is known of a layer from its `cells`."""

    @property
    def input_size(self) -> int:
        """Inputs."""
        return self.cells[0].input_size

    @property
    def output_size(self) -> int:
        """Units of all cells."""
        return sum(cell.hidden_size for cell in self.cells)

    @property
    def x(self) -> QFormat:
        """Format of the input."""
        return self.cells[0].x

    @property
    def h(self) -> QFormat:
        """Format of all hidden states."""
        return self.cells[0].h

    output = h


@dataclass(frozen=True, eq=False)
class QuantizedBidirectional(_OfCells):
    """Two cells that see the same sequence from both ends; the output is ``[forward h, backward h]``.

    Parameters
    ----------
    name : str
    forward, backward : QuantizedCell
        Of any kinds and sizes, with the same formats of x and of h.
    """

    name: str
    forward: QuantizedCell
    backward: QuantizedCell

    kind: ClassVar[str] = "bidirectional"
    backwards: ClassVar[tuple[bool, ...]] = (False, True)
    parts: ClassVar[tuple[str, ...]] = ("forward", "backward")

    @property
    def cells(self) -> tuple[QuantizedCell, QuantizedCell]:
        """Forward cell, backward cell."""
        return (self.forward, self.backward)


@dataclass(frozen=True, eq=False)
class QuantizedReversed(_OfCells):
    """A cell that goes from a sequence's last step to its first.

    Parameters
    ----------
    name : str
    cell : QuantizedCell
    """

    name: str
    cell: QuantizedCell

    kind: ClassVar[str] = "reversed"
    backwards: ClassVar[tuple[bool, ...]] = (True,)
    parts: ClassVar[tuple[str, ...]] = ("cell",)

    @property
    def cells(self) -> tuple[QuantizedCell]:
        """The cell, as the only one of its layer."""
        return (self.cell,)


#: Layers that need whole sequences.
WHOLE = (QuantizedBidirectional, QuantizedReversed)


@dataclass(frozen=True, eq=False)
class QuantizedDense:
    """One dense layer in integers: ``y = R(V h + b)``, then relu where asked for.

    Parameters
    ----------
    weight_raw, bias_raw : ndarray of int64
        Shapes (O, I), (O,); the bias is in the accumulator's format.
    x, y, weight : QFormat
    relu : bool
    """

    name: str
    weight_raw: np.ndarray
    bias_raw: np.ndarray
    x: QFormat
    y: QFormat
    weight: QFormat
    relu: bool

    kind: ClassVar[str] = "dense"
    cells: ClassVar[tuple] = ()
    backwards: ClassVar[tuple] = ()
    arrays: ClassVar[tuple[str, ...]] = ("weight_raw", "bias_raw")

    def __post_init__(self):
        freeze(self, *self.arrays)

    @property
    def input_size(self) -> int:
        """Inputs."""
        return self.weight_raw.shape[1]

    @property
    def output_size(self) -> int:
        """Outputs."""
        return self.weight_raw.shape[0]

    @property
    def output(self) -> QFormat:
        """Format of what the layer hands on."""
        return self.y

    @property
    def accumulator_frac(self) -> int:
        """Fraction bits of the accumulator."""
        return self.x.frac + self.weight.frac

    @cached_property
    def accumulator_bound(self) -> int:
        """Largest magnitude that any partial sum can have, over the real weights."""
        total = np.abs(self.weight_raw).sum(axis=1).astype(object) * -self.x.min_raw
        return int((total + np.abs(self.bias_raw).astype(object)).max())
