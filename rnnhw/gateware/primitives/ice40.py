"""Parts of the iCE40 UltraPlus family."""

from .generic import Primitives
from .spram import SpramMemory


class Ice40Primitives(Primitives):
    """Multipliers for iCE40 UltraPlus."""

    name = "ice40"

    def single_port(self, depth: int, width: int) -> SpramMemory:
        """A memory of SPRAM blocks."""
        return SpramMemory(depth, width)
