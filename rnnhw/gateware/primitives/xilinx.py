"""Multipliers of Xilinx' 7 series."""

from .generic import Primitives


class XilinxPrimitives(Primitives):
    """The behavioural ones: yosys and Vivado put all their registers into the DSP48E1."""

    name = "xilinx"
