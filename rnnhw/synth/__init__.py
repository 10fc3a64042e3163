"""Synthesis by open tools, and what their reports say."""

from .yosys import Cells, count_cells, count_cells_by_module, find_yosys

__all__ = ["Cells", "count_cells", "count_cells_by_module", "find_yosys"]
