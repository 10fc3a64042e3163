"""Parts of the iCE40 UltraPlus family."""

from .generic import Primitives


class Ice40Primitives(Primitives):
    """Multipliers for iCE40 UltraPlus."""

    name = "ice40"
