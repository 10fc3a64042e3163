"""The quantised network: integers, their formats, and what follows from them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from rnnhw.fixedpoint import ActivationTable, QFormat, build_table, preactivation_formats

from .cells import QuantizedCell
from .chain import QuantizedChain
from .config import Quantization
from .layers import QuantizedBidirectional, QuantizedDense, QuantizedReversed


@dataclass(frozen=True, eq=False, repr=False)
class QuantizedNetwork(QuantizedChain):
    """A network in integers, ready for the golden model and for hardware.

    Parameters
    ----------
    name, mode : str
    layers : tuple of QuantizedCell, QuantizedBidirectional, QuantizedReversed and QuantizedDense
    config : Quantization
        The widths and rounding modes it was made with; `of` gives those of a single layer.
    steps : int or None
        Answers of a one-to-many network.
    reading, head, sigmoid, tanh : str
        As in `rnnhw.network.Network`.
    clip : float or None
        As in `rnnhw.network.Network`.
    """

    name: str
    mode: str
    layers: tuple[QuantizedCell | QuantizedBidirectional | QuantizedReversed | QuantizedDense, ...]
    config: Quantization
    steps: int | None = None
    reading: str = "final"
    head: str = "none"
    sigmoid: str = "logistic"
    tanh: str = "tanh"
    clip: float | None = None

    _golden: ClassVar[Callable] = None

    @classmethod
    def run_with(cls, golden: Callable) -> None:
        """Register the golden model, which stands in a layer above, as what `run` and `run_raw` call."""
        cls._golden = staticmethod(golden)

    def __repr__(self) -> str:
        sizes = " -> ".join(str(size) for size in (self.input_size, *(layer.output_size for layer in self.layers)))
        bits = f"{self.config.weight_bits}-bit weights, {self.config.activation_bits}-bit activations"
        head = "" if self.head == "none" else f" -> {self.head}"
        return f"<QuantizedNetwork {self.name}: {sizes}{head}, {self.mode}, {bits}>"

    def of(self, layer) -> "QuantizedNetwork":
        """The network as one of its layers (or a cell in it) sees it: with that layer's widths as `config`."""
        return self._by_layer[layer.name] if self.config.layers else self

    @cached_property
    def _by_layer(self) -> dict[str, "QuantizedNetwork"]:
        owned = ((layer, replace(self, config=self.config.of(layer.name))) for layer in self.layers)
        return {part.name: own for layer, own in owned for part in (layer, *layer.cells)}

    @property
    def head_bits(self) -> int:
        """Activation bits that the head works with: those of the last layer."""
        return self.of(self.layers[-1]).config.activation_bits

    @property
    def output(self) -> QFormat:
        """Format of the answer."""
        if self.head == "argmax":
            return QFormat(max(1, (self.result_size - 1).bit_length()) + 1, 0)
        if self.head == "softmax":
            return QFormat(self.head_bits + 1, self.head_bits)
        return self.result

    @property
    def output_size(self) -> int:
        """Elements of an answer."""
        return 1 if self.head == "argmax" else self.result_size

    @cached_property
    def table(self) -> ActivationTable:
        """The activation table."""
        curves = {"sigmoid": self.sigmoid, "tanh": self.tanh, "clip": self.clip}
        return build_table(self.config.table, self.config.activation_bits, **curves)

    @property
    def preactivations(self) -> tuple[QFormat, QFormat]:
        """Formats of z for the sigmoid and for tanh."""
        return preactivation_formats(self.config.activation_bits)

    def run(self, x, lengths=None, *, trace: bool | str = False, initial_state=None, return_state: bool = False):
        """Run the golden model on float inputs, return float values.

        Parameters
        ----------
        x : ndarray of float, shape (sequences, steps, inputs)
        lengths : ndarray of int, shape (sequences,), optional
        trace : bool or str
            Also return the `Trace` with every intermediate and the saturation counts; "outputs" keeps what the layers
            give and the counts, "counts" the counts alone.
        initial_state : ndarray of float, shape (sequences, state_size), optional
            In place of the cells' own initial states.
        return_state : bool
            Also return the state after each sequence's last step, shape (sequences, state_size).

        Returns
        -------
        ndarray
            (sequences, outputs) for many-to-one, (sequences, steps, outputs) otherwise; with `return_state`
            and `trace` a tuple of it, the final state and the trace, as far as they are asked for.
        """
        return self._golden(
            self, x, lengths, trace=trace, raw=False, initial_state=initial_state, return_state=return_state
        )

    def run_raw(
        self, x_raw, lengths=None, *, trace: bool | str = False, initial_state=None, return_state: bool = False
    ):
        """As `run`, with raw integers in and out, states included."""
        more = {"initial_state": initial_state, "return_state": return_state}
        return self._golden(self, x_raw, lengths, trace=trace, raw=True, **more)

    def with_weights(self, net) -> "QuantizedNetwork":
        """The weights of another `Network` of the same structure in the same formats (`rnnhw.quantize.reweigh`)."""
        from .reweigh import with_weights

        return with_weights(self, net)

    def save(self, path) -> None:
        """Write one versioned file (see `rnnhw.quantize.storage`)."""
        from .storage import save_quantized

        save_quantized(self, path)
