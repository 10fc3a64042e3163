"""What the logic of a core grows with: for each module the structure of its formula, without coefficients."""

from .chip import CHIP, all_memories, chip_terms, is_macro
from .clock import SHARPNESS, clock_terms
from .core import LOOSE, MODULES, core_terms, module_of
from .memories import MEMORIES, MEMORY

__all__ = [
    "CHIP",
    "LOOSE",
    "MEMORIES",
    "MEMORY",
    "MODULES",
    "SHARPNESS",
    "all_memories",
    "chip_terms",
    "clock_terms",
    "core_terms",
    "is_macro",
    "module_of",
]
