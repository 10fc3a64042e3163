"""Tensors under the names that PyTorch gives them, sorted by modules; the layers of `nn.Linear`."""

import re

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.cells import tensor_key
from rnnhw.network.layers import Dense
from rnnhw.network.tensors import check_shape, real_array

_PREFIX = r"(?:(?P<prefix>.+)\.)?"
_RECURRENT = re.compile(
    _PREFIX + r"(?P<part>(?:weight|bias)_(?:ih|hh|hr))_l(?P<number>0|[1-9]\d*)(?P<reverse>_reverse)?"
)
_LINEAR = re.compile(_PREFIX + r"(?P<part>weight|bias)")
# names that other sources of weights give to the peepholes of an LSTM
_PEEPHOLE = re.compile(r"(?i)peep|(?:^|[._])(?:w|weight)_?c_?[ifo](?:$|[._])")


def group_tensors(tensors):
    """Sort the tensors of a state dict by the module that they belong to.

    Parameters
    ----------
    tensors : mapping of str to array

    Returns
    -------
    recurrent : dict
        Prefix of each recurrent module -> {(part, layer number, reverse): (key, float64 array)}.
    linear : dict
        Prefix of each `nn.Linear` -> {part: (key, float64 array)}.

    Raises
    ------
    RnnhwError
        A name that belongs to neither, an LSTM with projection or peepholes, no recurrent module at all, or
        an array that is not floating point, is empty or holds NaN or infinity.
    """
    recurrent, linear = {}, {}
    for key, value in tensors.items():
        if not isinstance(key, str):
            raise TypeError(f"names of tensors must be str, not {type(key).__name__}")
        if match := _RECURRENT.fullmatch(key):
            if match["part"].endswith("_hr"):
                raise RnnhwError(f"tensor {key!r} belongs to an nn.LSTM with proj_size, which is not supported")
            members = recurrent.setdefault(match["prefix"] or "", {})
            part = (match["part"], int(match["number"]), match["reverse"] is not None)
        elif _PEEPHOLE.search(key):
            raise RnnhwError(f"tensor {key!r} belongs to an LSTM with peepholes, which is not supported")
        elif match := _LINEAR.fullmatch(key):
            members, part = linear.setdefault(match["prefix"] or "", {}), match["part"]
        else:
            raise RnnhwError(
                f"tensor {key!r} is not understood: only those of nn.LSTM, nn.GRU and nn.RNN "
                "(weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 ...) and nn.Linear (weight, bias) are"
            )
        members[part] = (key, float_array(key, value))
    if not recurrent:
        raise RnnhwError("no nn.LSTM, nn.GRU or nn.RNN found: there is no tensor named weight_ih_l0")
    return recurrent, linear


def float_array(key, value):
    """The tensor `key` as a float64 array; refused by name if not floating point, finite and non-empty."""
    value = np.asarray(value)
    if value.dtype.kind != "f":
        raise RnnhwError(f"tensor {key!r} must be floating point, not dtype {value.dtype}")
    return real_array(value, f"tensor {key!r}")


def dense_layer(prefix, members):
    """The linear Dense layer of one `nn.Linear`, from its tensors as `group_tensors` gives them.

    Raises
    ------
    RnnhwError
        A bias without a weight, or shapes that do not fit.
    """
    if "weight" not in members:
        raise RnnhwError(f"tensor {tensor_key(prefix, 'weight')!r} is missing beside {tensor_key(prefix, 'bias')!r}")
    key, weight = members["weight"]
    check_shape(weight, f"tensor {key!r}", (None, None), "(outputs, inputs) of an nn.Linear")
    bias = np.zeros(len(weight))
    if "bias" in members:
        key, bias = members["bias"]
        check_shape(bias, f"tensor {key!r}", (len(weight),), "(outputs,) of an nn.Linear")
    return Dense(weight, bias)
