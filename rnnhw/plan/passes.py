"""Passes over the weights: row order, groups, column order, and the streams that follow from them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnhw.fixedpoint import fold_rounding
from rnnhw.quantize import GATES, QuantizedDense, QuantizedLSTM, QuantizedNetwork

ROW_GATES = ("i", "g", "f", "o")  # order of a unit's rows: i, g first, so that i*g is there when f*c is
_ORDER = tuple(GATES.index(gate) for gate in ROW_GATES)


@dataclass(frozen=True)
class Segment:
    """A run of columns that come from one place.

    Parameters
    ----------
    source : str
        "x" (input buffer) or "h" (state memory).
    length : int
        Columns.
    shift : int
        Left shift of the elements that aligns their products.
    base : (int, int)
        Address of element 0 in the state memory while the step writes bank 0 or bank 1.
    slack : int
        Results of earlier passes that may be missing when element 0 is read; one fewer for each element
        after it.
    old : bool
        The layer's own state of the step before: read as zero in a sequence's first step.
    """

    source: str
    length: int
    shift: int = 0
    base: tuple[int, int] = (0, 0)
    slack: int = 0
    old: bool = False


@dataclass(frozen=True, eq=False)
class Pass:
    """One layer's turn on the engine.

    Parameters
    ----------
    layer : QuantizedLSTM or QuantizedDense
    segments : tuple of Segment
        In the order in which their columns are used.
    weights_raw : ndarray of int64, shape (rows, columns)
        Rows and columns in the order of use.
    bias_raw : ndarray of int64, shape (rows,)
        With the rounding constant folded in.
    shifts : tuple of int
        Right shift from the accumulator to the pre-activation (by gate i, g, f, o) or to y.
    lanes : int
    """

    layer: QuantizedLSTM | QuantizedDense
    segments: tuple[Segment, ...]
    weights_raw: np.ndarray
    bias_raw: np.ndarray
    shifts: tuple[int, ...]
    lanes: int

    @property
    def recurrent(self) -> bool:
        """Whether it is an LSTM layer."""
        return isinstance(self.layer, QuantizedLSTM)

    @property
    def rows(self) -> int:
        """Rows: four a unit, or one an output."""
        return self.weights_raw.shape[0]

    @property
    def columns(self) -> int:
        """Columns: all elements that a row sums over."""
        return self.weights_raw.shape[1]

    @property
    def results(self) -> int:
        """Elements that the pass produces."""
        return self.layer.output_size

    @property
    def groups(self) -> int:
        """Row groups: ceil(rows / lanes)."""
        return -(-self.rows // self.lanes)

    @property
    def final_rows(self) -> int:
        """Rows of the last group."""
        return self.rows - (self.groups - 1) * self.lanes

    @property
    def cycles(self) -> int:
        """Cycles without a stall: ceil(rows / lanes) * columns."""
        return self.groups * self.columns

    @cached_property
    def bound(self) -> int:
        """Largest magnitude of any sum: max over rows of sum |w| * max |v| + |b|, the rounding constant included."""
        peak = -self.layer.x.min_raw  # x, h and inner dense outputs are equally wide
        peaks = np.concatenate([np.full(segment.length, peak << segment.shift) for segment in self.segments])
        return int((np.abs(self.weights_raw) @ peaks + np.abs(self.bias_raw)).max())

    def weight_words(self, weight_bits: int) -> list[int]:
        """The weight memory's words of this pass, lane 0 in the lowest bits."""
        padded = np.zeros((self.groups * self.lanes, self.columns), np.int64)
        padded[: self.rows] = self.weights_raw
        by_word = padded.reshape(self.groups, self.lanes, self.columns).transpose(0, 2, 1)
        bits = (by_word[..., None] >> np.arange(weight_bits)) & 1
        flat = bits.astype(np.uint8).reshape(self.groups * self.columns, self.lanes * weight_bits)
        packed = np.packbits(flat, axis=1, bitorder="little")
        return [int.from_bytes(row.tobytes(), "little") for row in packed]


def make_passes(network: QuantizedNetwork, lanes: int) -> tuple[Pass, ...]:
    """The passes of one step, in order: the LSTM layers, then the dense layers.

    State memory: bank 0 of all LSTM layers, bank 1 of all LSTM layers, then the outputs of dense layers
    that feed another dense layer.
    """
    lstms, denses = network.lstms, network.denses
    units = [layer.hidden_size for layer in lstms]
    total = sum(units)
    always = network.mode == "many-to-many"
    dense_results = sum(layer.output_size for layer in denses) if always else 0
    passes = []
    for index, layer in enumerate(lstms):
        offset = sum(units[:index])
        own = Segment(
            "h",
            layer.hidden_size,
            layer.shifts[1],
            (total + offset, offset),
            total - layer.hidden_size + dense_results + layer.hidden_size - 1,
            old=True,
        )
        if index == 0:
            segments = (Segment("x", layer.input_size, layer.shifts[0]), own)
        else:
            below = offset - units[index - 1]
            size = layer.input_size
            segments = (own, Segment("h", size, layer.shifts[0], (below, total + below), size - 1))
        passes.append(_lstm_pass(network, layer, segments, lanes))
    base = (total - units[-1], 2 * total - units[-1])
    free = 2 * total
    for layer in denses:
        segment = Segment("h", layer.input_size, 0, base, layer.input_size - 1)
        passes.append(_dense_pass(network, layer, segment, lanes))
        base, free = (free, free), free + layer.output_size
    return tuple(passes)


def _lstm_pass(network, layer: QuantizedLSTM, segments, lanes: int) -> Pass:
    z_sigmoid, z_tanh = network.preactivations
    targets = [z_tanh if gate == "g" else z_sigmoid for gate in ROW_GATES]
    shifts = tuple(layer.accumulator_frac(g) - t.frac for g, t in zip(_ORDER, targets, strict=True))
    first, second = layer.weight_ih_raw, layer.weight_hh_raw
    if segments[0].old:
        first, second = second, first
    columns = np.concatenate([first, second], axis=1)
    weights = _unit_major(columns, layer.hidden_size)
    constants = [fold_rounding(shift, network.config.rounding["z"])[0] for shift in shifts]
    bias = _unit_major(layer.bias_raw[:, None], layer.hidden_size)[:, 0] + np.tile(constants, layer.hidden_size)
    return Pass(layer, segments, weights, bias, shifts, lanes)


def _dense_pass(network, layer: QuantizedDense, segment: Segment, lanes: int) -> Pass:
    shift = layer.accumulator_frac - layer.y.frac
    bias = layer.bias_raw + fold_rounding(shift, network.config.rounding["y"])[0]
    return Pass(layer, (segment,), layer.weight_raw, bias, (shift,), lanes)


def _unit_major(by_gate: np.ndarray, hidden: int) -> np.ndarray:
    """Rows i, f, g, o of all units -> rows i, g, f, o of unit 0, then of unit 1 ..."""
    blocks = by_gate.reshape(4, hidden, -1)[list(_ORDER)]
    return np.ascontiguousarray(blocks.transpose(1, 0, 2)).reshape(4 * hidden, -1)
