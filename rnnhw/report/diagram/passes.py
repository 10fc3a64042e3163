"""The table of an engine's passes: where its cycles go."""

from typing import NamedTuple

from .blocks import cycles
from .canvas import LINE, TIMES, Canvas, cut, text_width

ROW = LINE + 3
BAR = 5  # height of a bar


class Row(NamedTuple):
    """One line: a matrix, or the cycles in which the lanes wait.

    Parameters
    ----------
    name, shape, groups : str
        What it is, its rows and columns, its row groups and column words; empty for cycles that wait.
    cycles : float
    when : str
    """

    name: str
    shape: str
    groups: str
    cycles: float
    when: str


def draw_wide(canvas: Canvas, x: float, y: float, width: float, rows: list[Row], most: float) -> float:
    """The rows as a table with bars; returns where it ends."""
    at = {"shape": x + 0.34 * width, "groups": x + 0.5 * width, "cycles": x + 0.61 * width, "when": x + 0.625 * width}
    bars = x + 0.74 * width
    heads = {"shape": f"rows {TIMES} columns", "groups": f"groups {TIMES} words", "cycles": "cycles"}
    y += LINE
    canvas.text(x, y, "pass")
    for name, head in heads.items():
        canvas.text(at[name], y, head, anchor="end")
    for row in rows:
        y += ROW
        canvas.text(x, y, cut(row.name, 0.2 * width))
        for name in ("shape", "groups") if row.shape else ():
            canvas.text(at[name], y, getattr(row, name), anchor="end")
        canvas.text(at["cycles"], y, cycles(row.cycles), bold=True, anchor="end")
        canvas.text(at["when"], y, row.when)
        _bar(canvas, bars, y - 8, x + width - bars, row.cycles / most)
    return y + 8


def draw_narrow(canvas: Canvas, x: float, y: float, width: float, rows: list[Row], most: float) -> float:
    """Each row as two lines and a bar."""
    y += LINE
    canvas.text(x, y, f"rows {TIMES} columns in groups {TIMES} words")
    for row in rows:
        y += ROW
        number = f"{cycles(row.cycles)} cycles"
        canvas.text(x, y, cut(row.name, width - text_width(number, bold=True) - 8))
        canvas.text(x + width, y, number, bold=True, anchor="end")
        if row.shape:
            y += LINE
            canvas.text(x, y, f"{row.shape} in {row.groups}")
            canvas.text(x + width, y, row.when, anchor="end")
        y += 5
        _bar(canvas, x, y, width, row.cycles / most)
        y += BAR
    return y + 8


def _bar(canvas: Canvas, x: float, y: float, width: float, share: float) -> None:
    if share > 0:
        canvas.rect(x, y, max(1.0, width * min(1.0, share)), BAR, "bar", radius=1)
