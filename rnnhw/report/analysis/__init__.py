"""What the calculators found, as tables for the terminal, and a plot."""

from .bptt_tables import bptt_tables, cells_table
from .gradient_plot import gradient_plot
from .units import amount

__all__ = ["amount", "bptt_tables", "cells_table", "gradient_plot"]
