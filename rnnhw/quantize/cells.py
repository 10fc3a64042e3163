"""The recurrent cells in integers: their arrays, formats, and what follows from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from rnnhw.fixedpoint import QFormat

GATES = ("i", "f", "g", "o")  # of an LSTM in PyTorch's order: input, forget, candidate, output


def freeze(layer, *names: str) -> None:
    """Make fields of a frozen dataclass int64 arrays that nobody can write to any more."""
    for name in names:
        raw = np.ascontiguousarray(getattr(layer, name), dtype=np.int64)
        raw.setflags(write=False)
        object.__setattr__(layer, name, raw)


@dataclass(frozen=True, eq=False, kw_only=True)
class QuantizedCell:
    """What all recurrent cells have: one direction of one recurrent layer, with G gates of H units each.

    Parameters
    ----------
    name : str
    weight_ih_raw, weight_hh_raw, bias_raw : ndarray of int64
        Shapes (G*H, I), (G*H, H), (G*H,); rows in the order of `gates`. The bias is in the accumulator's format.
    x, h : QFormat
        Formats of the input and of the hidden state.
    weight_ih, weight_hh : tuple of QFormat
        Formats of the weights, one a gate.
    initial_raw : ndarray of int64, optional
        The state before the first step, in the order of `state_formats`; zeros if None.
    """

    name: str
    weight_ih_raw: np.ndarray
    weight_hh_raw: np.ndarray
    bias_raw: np.ndarray
    x: QFormat
    h: QFormat
    weight_ih: tuple[QFormat, ...]
    weight_hh: tuple[QFormat, ...]
    initial_raw: np.ndarray | None = None

    backwards: ClassVar[tuple[bool, ...]] = (False,)
    kind: ClassVar[str]
    gates: ClassVar[tuple[str, ...]]
    arrays: ClassVar[tuple[str, ...]] = ("weight_ih_raw", "weight_hh_raw", "bias_raw", "initial_raw")

    def __post_init__(self):
        if self.initial_raw is None:
            object.__setattr__(self, "initial_raw", np.zeros(len(self.state_formats) * self.hidden_size, np.int64))
        freeze(self, *self.arrays)

    @property
    def cells(self) -> tuple["QuantizedCell", ...]:
        """The cell itself, as the only one of its layer."""
        return (self,)

    @property
    def hidden_size(self) -> int:
        """Units H."""
        return self.weight_hh_raw.shape[1]

    @property
    def input_size(self) -> int:
        """Inputs I."""
        return self.weight_ih_raw.shape[1]

    output_size = hidden_size

    @property
    def output(self) -> QFormat:
        """Format of what the cell hands on."""
        return self.h

    @property
    def state_formats(self) -> tuple[QFormat, ...]:
        """Formats of the H-element parts of the state, in order."""
        return (self.h,)

    @property
    def state_size(self) -> int:
        """Elements of the state."""
        return len(self.state_formats) * self.hidden_size

    @property
    def shifts(self) -> tuple[int, int]:
        """Left shifts that align the products with x and with h (one of them is 0)."""
        difference = (self.h.frac + self.weight_hh[0].frac) - (self.x.frac + self.weight_ih[0].frac)
        return max(difference, 0), max(-difference, 0)

    def accumulator_frac(self, gate: int) -> int:
        """Fraction bits of the accumulator for a gate."""
        return self.x.frac + self.weight_ih[gate].frac + self.shifts[0]

    def _product_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Largest magnitudes of the products with x and with h, one a row, as Python integers."""
        x_shift, h_shift = self.shifts
        with_x = np.abs(self.weight_ih_raw).sum(axis=1).astype(object) * (-self.x.min_raw << x_shift)
        with_h = np.abs(self.weight_hh_raw).sum(axis=1).astype(object) * (-self.h.min_raw << h_shift)
        return with_x, with_h

    @cached_property
    def accumulator_bound(self) -> int:
        """Largest magnitude that any partial sum can have, over the real weights."""
        with_x, with_h = self._product_bounds()
        return int((with_x + with_h + np.abs(self.bias_raw).astype(object)).max())


@dataclass(frozen=True, eq=False, kw_only=True)
class QuantizedLSTM(QuantizedCell):
    """One LSTM cell in integers.

    Parameters
    ----------
    c : QFormat
        Format of the cell state.
    """

    c: QFormat

    kind = "lstm"
    gates = GATES

    @property
    def state_formats(self) -> tuple[QFormat, ...]:
        """Formats of h and of c."""
        return (self.h, self.c)


@dataclass(frozen=True, eq=False, kw_only=True)
class QuantizedGRU(QuantizedCell):
    """One GRU cell in integers: reset gate r, update gate z, candidate n.

    Parameters
    ----------
    reset_after : bool
        Whether the reset gate scales ``U_n h + b_hn`` (PyTorch) or h itself (the original paper).
    bias_hn_raw : ndarray of int64, shape (H,)
        The bias that stands with ``U_n h``, in the accumulator's format of gate n; zeros with reset before.
    p : QFormat or None
        Format of ``U_n h + b_hn``; None with reset before.
    """

    reset_after: bool
    bias_hn_raw: np.ndarray
    p: QFormat | None

    kind = "gru"
    gates = ("r", "z", "n")
    arrays = (*QuantizedCell.arrays, "bias_hn_raw")

    @cached_property
    def accumulator_bound(self) -> int:
        """Largest magnitude that any partial sum can have; with reset after, gate n has two sums of its own."""
        with_x, with_h = self._product_bounds()
        with_x = with_x + np.abs(self.bias_raw).astype(object)
        total = with_x + with_h
        if self.reset_after:
            split = 2 * self.hidden_size
            apart = with_h[split:] + np.abs(self.bias_hn_raw).astype(object)
            total = np.concatenate([total[:split], with_x[split:], apart])
        return int(total.max())


@dataclass(frozen=True, eq=False, kw_only=True)
class QuantizedRNN(QuantizedCell):
    """One simple recurrent cell in integers.

    Parameters
    ----------
    activation : str
        "tanh" or "relu" (which needs no table).
    """

    activation: str

    kind = "rnn"
    gates = ("a",)
