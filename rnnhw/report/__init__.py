"""Results for people: tables."""

from rnnhw.plan.law import cycle_rows

from .tables import accuracy_table, cycle_table, inspect_table, saturation_lines

__all__ = ["accuracy_table", "cycle_rows", "cycle_table", "inspect_table", "saturation_lines"]
