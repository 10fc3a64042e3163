"""What is known of a quantised network from its layers alone."""

from functools import cached_property

import numpy as np

from rnnhw.fixedpoint import QFormat

from .cells import QuantizedCell
from .layers import QuantizedDense


class QuantizedChain:
    """The part of `QuantizedNetwork` that follows from its `layers`."""

    @cached_property
    def recurrents(self) -> tuple:
        """The recurrent layers, in order."""
        return tuple(layer for layer in self.layers if not isinstance(layer, QuantizedDense))

    @cached_property
    def cells(self) -> tuple[QuantizedCell, ...]:
        """The recurrent cells, in order; of a bidirectional layer the forward one first."""
        return tuple(cell for layer in self.recurrents for cell in layer.cells)

    @cached_property
    def denses(self) -> tuple[QuantizedDense, ...]:
        """The dense layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, QuantizedDense))

    @property
    def input(self) -> QFormat:
        """Format of the input."""
        return self.layers[0].x

    @property
    def result(self) -> QFormat:
        """Format of what the last layer gives, before the head."""
        return self.layers[-1].output

    @property
    def input_size(self) -> int:
        """Elements of an input step."""
        return self.layers[0].input_size

    @property
    def result_size(self) -> int:
        """Outputs of the last layer, before the head."""
        return self.layers[-1].output_size

    @cached_property
    def state_formats(self) -> tuple[tuple[QFormat, int], ...]:
        """Format and number of elements of each part of the flat state vector, in order."""
        return tuple((form, cell.hidden_size) for cell in self.cells for form in cell.state_formats)

    @property
    def state_size(self) -> int:
        """Elements of the flat state vector."""
        return sum(count for _, count in self.state_formats)

    @property
    def initial_raw(self) -> np.ndarray:
        """The flat state vector before a sequence's first step, where the run gives no other."""
        return np.concatenate([cell.initial_raw for cell in self.cells])
