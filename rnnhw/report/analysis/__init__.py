"""What the calculators found, as tables for the terminal, and a plot."""

from .alternatives import savings_table, side_by_side_table
from .bptt_tables import bptt_tables, cells_table
from .calculation import calculation_tables
from .gradient_plot import gradient_plot
from .units import amount

__all__ = [
    "amount",
    "bptt_tables",
    "calculation_tables",
    "cells_table",
    "gradient_plot",
    "savings_table",
    "side_by_side_table",
]
