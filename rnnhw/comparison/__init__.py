"""Which bit-widths: what configurations of a network lose against what they take (``rnnhw compare``)."""

from .compare import compare
from .grid import read_list
from .result import Comparison

__all__ = ["Comparison", "compare", "read_list"]
