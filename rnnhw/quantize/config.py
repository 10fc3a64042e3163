"""What the user chooses about the numbers."""

from contextlib import contextmanager
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import Rounding
from rnnhw.validation import Options

ROUNDING_ROLES = ("z", "c", "h", "y")
MAX_CELL_BITS = 24

_WEIGHT = Field(ge=1, le=16)
_ACTIVATION = Field(ge=4, le=16)
_STATE = Field(ge=4, le=MAX_CELL_BITS)


class LayerWidths(Options):
    """Widths of one layer that are not those of the network; None takes the network's.

    Parameters
    ----------
    weight_bits, activation_bits, state_bits : int, optional
        As in `Quantization`.
    """

    weight_bits: Annotated[int | None, _WEIGHT] = None
    activation_bits: Annotated[int | None, _ACTIVATION] = None
    state_bits: Annotated[int | None, _STATE] = None


class Quantization(Options):
    """Bit-widths and how fractions are chosen.

    Parameters
    ----------
    weight_bits : int
        Width of all weights, 1..16. Weights of 1 bit are -1 and +1 times a power of two.
    activation_bits : int
        Width of inputs, gates and hidden states, 4..16. Outputs of a last dense layer get twice as many.
    state_bits : int, optional
        Width of an LSTM's c and of a GRU's p, activation_bits..24; None takes twice the activation_bits, at most 24.
    method : str
        How fractions are chosen: "max-abs", so that no value of the calibration data is clipped; "percentile", so
        that those up to one are not; "mse", so that the mean square error is smallest, that of weights in the
        pre-activations that they make. With the first two weights are never clipped.
    percentile : float
        The percentile of the magnitudes for ``method="percentile"``, 50..100.
    per_gate : bool
        Give each gate's weights a power-of-two scale of their own, instead of one a layer.
    bias_correction : bool
        Let biases take up the mean error that rounding the weights makes on the calibration data.
    symmetric_weights : bool
        Leave out the most negative weight of a format: weights of 2 bits are then ternary.
    table : str
        Activation tables: "auto", "exact" or "interpolated".
    rounding : str or dict
        "half_up", "half_even" or "floor"; or one of them for each role of "z" (pre-activations),
        "c" (cell state, and a GRU's product of its state), "h" (hidden state) and "y" (dense outputs, and
        what is fed back as the next input).
    layers : dict of str to LayerWidths (or to a dict of its fields)
        Widths of single layers, by their names in the network.
    """

    weight_bits: Annotated[int, _WEIGHT] = 8
    activation_bits: Annotated[int, _ACTIVATION] = 8
    state_bits: Annotated[int | None, _STATE] = None
    method: Literal["max-abs", "percentile", "mse"] = "max-abs"
    percentile: Annotated[float, Field(ge=50, le=100)] = 99.9
    per_gate: bool = False
    bias_correction: bool = False
    symmetric_weights: bool = False
    table: Literal["auto", "exact", "interpolated"] = "auto"
    rounding: dict[str, str] = Field(default="half_up", validate_default=True)
    layers: dict[str, LayerWidths] = Field(default_factory=dict)

    @property
    def cell_bits(self) -> int:
        """Width of an LSTM's c and of a GRU's p."""
        return min(2 * self.activation_bits, MAX_CELL_BITS) if self.state_bits is None else self.state_bits

    def of(self, layer: str) -> "Quantization":
        """The options with the widths of one layer of the network, and of no other.

        Where the layer has wider activations than the network's states, its states are as wide as its activations,
        unless it has a width of states of its own.
        """
        if not self.layers:
            return self
        widths = self.layers.get(layer, LayerWidths()).model_dump(exclude_none=True)
        merged = self.model_dump() | widths | {"layers": {}}
        if "state_bits" not in widths and merged["state_bits"] is not None:
            merged["state_bits"] = max(merged["state_bits"], merged["activation_bits"])
        return Quantization(**merged)

    @field_validator("state_bits")
    @classmethod
    def _state_is_wide_enough(cls, state_bits, info):
        bits = info.data.get("activation_bits")
        if None not in (state_bits, bits) and state_bits < bits:
            raise RnnhwError(
                f"state_bits must be in {bits}..{MAX_CELL_BITS} for activation_bits = {bits}, not {state_bits}"
            )
        return state_bits

    @field_validator("rounding", mode="before")
    @classmethod
    def _each_role(cls, value):
        modes = [mode.value for mode in Rounding]
        if isinstance(value, str):
            if value not in modes:
                raise RnnhwError(f"rounding must be one of {', '.join(modes)}, not {value!r}")
            value = dict.fromkeys(ROUNDING_ROLES, value)
        if not isinstance(value, dict):
            raise RnnhwError(f"rounding must be a mode or a mode for each role, not {value!r}")
        for role in value:
            if role not in ROUNDING_ROLES:
                raise RnnhwError(f"roles of rounding are {', '.join(ROUNDING_ROLES)}, not {role!r}")
        for role, mode in value.items():
            if mode not in modes:
                raise RnnhwError(f"rounding of {role} must be one of {', '.join(modes)}, not {mode!r}")
        return {role: str(value.get(role, "half_up")) for role in ROUNDING_ROLES}

    @field_validator("layers", mode="before")
    @classmethod
    def _each_layer(cls, value):
        if not isinstance(value, dict):
            raise RnnhwError(f"layers must be a table of layers' names and their widths, not {value!r}")
        return {name: _widths(name, widths) for name, widths in value.items()}

    @model_validator(mode="after")
    def _every_layer_fits(self):
        for name in self.layers:
            with _of_layer(name):
                self.of(name)
        return self

    @field_validator("table")
    @classmethod
    def _exact_is_small(cls, table, info):
        bits = info.data.get("activation_bits", 8)
        if table == "exact" and bits > 13:
            raise RnnhwError(f"table exact takes activation_bits up to 13, not {bits}; interpolated takes 16")
        return table


def _widths(name, widths) -> LayerWidths:
    """The widths of a layer, which may be given as a table."""
    if not isinstance(name, str):
        raise RnnhwError(f"layers must be named by texts, not {name!r}")
    if isinstance(widths, LayerWidths):
        return widths
    if not isinstance(widths, dict):
        raise RnnhwError(f"widths of layer {name} must be a table of names and numbers, not {widths!r}")
    with _of_layer(name):
        return LayerWidths(**widths)


@contextmanager
def _of_layer(name: str):
    """Say of which layer an error is."""
    try:
        yield
    except RnnhwError as error:
        raise RnnhwError(f"layer {name}: {error}") from None
