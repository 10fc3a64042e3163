"""What a number is: formats, rounding, saturation and the activation tables.

The lowest layer. Golden and gateware both stand on it, so it is tested against independent facts
(``fractions`` and ``mpmath``), never against one of them.
"""

from .qformat import QFormat, largest_fraction
from .requantize import Overflow, Rounding, fold_rounding, requantize, rounding_constant, shift_round
from .tables import TABLE_KINDS, ActivationTable, build_table, preactivation_formats

__all__ = [
    "TABLE_KINDS",
    "ActivationTable",
    "Overflow",
    "QFormat",
    "Rounding",
    "build_table",
    "fold_rounding",
    "largest_fraction",
    "preactivation_formats",
    "requantize",
    "rounding_constant",
    "shift_round",
]
