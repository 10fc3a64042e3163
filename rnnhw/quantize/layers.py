"""The layers in integers that are no cells: one or two cells of which one goes backwards, and dense layers."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from rnnhw.fixedpoint import QFormat

from .cells import QuantizedCell, freeze


@dataclass(frozen=True, eq=False)
class QuantizedBidirectional:
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

    @property
    def input_size(self) -> int:
        """Inputs."""
        return self.forward.input_size

    @property
    def output_size(self) -> int:
        """Units of both cells."""
        return self.forward.hidden_size + self.backward.hidden_size

    @property
    def x(self) -> QFormat:
        """Format of the input."""
        return self.forward.x

    @property
    def h(self) -> QFormat:
        """Format of both hidden states."""
        return self.forward.h

    output = h


@dataclass(frozen=True, eq=False)
class QuantizedReversed:
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

    @property
    def input_size(self) -> int:
        """Inputs."""
        return self.cell.input_size

    @property
    def output_size(self) -> int:
        """Units."""
        return self.cell.hidden_size

    @property
    def x(self) -> QFormat:
        """Format of the input."""
        return self.cell.x

    @property
    def h(self) -> QFormat:
        """Format of the hidden state."""
        return self.cell.h

    output = h


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
