"""What the logic of a core grows with: for each module the structure of its formula, without coefficients."""

from .clock import SHARPNESS, clock_terms
from .core import LOOSE, MODULES, core_terms, module_of
from .memories import MEMORIES, MEMORY

__all__ = ["LOOSE", "MEMORIES", "MEMORY", "MODULES", "SHARPNESS", "clock_terms", "core_terms", "module_of"]
