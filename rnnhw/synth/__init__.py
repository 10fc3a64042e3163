"""Synthesis by open tools, and what their reports say."""

from .flow import Flow, Routed
from .part import Part
from .report import CriticalPath, Report, read_report
from .tools import TOOLS, SynthesisError, versions
from .yosys import Cells, count_cells, count_cells_by_module, find_yosys

__all__ = [
    "TOOLS",
    "Cells",
    "CriticalPath",
    "Flow",
    "Part",
    "Report",
    "Routed",
    "SynthesisError",
    "count_cells",
    "count_cells_by_module",
    "find_yosys",
    "read_report",
    "versions",
]
