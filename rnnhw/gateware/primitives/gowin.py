"""Parts of the Gowin family."""

from .generic import Primitives


class GowinPrimitives(Primitives):
    """Multipliers for Gowin."""

    name = "gowin"
