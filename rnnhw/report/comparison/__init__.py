"""What a comparison of bit-widths is shown as: a table, a plot of the Pareto front, a page."""

from .table import comparison_table

__all__ = ["comparison_table"]
