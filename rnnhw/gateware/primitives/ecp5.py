"""Parts of the ECP5 family."""

from .generic import Primitives


class ECP5Primitives(Primitives):
    """Multipliers for ECP5."""

    name = "ecp5"
