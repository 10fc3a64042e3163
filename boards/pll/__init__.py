"""Phase-locked loops: from an oscillator's frequency to the core's, for each family of FPGAs."""

from .base import Pll, choose, fastest, frequencies, settings_for
from .ecp5 import Ecp5Pll
from .gowin import GowinPll
from .ice40 import Ice40Pll
from .xilinx import XilinxPll

__all__ = [
    "PLLS",
    "Ecp5Pll",
    "GowinPll",
    "Ice40Pll",
    "Pll",
    "XilinxPll",
    "choose",
    "fastest",
    "frequencies",
    "settings_for",
]

PLLS = {"ice40": Ice40Pll, "ecp5": Ecp5Pll, "gowin": GowinPll, "xilinx": XilinxPll}
"""The PLL of each family."""
