"""The layers of a network: cells (`rnnhw.network.cells`), alone, backwards or in both directions, and dense ones."""

from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.cells import GRU, LSTM, RNN, Cell
from rnnhw.network.layer_checks import check_choice, check_name, equal, shaped, store

#: What a dense layer may do to its sums.
ACTIVATIONS = ("linear", "relu")


class _OfCells:
    """What is known of a layer from its `cells`."""

    @property
    def input_size(self):
        """Elements of the input of one step."""
        return self.cells[0].input_size

    @property
    def output_size(self):
        """Elements of the output of one step: the units of all cells."""
        return sum(cell.hidden_size for cell in self.cells)

    @property
    def state_size(self):
        """Elements of the state, cell after cell."""
        return sum(cell.state_size for cell in self.cells)

    @property
    def parameters(self):
        """Numbers that the cells hold."""
        return sum(cell.parameters for cell in self.cells)

    @property
    def macs(self):
        """Multiply-accumulates of one step."""
        return sum(cell.macs for cell in self.cells)


@dataclass(frozen=True, eq=False)
class Bidirectional(_OfCells):
    """Two cells over the same input: one from the first step on, one from the last step back.

    The output at a step is the forward cell's h there, then the backward cell's h there (PyTorch; Keras with
    merge mode "concat").

    Parameters
    ----------
    forward, backward : LSTM, GRU or RNN
        Of any kind and size each, with the same input size. Their names are unique in the network too.
    name : str
        Unique in the network; a letter, then letters, digits or underscores.

    Raises
    ------
    RnnhwError
        Cells of different input sizes.
    TypeError
        Anything but a cell.
    """

    forward: Cell
    backward: Cell
    name: str = "bidirectional0"

    #: Kind of layer, as written to files.
    kind = "bidirectional"
    #: Which of `cells` go from the last step to the first.
    backwards = (False, True)

    def __post_init__(self):
        check_name(self.name)
        for field in ("forward", "backward"):
            if not isinstance(getattr(self, field), Cell):
                kind = type(getattr(self, field)).__name__
                raise TypeError(f"{field} of Bidirectional {self.name!r} must be an LSTM, GRU or RNN, not {kind}")
        if self.forward.input_size != self.backward.input_size:
            raise RnnhwError(
                f"both cells of Bidirectional {self.name!r} must take the same inputs, "
                f"not {self.forward.input_size} and {self.backward.input_size}"
            )

    __eq__ = equal
    __hash__ = None

    @property
    def cells(self):
        """Forward cell, backward cell."""
        return (self.forward, self.backward)


@dataclass(frozen=True, eq=False)
class Reversed(_OfCells):
    """One cell that goes from the last step of a sequence to the first (ONNX direction "reverse", Keras go_backwards).

    The output at a step is the cell's h there: at a sequence's last step it has seen that step alone, and its
    final state is the one after step 0.

    Parameters
    ----------
    cell : LSTM, GRU or RNN
        Its name is unique in the network too.
    name : str
        Unique in the network; a letter, then letters, digits or underscores.

    Raises
    ------
    TypeError
        Anything but a cell.
    """

    cell: Cell
    name: str = "reversed0"

    #: Kind of layer, as written to files.
    kind = "reversed"
    #: Which of `cells` go from the last step to the first.
    backwards = (True,)

    def __post_init__(self):
        check_name(self.name)
        if not isinstance(self.cell, Cell):
            raise TypeError(
                f"cell of Reversed {self.name!r} must be an LSTM, GRU or RNN, not {type(self.cell).__name__}"
            )

    __eq__ = equal
    __hash__ = None

    @property
    def cells(self):
        """The cell, as the only one of its layer."""
        return (self.cell,)


@dataclass(frozen=True, eq=False)
class Dense:
    """A fully connected layer: activation(weight @ x + bias).

    Parameters
    ----------
    weight : array_like, shape (outputs, inputs)
    bias : array_like, shape (outputs,)
        Zeros for none.
    activation : {"linear", "relu"}
    name : str
        Unique in the network; a letter, then letters, digits or underscores.

    Raises
    ------
    RnnhwError
        A shape that does not fit, an empty array, NaN or infinity in one, or another activation.
    """

    weight: np.ndarray
    bias: np.ndarray
    activation: str = "linear"
    name: str = "dense0"

    #: Kind of layer, as written to files.
    kind = "dense"
    #: Fields that always hold arrays, as written to files.
    tensors = ("weight", "bias")
    #: A dense layer keeps nothing from step to step.
    cells = ()
    backwards = ()
    initial_fields = ()

    def __post_init__(self):
        check_name(self.name)
        where = f"of Dense {self.name!r}"
        check_choice(self.activation, ACTIVATIONS, f"activation {where}")
        weight = shaped(self.weight, f"weight {where}", (None, None), "(outputs, inputs)")
        bias = shaped(self.bias, f"bias {where}", (weight.shape[0],), "(outputs,)")
        store(self, weight=weight, bias=bias)

    __eq__ = equal
    __hash__ = None

    @property
    def input_size(self):
        """Elements of the input."""
        return self.weight.shape[1]

    @property
    def output_size(self):
        """Elements of the output."""
        return self.weight.shape[0]

    @property
    def parameters(self):
        """Numbers that the layer holds: outputs * (inputs + 1)."""
        return self.weight.size + self.bias.size

    @property
    def macs(self):
        """Multiply-accumulates of one evaluation, outputs * inputs."""
        return self.weight.size


#: Layers that keep a state from step to step.
RECURRENT = (LSTM, GRU, RNN, Bidirectional, Reversed)
#: Layers that need whole sequences.
WHOLE = (Bidirectional, Reversed)
