"""What a comparison of bit-widths is shown as: a table, a plot of the Pareto front, a page."""

from .page import comparison_page
from .pareto import pareto_svg
from .plots import page_plots
from .table import comparison_table

__all__ = ["comparison_page", "comparison_table", "page_plots", "pareto_svg"]
