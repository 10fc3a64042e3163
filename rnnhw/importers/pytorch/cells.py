"""Recurrent layers from the tensors of one `nn.LSTM`, `nn.GRU` or `nn.RNN`."""

from dataclasses import dataclass
from itertools import count

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.cells import GRU, LSTM, RNN
from rnnhw.network.layers import Bidirectional
from rnnhw.network.tensors import check_shape

_WEIGHTS, _BIASES = ("weight_ih", "weight_hh"), ("bias_ih", "bias_hh")
# kind of module by the rows of weight_hh for each unit
_KINDS = {4: "lstm", 3: "gru", 1: "rnn"}


@dataclass(frozen=True)
class Conventions:
    """What tensors do not tell about the cells that they belong to.

    Attributes
    ----------
    nonlinearity : {"tanh", "relu"} or None
        Of an `nn.RNN`; None: not known.
    update_gate : {"keep", "take"}
        Whether z of a GRU multiplies the old state (PyTorch) or the new candidate: h' = (1 - z) h + z n.
    reset_after : bool
        Whether r of a GRU multiplies U_n h + b_hn (PyTorch) or h.
    """

    nonlinearity: str | None = None
    update_gate: str = "keep"
    reset_after: bool = True


def tensor_key(prefix, part):
    """Name of a module's tensor in a state dict."""
    return f"{prefix}.{part}" if prefix else part


def recurrent_layers(prefix, members, conventions):
    """The layers of one recurrent module, from its tensors as `group_tensors` gives them.

    Parameters
    ----------
    prefix : str
    members : dict of (part, layer number, reverse) to (key, float64 array)
    conventions : Conventions

    Returns
    -------
    list of LSTM, GRU, RNN or Bidirectional
        In order, first layer first, with names that are unique among them.

    Raises
    ------
    RnnhwError
        Layer numbers with a gap, a tensor whose partner is missing, shapes that do not fit each other, or
        an `nn.RNN` whose nonlinearity is not known.
    """
    numbers = {number for _, number, _ in members}
    missing = next(number for number in count() if number not in numbers)
    if missing < max(numbers):
        named = tensor_key(prefix, f"weight_ih_l{missing}")
        raise RnnhwError(f"tensor {named!r} is missing, but there are tensors of layer {max(numbers)}")
    module = _Module(prefix, members, conventions)
    layers, inputs = [], None
    for number in sorted(numbers):
        layers.append(module.layer(number, inputs))
        inputs = layers[-1].output_size
    return layers


class _Module:
    """One recurrent module, all of whose layers are of one kind and have the same directions."""

    def __init__(self, prefix, members, conventions):
        self.prefix, self.members, self.conventions = prefix, members, conventions
        self.biased = any(part in _BIASES for part, _, _ in members)
        self.bidirectional = any(reverse for _, _, reverse in members)
        self.rows = self._rows_of_a_unit()

    def layer(self, number, inputs):
        """Layer `number`, whose input must measure `inputs` (None: any)."""
        forward = self._cell(number, False, inputs)
        if not self.bidirectional:
            return forward
        backward = self._cell(number, True, forward.input_size)
        return Bidirectional(forward, backward, f"{forward.kind}{number}")

    def _tensor(self, part, number, reverse):
        """Name and array of a tensor that must be there."""
        key = tensor_key(self.prefix, f"{part}_l{number}{'_reverse' if reverse else ''}")
        if (part, number, reverse) not in self.members:
            raise RnnhwError(f"tensor {key!r} is missing beside the others of its layer")
        return f"tensor {key!r}", self.members[part, number, reverse][1]

    def _rows_of_a_unit(self):
        what, array = self._tensor("weight_hh", 0, False)
        check_shape(array, what, (None, None), "(gates * hidden, hidden)")
        rows, hidden = array.shape
        if rows % hidden or rows // hidden not in _KINDS:
            raise RnnhwError(
                f"{what} must have 4 (nn.LSTM), 3 (nn.GRU) or 1 (nn.RNN) rows a unit, not {rows} rows for {hidden}"
            )
        return rows // hidden

    def _cell(self, number, reverse, inputs):
        found = {}
        for part in (*_WEIGHTS, *(_BIASES if self.biased else ())):
            found[part] = self._tensor(part, number, reverse)
        gates = f"{self.rows} * hidden" if self.rows > 1 else "hidden"
        what, weight_hh = found["weight_hh"]
        check_shape(weight_hh, what, (None, None), f"({gates}, hidden)")
        hidden = weight_hh.shape[1]
        rows = self.rows * hidden
        check_shape(weight_hh, what, (rows, hidden), f"({gates}, hidden)")
        what, weight_ih = found["weight_ih"]
        below = "inputs" if number == 0 else "outputs of the layer below"
        check_shape(weight_ih, what, (rows, inputs), f"({gates}, {below})")
        biases = [np.zeros(rows), np.zeros(rows)]
        for k, part in enumerate(_BIASES if self.biased else ()):
            what, biases[k] = found[part]
            check_shape(biases[k], what, (rows,), f"({gates},)")
        name = f"{_KINDS[self.rows]}{number}" + (("_backward" if reverse else "_forward") * self.bidirectional)
        with np.errstate(over="ignore"):  # the layer refuses an infinite sum
            return self._build(weight_ih, weight_hh, *biases, name)

    def _build(self, weight_ih, weight_hh, bias_ih, bias_hh, name):
        kind = _KINDS[self.rows]
        if kind == "lstm":
            return LSTM(weight_ih, weight_hh, bias_ih + bias_hh, name)
        if kind == "gru":
            return _gru(weight_ih, weight_hh, bias_ih, bias_hh, name, self.conventions)
        if self.conventions.nonlinearity is None:
            raise RnnhwError(
                f"a state dict does not tell what nn.RNN {self.prefix!r} does to its sums: "
                "give nonlinearity='tanh' or nonlinearity='relu'"
            )
        return RNN(weight_ih, weight_hh, bias_ih + bias_hh, self.conventions.nonlinearity, name)


def _gru(weight_ih, weight_hh, bias_ih, bias_hh, name, conventions):
    hidden = weight_hh.shape[1]
    sign = np.ones((3 * hidden, 1))
    if conventions.update_gate == "take":
        sign[hidden : 2 * hidden] = -1.0  # 1 - sigmoid(a) is sigmoid(-a)
    inner = np.zeros(hidden)
    if conventions.reset_after:
        inner, bias_hh = bias_hh[2 * hidden :], np.concatenate([bias_hh[: 2 * hidden], np.zeros(hidden)])
    bias = (bias_ih + bias_hh) * sign[:, 0]
    return GRU(weight_ih * sign, weight_hh * sign, bias, inner, conventions.reset_after, name)
