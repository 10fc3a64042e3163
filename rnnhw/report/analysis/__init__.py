"""What the calculators found, as tables for the terminal."""

from .alternatives import savings_table, side_by_side_table
from .calculation import calculation_tables
from .units import amount

__all__ = ["amount", "calculation_tables", "savings_table", "side_by_side_table"]
