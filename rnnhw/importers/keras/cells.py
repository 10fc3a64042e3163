"""Cells of Keras as cells of a network.

With K = `kernel`, R = `recurrent_kernel`, b = `bias`, whose columns stand for the gates i, f, c, o of an LSTM and
z, r, h of a GRU. A GRU's h' is z h + (1 - z) hh, as here; with the reset after, its bias has two rows, that which
stands with the input and that which stands with the state.
"""

import re

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called, check_plain
from rnnhw.network.cells import GRU, LSTM, RNN
from rnnhw.network.layer_checks import listed

# activations of Keras as options of a network
_SIGMOIDS = {"sigmoid": "logistic", "hard_sigmoid": "hard"}
_TANHS = {"tanh": "tanh", "hard_tanh": "hard"}
_NAMES = ("linear", "relu", "softmax", *_SIGMOIDS, *_TANHS)


def activation_name(function, keras):
    """Name of an activation; with its module if it is none of those that are known."""
    for name in _NAMES:
        if function is getattr(keras.activations, name, None) or function is getattr(keras.ops, name, None):
            return name
    kind = type(function)
    name = getattr(function, "__name__", kind.__name__)
    module = getattr(function, "__module__", None) or kind.__module__
    return name if module.startswith("keras.") else f"{module}.{name}"


def array(variable, keras):
    """The value of a variable or tensor of Keras."""
    return np.asarray(keras.ops.convert_to_numpy(variable), dtype=np.float64)


class Curves:
    """The curves that the cells of a model use: all of them must use the same."""

    def __init__(self):
        self._found = {}

    def sigmoid(self, name, what):
        """Note a `recurrent_activation`."""
        self._note("sigmoid", name, _SIGMOIDS, f"recurrent_activation of {what}")

    def tanh(self, name, what):
        """Note an `activation`."""
        self._note("tanh", name, _TANHS, f"activation of {what}")

    def _note(self, curve, name, allowed, what):
        if name not in allowed:
            raise RnnhwError(f"{what} must be {listed(allowed)}, not {name!r}")
        first, where = self._found.setdefault(curve, (name, what))
        if name != first:
            raise RnnhwError(f"{what} is {name!r}, but {where} is {first!r}: all cells share one {curve}")

    @property
    def options(self):
        """Options of the network."""
        kinds = {"sigmoid": _SIGMOIDS, "tanh": _TANHS}
        return {curve: kinds[curve][name] for curve, (name, _) in self._found.items()}


def layer_name(name):
    """A name that a layer here may have."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return name if name[:1].isalpha() and name != "mask" else f"layer_{name}"


def translate_cell(cell, owner, keras, curves):
    """One cell of Keras as a cell of a network.

    Parameters
    ----------
    cell : keras.layers.SimpleRNNCell, LSTMCell or GRUCell
        Built.
    owner : keras.layers.Layer
        The layer that it belongs to, for messages.
    keras : module
    curves : Curves
        Takes up the cell's activations.

    Returns
    -------
    LSTM, GRU or RNN

    Raises
    ------
    RnnhwError
        A cell of another kind, or an activation that there is not.
    """
    what = called(owner)
    translate = _TRANSLATIONS.get(type(cell).__name__)
    if translate is None or type(cell) is not getattr(keras.layers, type(cell).__name__, None):
        raise RnnhwError(f"{what} holds a {type(cell).__name__}, which is not supported; {listed(_TRANSLATIONS)} are")
    check_plain(cell, what)
    weights = array(cell.kernel, keras).T, array(cell.recurrent_kernel, keras).T
    bias = array(cell.bias, keras) if cell.use_bias else None
    return translate(cell, what, keras, curves, weights, bias, layer_name(owner.name))


def _lstm(cell, what, keras, curves, weights, bias, name):
    curves.tanh(activation_name(cell.activation, keras), what)
    curves.sigmoid(activation_name(cell.recurrent_activation, keras), what)
    return LSTM(*weights, np.zeros(len(weights[0])) if bias is None else bias, name)


def _gru(cell, what, keras, curves, weights, bias, name):
    curves.tanh(activation_name(cell.activation, keras), what)
    curves.sigmoid(activation_name(cell.recurrent_activation, keras), what)
    hidden = weights[1].shape[1]
    inner = np.zeros(hidden)
    if bias is None:
        bias = np.zeros(3 * hidden)
    elif cell.reset_after:
        bias, recurrent = bias
        inner = recurrent[2 * hidden :]
        bias = bias + np.concatenate([recurrent[: 2 * hidden], np.zeros(hidden)])
    rows = np.r_[hidden : 2 * hidden, :hidden, 2 * hidden : 3 * hidden]  # z, r, h -> r, z, n
    weight_ih, weight_hh = (weight[rows] for weight in weights)
    return GRU(weight_ih, weight_hh, bias[rows], inner, bool(cell.reset_after), name)


def _rnn(cell, what, keras, curves, weights, bias, name):
    activation = activation_name(cell.activation, keras)
    if activation != "relu":
        if activation not in _TANHS:
            raise RnnhwError(f"activation of {what} must be {listed(('relu', *_TANHS))}, not {activation!r}")
        curves.tanh(activation, what)
        activation = "tanh"
    return RNN(*weights, np.zeros(len(weights[0])) if bias is None else bias, activation, name)


_TRANSLATIONS = {"SimpleRNNCell": _rnn, "LSTMCell": _lstm, "GRUCell": _gru}
