"""The quantised network: integers, their formats, and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from rnnhw.fixedpoint import ActivationTable, QFormat, build_table, preactivation_formats

from .config import Quantization

GATES = ("i", "f", "g", "o")  # PyTorch's order: input, forget, candidate, output


def _frozen(raw: np.ndarray) -> np.ndarray:
    raw = np.ascontiguousarray(raw, dtype=np.int64)
    raw.setflags(write=False)
    return raw


@dataclass(frozen=True, eq=False)
class QuantizedLSTM:
    """One LSTM layer in integers.

    Parameters
    ----------
    weight_ih_raw, weight_hh_raw, bias_raw : ndarray of int64
        Shapes (4H, I), (4H, H), (4H,); gate order i, f, g, o. The bias is in the accumulator's format.
    x, h, c : QFormat
        Formats of the input, the hidden state and the cell state.
    weight_ih, weight_hh : tuple of four QFormat
        Formats of the weights, by gate.
    """

    name: str
    weight_ih_raw: np.ndarray
    weight_hh_raw: np.ndarray
    bias_raw: np.ndarray
    x: QFormat
    h: QFormat
    c: QFormat
    weight_ih: tuple[QFormat, ...]
    weight_hh: tuple[QFormat, ...]

    def __post_init__(self):
        for key in ("weight_ih_raw", "weight_hh_raw", "bias_raw"):
            object.__setattr__(self, key, _frozen(getattr(self, key)))

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
        """Format of what the layer hands on."""
        return self.h

    @property
    def shifts(self) -> tuple[int, int]:
        """Left shifts that align the products with x and with h (one of them is 0)."""
        difference = (self.h.frac + self.weight_hh[0].frac) - (self.x.frac + self.weight_ih[0].frac)
        return max(difference, 0), max(-difference, 0)

    def accumulator_frac(self, gate: int) -> int:
        """Fraction bits of the accumulator for a gate."""
        return self.x.frac + self.weight_ih[gate].frac + self.shifts[0]

    @cached_property
    def accumulator_bound(self) -> int:
        """Largest magnitude that any partial sum can have, over the real weights."""
        x_shift, h_shift = self.shifts
        total = np.abs(self.weight_ih_raw).sum(axis=1).astype(object) * (-self.x.min_raw << x_shift)
        total = total + np.abs(self.weight_hh_raw).sum(axis=1).astype(object) * (-self.h.min_raw << h_shift)
        return int((total + np.abs(self.bias_raw).astype(object)).max())


@dataclass(frozen=True, eq=False)
class QuantizedDense:
    """One dense layer in integers: ``y = R(V h + b)``, then relu where asked for.

    Parameters
    ----------
    weight_raw, bias_raw : ndarray of int64
        Shapes (O, I), (O,); the bias is in the accumulator's format.
    x, y, weight : QFormat
    relu : bool
    """

    name: str
    weight_raw: np.ndarray
    bias_raw: np.ndarray
    x: QFormat
    y: QFormat
    weight: QFormat
    relu: bool

    def __post_init__(self):
        for key in ("weight_raw", "bias_raw"):
            object.__setattr__(self, key, _frozen(getattr(self, key)))

    @property
    def input_size(self) -> int:
        """Inputs."""
        return self.weight_raw.shape[1]

    @property
    def output_size(self) -> int:
        """Outputs."""
        return self.weight_raw.shape[0]

    @property
    def output(self) -> QFormat:
        """Format of what the layer hands on."""
        return self.y

    @property
    def accumulator_frac(self) -> int:
        """Fraction bits of the accumulator."""
        return self.x.frac + self.weight.frac

    @cached_property
    def accumulator_bound(self) -> int:
        """Largest magnitude that any partial sum can have, over the real weights."""
        total = np.abs(self.weight_raw).sum(axis=1).astype(object) * -self.x.min_raw
        return int((total + np.abs(self.bias_raw).astype(object)).max())


@dataclass(frozen=True, eq=False, repr=False)
class QuantizedNetwork:
    """A network in integers, ready for the golden model and for hardware.

    Parameters
    ----------
    name : str
    mode : str
        "many-to-one" or "many-to-many".
    layers : tuple of QuantizedLSTM and QuantizedDense
    config : Quantization
        The widths and rounding modes it was made with.
    """

    name: str
    mode: str
    layers: tuple[QuantizedLSTM | QuantizedDense, ...]
    config: Quantization

    _golden: ClassVar[Callable] = None

    @classmethod
    def run_with(cls, golden: Callable) -> None:
        """Register the golden model, which stands in a layer above, as what `run` and `run_raw` call."""
        cls._golden = staticmethod(golden)

    def __repr__(self) -> str:
        sizes = " -> ".join(str(size) for size in (self.input_size, *(layer.output_size for layer in self.layers)))
        bits = f"{self.config.weight_bits}-bit weights, {self.config.activation_bits}-bit activations"
        return f"<QuantizedNetwork {self.name}: {sizes}, {self.mode}, {bits}>"

    @property
    def lstms(self) -> tuple[QuantizedLSTM, ...]:
        """The recurrent layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, QuantizedLSTM))

    @property
    def denses(self) -> tuple[QuantizedDense, ...]:
        """The dense layers, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, QuantizedDense))

    @property
    def input(self) -> QFormat:
        """Format of the input."""
        return self.layers[0].x

    @property
    def output(self) -> QFormat:
        """Format of the answer."""
        return self.layers[-1].output

    @property
    def input_size(self) -> int:
        """Elements of an input step."""
        return self.layers[0].input_size

    @property
    def output_size(self) -> int:
        """Elements of an answer."""
        return self.layers[-1].output_size

    @cached_property
    def table(self) -> ActivationTable:
        """The activation table."""
        return build_table(self.config.table, self.config.activation_bits)

    @property
    def preactivations(self) -> tuple[QFormat, QFormat]:
        """Formats of z for the sigmoid and for tanh."""
        return preactivation_formats(self.config.activation_bits)

    def run(self, x: np.ndarray, lengths=None, *, trace: bool = False):
        """Run the golden model on float inputs, return float values.

        Parameters
        ----------
        x : ndarray of float, shape (sequences, steps, inputs)
        lengths : ndarray of int, shape (sequences,), optional
        trace : bool
            Also return the `Trace` with every intermediate and the saturation counts.

        Returns
        -------
        ndarray
            (sequences, outputs) for many-to-one, (sequences, steps, outputs) for many-to-many.
        """
        return self._golden(self, x, lengths, trace=trace, raw=False)

    def run_raw(self, x_raw: np.ndarray, lengths=None, *, trace: bool = False):
        """As `run`, with raw integers in and out."""
        return self._golden(self, x_raw, lengths, trace=trace, raw=True)

    def save(self, path) -> None:
        """Write one versioned file (see `rnnhw.quantize.storage`)."""
        from .storage import save_quantized

        save_quantized(self, path)
