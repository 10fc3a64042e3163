"""What the user chooses about the hardware."""

from typing import Annotated, Literal

from pydantic import Field

from rnnhw.validation import Options


class Hardware(Options):
    """Options of the generated core. None of them changes a result.

    Parameters
    ----------
    lanes : int
        Multiply-accumulators working side by side, 1 .. rows of the largest layer.
    update_multiplier : str
        The cell update's multiplier: "dsp" lets synthesis take a DSP block, "lut" builds it of adders.
    """

    lanes: Annotated[int, Field(ge=1)] = 4
    update_multiplier: Literal["dsp", "lut"] = "dsp"
