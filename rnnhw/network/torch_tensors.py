"""Tensors under the names that PyTorch's `nn.LSTM` and `nn.Linear` give them, read into layers."""

import re
from itertools import count

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.layers import LSTM, Dense
from rnnhw.network.tensors import check_shape, real_array

_PREFIX = r"(?:(?P<prefix>.+)\.)?"
_RECURRENT = re.compile(
    _PREFIX + r"(?P<part>(?:weight|bias)_(?:ih|hh|hr))_l(?P<number>0|[1-9]\d*)(?P<reverse>_reverse)?"
)
_LINEAR = re.compile(_PREFIX + r"(?P<part>weight|bias)")
# rows of weight_hh for each unit, for the kinds of recurrent module that PyTorch has
_OTHER_KINDS = {3: "an nn.GRU", 1: "an nn.RNN"}


def group_tensors(tensors):
    """Sort the tensors of a state dict by the module that they belong to.

    Parameters
    ----------
    tensors : mapping of str to array

    Returns
    -------
    recurrent : dict
        Prefix of each `nn.LSTM` -> {(part, layer number): (key, float64 array)}.
    linear : dict
        Prefix of each `nn.Linear` -> {part: (key, float64 array)}.

    Raises
    ------
    RnnhwError
        A name that belongs to neither, a bidirectional or projecting LSTM, no LSTM at all, or an array
        that is not floating point, is empty or holds NaN or infinity.
    """
    recurrent, linear = {}, {}
    for key, value in tensors.items():
        if not isinstance(key, str):
            raise TypeError(f"names of tensors must be str, not {type(key).__name__}")
        if match := _RECURRENT.fullmatch(key):
            if match["reverse"]:
                raise RnnhwError(f"tensor {key!r} belongs to a bidirectional nn.LSTM, which is not supported")
            if match["part"].endswith("_hr"):
                raise RnnhwError(f"tensor {key!r} belongs to an nn.LSTM with proj_size, which is not supported")
            members = recurrent.setdefault(match["prefix"] or "", {})
            part = (match["part"], int(match["number"]))
        elif match := _LINEAR.fullmatch(key):
            members, part = linear.setdefault(match["prefix"] or "", {}), match["part"]
        else:
            raise RnnhwError(
                f"tensor {key!r} is not understood: only those of nn.LSTM (weight_ih_l0, weight_hh_l0, "
                "bias_ih_l0, bias_hh_l0 ...) and nn.Linear (weight, bias) are"
            )
        members[part] = (key, float_array(key, value))
    if not recurrent:
        raise RnnhwError("no nn.LSTM found: there is no tensor named weight_ih_l0")
    return recurrent, linear


def float_array(key, value):
    """The tensor `key` as a float64 array; refused by name if not floating point, finite and non-empty."""
    value = np.asarray(value)
    if value.dtype.kind != "f":
        raise RnnhwError(f"tensor {key!r} must be floating point, not dtype {value.dtype}")
    return real_array(value, f"tensor {key!r}")


def _key(prefix, part):
    return f"{prefix}.{part}" if prefix else part


def lstm_layers(prefix, members):
    """The layers of one `nn.LSTM`, from its tensors as `group_tensors` gives them.

    Returns
    -------
    list of LSTM
        In order, first layer first.

    Raises
    ------
    RnnhwError
        Layer numbers with a gap, a tensor whose partner is missing, the shapes of an `nn.GRU` or
        `nn.RNN`, or shapes that do not fit each other.
    """
    numbers = {number for _, number in members}
    missing = next(number for number in count() if number not in numbers)
    if missing < max(numbers):
        named = _key(prefix, f"weight_ih_l{missing}")
        raise RnnhwError(f"tensor {named!r} is missing, but there are tensors of layer {max(numbers)}")
    layers, inputs = [], None
    for number in sorted(numbers):
        layers.append(_lstm_layer(prefix, number, members, inputs))
        inputs = layers[-1].hidden_size
    return layers


def _lstm_layer(prefix, number, members, inputs):
    """Layer `number` of an nn.LSTM whose input must measure `inputs` (None: any)."""
    biased = ("bias_ih", number) in members or ("bias_hh", number) in members
    found = {}
    for part in ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if biased else ())):
        key = _key(prefix, f"{part}_l{number}")
        if (part, number) not in members:
            raise RnnhwError(f"tensor {key!r} is missing beside the others of its layer")
        found[part] = members[part, number]
    key, weight_hh = found["weight_hh"]
    what = f"tensor {key!r}"
    check_shape(weight_hh, what, (None, None), "(4 * hidden, hidden)")
    rows, hidden = weight_hh.shape
    if rows != 4 * hidden and rows % hidden == 0 and rows // hidden in _OTHER_KINDS:
        kind = _OTHER_KINDS[rows // hidden]
        raise RnnhwError(f"{what} of shape {weight_hh.shape} belongs to {kind}, which is not supported")
    check_shape(weight_hh, what, (4 * hidden, hidden), "(4 * hidden, hidden)")
    key, weight_ih = found["weight_ih"]
    meaning = "(4 * hidden, inputs)" if inputs is None else "(4 * hidden, hidden of the layer below)"
    check_shape(weight_ih, f"tensor {key!r}", (4 * hidden, inputs), meaning)
    bias = np.zeros(4 * hidden)
    for part in ("bias_ih", "bias_hh") if biased else ():
        key, array = found[part]
        check_shape(array, f"tensor {key!r}", (4 * hidden,), "(4 * hidden,)")
        with np.errstate(over="ignore"):  # the layer refuses an infinite sum
            bias = bias + array
    return LSTM(weight_ih, weight_hh, bias)


def dense_layer(prefix, members):
    """The linear Dense layer of one `nn.Linear`, from its tensors as `group_tensors` gives them.

    Raises
    ------
    RnnhwError
        A bias without a weight, or shapes that do not fit.
    """
    if "weight" not in members:
        raise RnnhwError(f"tensor {_key(prefix, 'weight')!r} is missing beside {_key(prefix, 'bias')!r}")
    key, weight = members["weight"]
    check_shape(weight, f"tensor {key!r}", (None, None), "(outputs, inputs) of an nn.Linear")
    bias = np.zeros(len(weight))
    if "bias" in members:
        key, bias = members["bias"]
        check_shape(bias, f"tensor {key!r}", (len(weight),), "(outputs,) of an nn.Linear")
    return Dense(weight, bias)
