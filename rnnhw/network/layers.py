"""The layers of a network, in float64: what is computed, not how."""

import re
from dataclasses import dataclass, fields

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.tensors import check_shape, real_array

#: Order of the four gates in the rows of an LSTM's weights, as in PyTorch.
GATES = ("i", "f", "g", "o")
#: What a dense layer may do to its sums.
ACTIVATIONS = ("linear", "relu")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _check_name(name):
    """Layer names become signal and file names, so they are kept to letters, digits and underscores."""
    if not isinstance(name, str):
        raise TypeError(f"layer name must be a str, not {type(name).__name__}")
    if not _NAME.fullmatch(name) or name == "mask":
        raise RnnhwError(
            f"layer name must be a letter, then letters, digits or underscores, and not 'mask', not {name!r}"
        )


def _store(layer, **arrays):
    """Set fields of a frozen layer to arrays that nobody can write to any more."""
    for field, array in arrays.items():
        array.setflags(write=False)
        object.__setattr__(layer, field, array)


def _equal(a, b):
    """Whether two layers are of one kind and equal in every field, arrays bit for bit."""
    if type(a) is not type(b):
        return NotImplemented
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


@dataclass(frozen=True, eq=False)
class LSTM:
    """One unidirectional LSTM layer without projection or peepholes.

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

    Raises
    ------
    RnnhwError
        A shape that does not fit, an empty array, or NaN or infinity in one.
    """

    weight_ih: np.ndarray
    weight_hh: np.ndarray
    bias: np.ndarray
    name: str = "lstm0"

    #: Kind of layer, as written to files.
    kind = "lstm"
    #: Fields that hold arrays, as written to files.
    tensors = ("weight_ih", "weight_hh", "bias")

    def __post_init__(self):
        _check_name(self.name)
        where = f"of LSTM {self.name!r}"
        weight_hh = real_array(self.weight_hh, f"weight_hh {where}")
        check_shape(weight_hh, f"weight_hh {where}", (None, None), "(4 * hidden, hidden)")
        hidden = weight_hh.shape[1]
        check_shape(weight_hh, f"weight_hh {where}", (4 * hidden, hidden), "(4 * hidden, hidden)")
        weight_ih = real_array(self.weight_ih, f"weight_ih {where}")
        check_shape(weight_ih, f"weight_ih {where}", (4 * hidden, None), "(4 * hidden, inputs)")
        bias = real_array(self.bias, f"bias {where}")
        check_shape(bias, f"bias {where}", (4 * hidden,), "(4 * hidden,)")
        _store(self, weight_ih=weight_ih, weight_hh=weight_hh, bias=bias)

    __eq__ = _equal
    __hash__ = None

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
    def parameters(self):
        """Numbers that the layer holds: weights and the summed bias, 4 * H * (I + H + 1)."""
        return self.weight_ih.size + self.weight_hh.size + self.bias.size

    @property
    def macs(self):
        """Multiply-accumulates of the matrix products of one evaluation, 4 * H * (I + H)."""
        return self.weight_ih.size + self.weight_hh.size


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
    #: Fields that hold arrays, as written to files.
    tensors = ("weight", "bias")

    def __post_init__(self):
        _check_name(self.name)
        where = f"of Dense {self.name!r}"
        if self.activation not in ACTIVATIONS:
            allowed = " or ".join(map(repr, ACTIVATIONS))
            raise RnnhwError(f"activation {where} must be {allowed}, not {self.activation!r}")
        weight = real_array(self.weight, f"weight {where}")
        check_shape(weight, f"weight {where}", (None, None), "(outputs, inputs)")
        bias = real_array(self.bias, f"bias {where}")
        check_shape(bias, f"bias {where}", (weight.shape[0],), "(outputs,)")
        _store(self, weight=weight, bias=bias)

    __eq__ = _equal
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
