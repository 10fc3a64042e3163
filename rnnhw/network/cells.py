"""The recurrent cells of a network, in float64: what is computed, not how."""

from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.layer_checks import check_choice, check_name, equal, shaped, store
from rnnhw.network.tensors import check_shape

#: What an RNN may do to its sums.
RNN_ACTIVATIONS = ("tanh", "relu")


class Cell:
    """What the cells share; each has `gates` (in the order of its rows) and `states` (vectors that it keeps)."""

    #: Fields that hold a constant initial state, one a state vector.
    initial_fields = ("h0",)
    #: Whether its cells, which is itself, go from the last step to the first.
    backwards = (False,)

    def _check_arrays(self):
        """Check the name and the arrays that every cell has, and freeze them."""
        check_name(self.name)
        kind, count = type(self).__name__, len(self.gates)
        rows = f"{count} * hidden" if count > 1 else "hidden"
        where = f"of {kind} {self.name!r}"
        weight_hh = shaped(self.weight_hh, f"weight_hh {where}", (None, None), f"({rows}, hidden)")
        hidden = weight_hh.shape[1]
        check_shape(weight_hh, f"weight_hh {where}", (count * hidden, hidden), f"({rows}, hidden)")
        weight_ih = shaped(self.weight_ih, f"weight_ih {where}", (count * hidden, None), f"({rows}, inputs)")
        bias = shaped(self.bias, f"bias {where}", (count * hidden,), f"({rows},)")
        store(self, weight_ih=weight_ih, weight_hh=weight_hh, bias=bias)
        for field in self.initial_fields:
            if getattr(self, field) is not None:
                store(self, **{field: shaped(getattr(self, field), f"{field} {where}", (hidden,), "(hidden,)")})

    @property
    def cells(self):
        """The cell itself, as the only one of its layer."""
        return (self,)

    @property
    def hidden_size(self):
        """Units, H."""
        return self.weight_hh.shape[1]

    @property
    def input_size(self):
        """Elements of the input of one step."""
        return self.weight_ih.shape[1]

    @property
    def output_size(self):
        """Elements of the output of one step; the same as `hidden_size`."""
        return self.hidden_size

    @property
    def state_size(self):
        """Elements of the state: h, and for an LSTM c behind it."""
        return len(self.initial_fields) * self.hidden_size

    @property
    def initial(self):
        """The constant initial state, flat, of shape (state_size,); zeros where none is given."""
        given = [getattr(self, field) for field in self.initial_fields]
        return np.concatenate([np.zeros(self.hidden_size) if array is None else array for array in given])

    @property
    def parameters(self):
        """Numbers that the layer holds: weights, summed biases, and initial states where given."""
        arrays = [getattr(self, field) for field in (*self.tensors, *self.initial_fields)]
        return sum(array.size for array in arrays if array is not None)

    @property
    def macs(self):
        """Multiply-accumulates of the matrix products of one evaluation, gates * H * (I + H)."""
        return self.weight_ih.size + self.weight_hh.size


@dataclass(frozen=True, eq=False)
class LSTM(Cell):
    """One LSTM layer without projection or peepholes.

    Parameters
    ----------
    weight_ih : array_like, shape (4 * hidden, inputs)
        Weights of the layer's input; rows in the gate order i, f, g, o.
    weight_hh : array_like, shape (4 * hidden, hidden)
        Weights of the layer's own output of the step before, same order of rows.
    bias : array_like, shape (4 * hidden,)
        The one bias. PyTorch has two, which are only ever used as their sum: give the sum, or zeros for none.
    name : str
        Unique in the network; a letter, then letters, digits or underscores.
    h0, c0 : array_like, shape (hidden,), or None
        Constant initial state; None means zeros.

    Raises
    ------
    RnnhwError
        A shape that does not fit, an empty array, or NaN or infinity in one.
    """

    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias: np.ndarray
    name: str = "lstm0"
    h0: np.ndarray | None = None
    c0: np.ndarray | None = None

    #: Kind of layer, as written to files.
    kind = "lstm"
    #: Fields that always hold arrays, as written to files.
    tensors = ("weight_ih", "weight_hh", "bias")
    #: Order of the gates in the rows, as in PyTorch: input, forget, candidate, output.
    gates = ("i", "f", "g", "o")
    initial_fields = ("h0", "c0")

    def __post_init__(self):
        self._check_arrays()

    __eq__ = equal
    __hash__ = None


@dataclass(frozen=True, eq=False)
class GRU(Cell):
    """One GRU layer, h' = n + z * (h - n), as PyTorch has it: the update gate z keeps the old state.

    For a model with h' = (1 - z) * h + z * n negate the rows of z (weights and bias): 1 - sigmoid(a) is
    sigmoid(-a).

    Parameters
    ----------
    weight_ih : array_like, shape (3 * hidden, inputs)
        Weights of the layer's input; rows in the gate order r, z, n.
    weight_hh : array_like, shape (3 * hidden, hidden)
        Weights of the layer's own output of the step before, same order of rows.
    bias : array_like, shape (3 * hidden,)
        For r and z the sum of both biases; for n the one that stands with the input.
    bias_hn : array_like, shape (hidden,)
        The bias of n that stands with the state, inside the product with r. With the reset before there is
        no such place and it must be zero.
    reset_after : bool
        Whether r multiplies U_n h + bias_hn (PyTorch, Keras's default) or h itself (Cho et al. 2014).
    name : str
        Unique in the network; a letter, then letters, digits or underscores.
    h0 : array_like, shape (hidden,), or None
        Constant initial state; None means zeros.

    Raises
    ------
    RnnhwError
        A shape that does not fit, an empty array, NaN or infinity in one, or a bias_hn that has no place.
    """

    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias: np.ndarray
    bias_hn: np.ndarray
    reset_after: bool = True
    name: str = "gru0"
    h0: np.ndarray | None = None

    #: Kind of layer, as written to files.
    kind = "gru"
    #: Fields that always hold arrays, as written to files.
    tensors = ("weight_ih", "weight_hh", "bias", "bias_hn")
    #: Order of the gates in the rows, as in PyTorch: reset, update, candidate.
    gates = ("r", "z", "n")

    def __post_init__(self):
        self._check_arrays()
        where = f"of GRU {self.name!r}"
        if not isinstance(self.reset_after, bool | np.bool_):
            raise TypeError(f"reset_after {where} must be a bool, not {type(self.reset_after).__name__}")
        object.__setattr__(self, "reset_after", bool(self.reset_after))
        bias_hn = shaped(self.bias_hn, f"bias_hn {where}", (self.hidden_size,), "(hidden,)")
        if not self.reset_after and bias_hn.any():
            raise RnnhwError(f"bias_hn {where} must be zero with the reset before: add it to the bias of n")
        store(self, bias_hn=bias_hn)

    __eq__ = equal
    __hash__ = None

    @property
    def parameters(self):
        """Numbers that the layer holds; without bias_hn if the reset is before."""
        return super().parameters - (0 if self.reset_after else self.bias_hn.size)


@dataclass(frozen=True, eq=False)
class RNN(Cell):
    """One layer of the plain RNN (Elman 1990): h' = activation(W x + U h + b).

    Parameters
    ----------
    weight_ih : array_like, shape (hidden, inputs)
        Weights of the layer's input.
    weight_hh : array_like, shape (hidden, hidden)
        Weights of the layer's own output of the step before.
    bias : array_like, shape (hidden,)
        The sum of both biases of PyTorch, or zeros for none.
    activation : {"tanh", "relu"}
    name : str
        Unique in the network; a letter, then letters, digits or underscores.
    h0 : array_like, shape (hidden,), or None
        Constant initial state; None means zeros.

    Raises
    ------
    RnnhwError
        A shape that does not fit, an empty array, NaN or infinity in one, or another activation.
    """

    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias: np.ndarray
    activation: str = "tanh"
    name: str = "rnn0"
    h0: np.ndarray | None = None

    #: Kind of layer, as written to files.
    kind = "rnn"
    #: Fields that always hold arrays, as written to files.
    tensors = ("weight_ih", "weight_hh", "bias")
    #: The one row a unit.
    gates = ("a",)

    def __post_init__(self):
        self._check_arrays()
        check_choice(self.activation, RNN_ACTIVATIONS, f"activation of RNN {self.name!r}")

    __eq__ = equal
    __hash__ = None
