"""Parts of the Xilinx 7-series family."""

from .generic import Primitives


class XilinxPrimitives(Primitives):
    """Multipliers for Xilinx 7-series."""

    name = "xilinx"
