"""What the passes of a layer multiply and add: its weights and biases, by unit."""

from dataclasses import dataclass
from functools import cached_property, reduce
from weakref import WeakKeyDictionary

import numpy as np

from rnnhw.fixedpoint import fold_rounding

#: Rows of a unit, in the order in which they leave the drain. A GRU whose reset gate acts before the linear map takes
#: two passes: "reset" gives s = r * h, "candidate" the new state.
ROWS = {
    "lstm": ("i", "g", "f", "o"),  # i, g first, so that i*g is there when f*c is
    "gru": ("r", "z", "n"),
    "reset": ("z", "r"),
    "candidate": ("n",),
    "rnn": ("a",),
    "relu": ("a",),
    "dense": ("y",),
}


WIDTHS = 32  # numbers of columns a cycle for which a pass remembers its columns


@dataclass(frozen=True, eq=False)
class PassValues:
    """The values of a pass. They do not depend on how the lanes are arranged.

    Parameters
    ----------
    weights : ndarray of int64, shape (units, rows of a unit, columns)
        Columns in the order of use.
    bias : ndarray of int64, shape (units, rows of a unit)
        With the rounding constants folded in. Row n of a "gru": b_hn, which stands with the state's part.
    input_bias : ndarray of int64, shape (units,), or None
        "gru": b_in, which stands with the input's part of row n.
    shifts : tuple of int
        Right shift from the accumulator to what a row becomes, by row of a unit.
    peaks : ndarray of int64, shape (columns,)
        Largest magnitude of each column's element, after alignment.
    """

    weights: np.ndarray
    bias: np.ndarray
    input_bias: np.ndarray | None
    shifts: tuple[int, ...]
    peaks: np.ndarray

    def __post_init__(self):
        for values in (self.weights, self.bias, self.input_bias, self.peaks):
            if values is not None:  # several plans share them
                values.setflags(write=False)

    @cached_property
    def bound(self) -> int:
        """Largest magnitude of any sum over the real weights: sum |w| * max |v| + |b|, constants included."""
        totals = np.abs(self.weights) @ self.peaks + np.abs(self.bias)
        if self.input_bias is not None:
            totals[:, -1] += np.abs(self.input_bias)
        return int(totals.max())

    @cached_property
    def total_peak(self) -> int:
        """The sum of all columns' magnitudes."""
        return int(self.peaks.sum())

    def by_column(self, columns: int, lengths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """For each row and each of the columns that a lane takes in a cycle: bits that some, and that every word has.

        Parameters
        ----------
        columns : int
            Columns a cycle.
        lengths : tuple of int
            Columns of each segment; what its last word lacks is zero.

        Returns
        -------
        (ndarray, ndarray) of shape (units, rows of a unit, columns)
        """
        found = self._by_column.get(columns)
        if found is None:
            if len(self._by_column) >= WIDTHS:
                self._by_column.clear()
            found = self._by_column[columns] = self._reduced(columns, lengths)
        return found

    @cached_property
    def _by_column(self) -> dict:
        return {}

    def _reduced(self, columns: int, lengths) -> tuple[np.ndarray, np.ndarray]:
        units, gates, total = self.weights.shape
        parts, start = [], 0
        for length in lengths if columns > 1 else (total,):
            part = self.weights[:, :, start : start + length]
            start += length
            if length % columns:
                whole = np.zeros((units, gates, -(-length // columns) * columns), np.int64)
                whole[:, :, :length] = part
                part = whole
            parts.append(part.reshape(units, gates, -1, columns))
        some, every = (
            reduce(function, [function.reduce(part, axis=2) for part in parts])
            for function in (np.bitwise_or, np.bitwise_and)
        )
        return some, every


_KNOWN = WeakKeyDictionary()  # layer -> {what else they depend on: values}; nobody can write to either


def cell_values(network, cell, kind: str, parts: tuple[int, ...]) -> PassValues:
    """The values of a cell's pass.

    Parameters
    ----------
    network : QuantizedNetwork
        Whose formats and rounding are used.
    cell : QuantizedCell
    kind : str
        A key of `ROWS`.
    parts : tuple of int
        Matrices of the columns in the order of use: 0 for the input's, 1 for the state's.
    """
    key = (kind, parts, network.preactivations, tuple(network.config.rounding.items()))
    known = _KNOWN.setdefault(cell, {})
    if key not in known:
        known[key] = _cell_values(network, cell, kind, parts)
    return known[key]


def dense_values(network, layer) -> PassValues:
    """The values of a dense layer's pass."""
    rounding, known = network.config.rounding["y"], _KNOWN.setdefault(layer, {})
    if rounding not in known:
        shift = layer.accumulator_frac - layer.y.frac
        bias = layer.bias_raw + fold_rounding(shift, rounding)[0]
        peaks = np.full(layer.input_size, -layer.x.min_raw)
        known[rounding] = PassValues(layer.weight_raw[:, None, :], bias[:, None], None, (shift,), peaks)
    return known[rounding]


def _cell_values(network, cell, kind: str, parts) -> PassValues:
    matrices = (cell.weight_ih_raw, cell.weight_hh_raw)
    rows = [cell.gates.index(gate) if len(cell.gates) > 1 else 0 for gate in ROWS[kind]]
    columns = np.concatenate([_by_unit(matrices[part], cell.hidden_size, rows) for part in parts], axis=2)
    shifts, constants = _shifts(network, cell, kind, rows)
    bias, second = _by_unit(cell.bias_raw[:, None], cell.hidden_size, rows)[:, :, 0], None
    if kind == "gru":
        second = bias[:, -1].copy()
        bias = bias.copy()
        bias[:, -1] = cell.bias_hn_raw
    peak = -cell.x.min_raw  # x, h and inner dense outputs are equally wide
    peaks = np.concatenate([np.full(matrices[part].shape[1], peak << cell.shifts[part]) for part in parts])
    return PassValues(columns, bias + constants, second, shifts, peaks)


def _shifts(network, cell, kind: str, rows):
    """Right shift and rounding constant of each row."""
    z_sigmoid, z_tanh = network.preactivations
    rounding, shifts, constants = network.config.rounding, [], []
    for gate, row in zip(ROWS[kind], rows, strict=True):
        target, role = (z_tanh if gate in "gna" else z_sigmoid), "z"
        if kind == "relu":
            target, role = cell.h, "h"
        elif kind == "gru" and gate == "n":
            target, role = cell.p, "c"
        shifts.append(cell.accumulator_frac(row) - target.frac)
        constants.append(fold_rounding(shifts[-1], rounding[role])[0])
    return tuple(shifts), np.array(constants)


def _by_unit(by_gate: np.ndarray, hidden: int, rows) -> np.ndarray:
    """(gates * hidden, n) -> (hidden, len(rows), n), the rows of each unit in order."""
    blocks = by_gate.reshape(-1, hidden, by_gate.shape[1])[list(rows)]
    return np.ascontiguousarray(blocks.transpose(1, 0, 2))
