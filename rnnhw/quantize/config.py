"""What the user chooses about the numbers."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import Rounding
from rnnhw.validation import Options

ROUNDING_ROLES = ("z", "c", "h", "y")


class Quantization(Options):
    """Bit-widths and how fractions are chosen.

    Parameters
    ----------
    weight_bits : int
        Width of all weights, 1..16. Weights of 1 bit are -1 and +1 times a power of two.
    activation_bits : int
        Width of inputs, gates and hidden states, 4..16. Cell states get twice as many (at most 24),
        outputs of a last dense layer twice as many.
    method : str
        Range of an activation from calibration data: "max-abs" or "percentile".
    percentile : float
        The percentile of the magnitudes for ``method="percentile"``, 50..100.
    per_gate : bool
        Give each gate's weights a power-of-two scale of their own, instead of one a layer.
    symmetric_weights : bool
        Leave out the most negative weight of a format: weights of 2 bits are then ternary.
    table : str
        Activation tables: "auto", "exact" or "interpolated".
    rounding : str or dict
        "half_up", "half_even" or "floor"; or one of them for each role of "z" (pre-activations),
        "c" (cell state, and a GRU's product of its state), "h" (hidden state) and "y" (dense outputs, and
        what is fed back as the next input).
    """

    weight_bits: Annotated[int, Field(ge=1, le=16)] = 8
    activation_bits: Annotated[int, Field(ge=4, le=16)] = 8
    method: Literal["max-abs", "percentile"] = "max-abs"
    percentile: Annotated[float, Field(ge=50, le=100)] = 99.9
    per_gate: bool = False
    symmetric_weights: bool = False
    table: Literal["auto", "exact", "interpolated"] = "auto"
    rounding: dict[str, str] = Field(default="half_up", validate_default=True)

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

    @field_validator("table")
    @classmethod
    def _exact_is_small(cls, table, info):
        bits = info.data.get("activation_bits", 8)
        if table == "exact" and bits > 13:
            raise RnnhwError(f"table exact takes activation_bits up to 13, not {bits}; interpolated takes 16")
        return table
