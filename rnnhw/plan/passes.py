"""Passes over the weights: what an engine does in a step, one matrix after the other."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .geometry import Geometry
from .pass_values import ROWS, PassValues


class Segment(NamedTuple):
    """A run of columns that come from one vector.

    Parameters
    ----------
    source : str
        "x" (input buffer) or "h" (state memory).
    length : int
        Columns.
    shift : int
        Left shift of the elements that aligns their products.
    start : int
        Input buffer: the step's element with which it begins.
    base : (int, int)
        Word address of the vector in its memory while the step writes bank 0 or bank 1.
    rounds : int
        Rounds in which the vector is written.
    slack : int
        Rounds of later results, of passes before this one, that may be missing when the vector is complete.
    old : bool
        The cell's own state of the step before: read as zero in a sequence's first step.
    releases : bool
        The input buffer's bank is free after it.
    """

    source: str
    length: int
    shift: int = 0
    start: int = 0
    base: tuple[int, int] = (0, 0)
    rounds: int = 0
    slack: int = 0
    old: bool = False
    releases: bool = False

    def needed(self, word: int, geometry: Geometry) -> int:
        """Rounds of the vector that must be written when its column word `word` is read."""
        last = min((word + 1) * geometry.columns, self.length)
        return -(-last // geometry.pipelines)

    def missing(self, word: int, geometry: Geometry) -> int:
        """Rounds of earlier passes' results that may be missing when column word `word` is read."""
        return self.slack + self.rounds - self.needed(word, geometry)


@dataclass(frozen=True, eq=False)
class Turn:
    """One matrix's turn on an engine, as far as it does not depend on any value.

    Parameters
    ----------
    kind : str
        A key of `ROWS`.
    units : int
        Results, one a unit.
    segments : tuple of Segment
        In the order in which their columns are used.
    geometry : Geometry
    final : bool
        Its results are (part of) the engine's answer.
    """

    kind: str
    units: int
    segments: tuple[Segment, ...]
    geometry: Geometry
    final: bool = False

    @property
    def recurrent(self) -> bool:
        """Whether it belongs to a cell, and not to a dense layer."""
        return self.kind != "dense"

    @property
    def split(self) -> bool:
        """Whether the sums start again at the border of input and state (GRU, reset after)."""
        return self.kind == "gru"

    @property
    def gates(self) -> tuple[str, ...]:
        """Rows of a unit."""
        return ROWS[self.kind]

    @property
    def rows(self) -> int:
        """Rows of the matrix."""
        return self.units * len(self.gates)

    @cached_property
    def columns(self) -> int:
        """Columns: all elements that a row sums over."""
        return sum([segment.length for segment in self.segments])

    @cached_property
    def rounds(self) -> int:
        """Rounds of results."""
        return self.geometry.rounds(self.units)

    @cached_property
    def words(self) -> int:
        """Cycles of a group: column words of all segments."""
        return sum([self.geometry.words(segment.length) for segment in self.segments])

    @cached_property
    def drained(self) -> int:
        """Rows that each pipeline drains."""
        return self.rounds * len(self.gates)

    @cached_property
    def groups(self) -> int:
        """Row groups of each pipeline."""
        return -(-self.drained // self.geometry.lanes)

    @property
    def final_rows(self) -> int:
        """Rows of the last group."""
        return self.drained - (self.groups - 1) * self.geometry.lanes

    @cached_property
    def cycles(self) -> int:
        """Cycles without a stall: row groups times column words."""
        return self.groups * self.words


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass(Turn):
    """A turn with what it multiplies.

    Parameters
    ----------
    name : str
        Of the cell or dense layer.
    layer : QuantizedLSTM, QuantizedGRU, QuantizedRNN or QuantizedDense
    values : PassValues
    """

    name: str
    layer: object
    values: PassValues

    @property
    def weights_raw(self) -> np.ndarray:
        """Weights, of shape (units, rows of a unit, columns)."""
        return self.values.weights

    @property
    def bias_raw(self) -> np.ndarray:
        """Biases with the rounding constants, of shape (units, rows of a unit)."""
        return self.values.bias

    @property
    def input_bias_raw(self) -> np.ndarray | None:
        """Biases that stand with the input's part of row n ("gru"), of shape (units,)."""
        return self.values.input_bias

    @property
    def shifts(self) -> tuple[int, ...]:
        """Right shift from the accumulator to what a row becomes, by row of a unit."""
        return self.values.shifts

    @property
    def bound(self) -> int:
        """Largest magnitude of any sum over the real weights."""
        return self.values.bound

    def any_bound(self, weight_bits: int) -> int:
        """The same for any weights of so many bits, and biases up to the sum's own bound."""
        total = self.values.total_peak << max(weight_bits - 1, 0)
        return total + (1 << total.bit_length())

    def weight_words(self, weight_bits: int) -> list[int]:
        """The weight memory's words: lane 0 of pipeline 0 lowest, within a lane the first column lowest.

        Weights of one bit are 1 where the weight is -1.
        """
        shape = self.geometry
        raw = self.weights_raw < 0 if weight_bits == 1 else self.weights_raw
        by_lane = self.by_pipeline(raw.astype(np.int64), self.groups * shape.lanes)
        parts, start = [], 0
        for segment in self.segments:
            part = by_lane[:, :, start : start + segment.length]
            padding = shape.words(segment.length) * shape.columns - segment.length
            parts.append(np.pad(part, ((0, 0), (0, 0), (0, padding))))
            start += segment.length
        grid = np.concatenate(parts, axis=2).reshape(
            shape.pipelines, self.groups, shape.lanes, self.words, shape.columns
        )
        flat = grid.transpose(1, 3, 0, 2, 4).reshape(self.groups * self.words, -1)
        return pack(flat, weight_bits)

    def bias_words(self, bits: int) -> list[int]:
        """The bias memory's words, one a row that leaves the drain: pipeline 0 lowest."""
        return pack(self.by_pipeline(self.bias_raw[:, :, None], self.drained)[:, :, 0].T, bits)

    def input_bias_words(self, bits: int) -> list[int]:
        """The same for row n's second bias, one a round."""
        padded = np.pad(self.input_bias_raw, (0, self.rounds * self.geometry.pipelines - self.units))
        return pack(padded.reshape(self.rounds, self.geometry.pipelines), bits)

    def by_pipeline(self, values: np.ndarray, rows: int) -> np.ndarray:
        """(units, gates, n) -> (pipelines, rows, n), the rows of each pipeline in order, zeros behind."""
        pipelines, (_, gates, width) = self.geometry.pipelines, values.shape
        grid = np.zeros((pipelines, rows, width), values.dtype)
        each = grid[:, : self.drained].reshape(pipelines, self.rounds, gates, width)
        for pipeline in range(pipelines):
            own = values[pipeline::pipelines]
            each[pipeline, : len(own)] = own
        return grid


def pack(values: np.ndarray, width: int) -> list[int]:
    """Rows of integers as unsigned words, the first value in the lowest `width` bits."""
    bits = (values[..., None] >> np.arange(width)) & 1
    flat = bits.astype(np.uint8).reshape(len(values), -1)
    packed = np.packbits(flat, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
