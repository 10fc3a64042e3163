"""Results for people: tables."""

from .tables import accuracy_table, inspect_table, saturation_lines

__all__ = ["accuracy_table", "inspect_table", "saturation_lines"]
