"""The parts of a core that FPGA families have cells for, family by family."""

from .ecp5 import ECP5Primitives
from .generic import Primitives
from .gowin import GowinPrimitives
from .ice40 import Ice40Primitives
from .xilinx import XilinxPrimitives

__all__ = ["GENERIC", "Primitives", "find_primitives"]

GENERIC = Primitives()
FAMILIES = {kind.name: kind() for kind in (Ice40Primitives, ECP5Primitives, GowinPrimitives, XilinxPrimitives)}


def find_primitives(family: str | None) -> Primitives:
    """The parts of a family ("ice40", "ecp5", "gowin", "xilinx"); the generic ones for any other, and for None."""
    return FAMILIES.get(family, GENERIC)
