"""Where the boxes of an engine stand, and the arrows between them: side by side, or for a narrow page."""

from typing import NamedTuple

from .boxes import Box, height_of
from .canvas import Canvas

GAP = 34  # between rows of boxes
MARGIN = 8  # around panels
LANE = 18  # for a line beside the boxes


class Page(NamedTuple):
    """How wide all is: the drawing, its columns, and what the boxes of each row are.

    Parameters
    ----------
    width : int
    most : int
        Pixels up to which it grows with the page.
    columns : tuple of float
        Left sides.
    column : float
        Width of a column.
    rows : tuple of dict
        For each row: box -> number of its column. The MAC array stands across.
    """

    width: int
    most: int
    columns: tuple[float, ...]
    column: float
    rows: tuple[dict[str, int], ...]

    @property
    def left(self) -> float:
        """Where text begins in a panel."""
        return self.columns[0]

    @property
    def inner(self) -> float:
        """Width of all columns."""
        return self.columns[-1] + self.column - self.columns[0]


WIDE = Page(
    960,
    1200,
    (36, 220, 404, 588, 772),
    156,
    ({"x": 0, "weights": 1, "drain": 3, "activation": 4}, {"h": 0, "select": 1, "answers": 3, "update": 4}),
)
NARROW = Page(
    360,
    480,
    (32, 188),
    140,
    (
        {"x": 0, "h": 1},
        {"select": 0, "weights": 1},
        {"mac": 0},
        {"drain": 0, "activation": 1},
        {"answers": 0, "update": 1},
    ),
)


def arrange(blocks: dict, page: Page, top: float) -> dict[str, Box]:
    """The boxes at their places."""
    boxes, y = {}, top
    for row in page.rows:
        here = {name: column for name, column in row.items() if name in blocks}
        width = page.inner if "mac" in row else page.column
        height = max(height_of(blocks[name], width) for name in here)
        for name, column in here.items():
            boxes[name] = Box(page.columns[column], y, width, height, blocks[name])
        y += height + GAP
    if "mac" not in boxes:  # beside both rows
        boxes["mac"] = Box(page.columns[2], top, page.column, y - GAP - top, blocks["mac"])
    return boxes


class Paths(NamedTuple):
    """Which ways results take.

    Parameters
    ----------
    straight : bool
        Whether sums of dense layers are answers.
    cells : bool
        Whether states of cells are.
    again : bool
        Whether results of the update go through the table, too.
    """

    straight: bool
    cells: bool
    again: bool


def connect(canvas: Canvas, boxes: dict[str, Box], page: Page, paths: Paths) -> float:
    """Draw the arrows between an engine's boxes; returns how far down they go."""
    drain, answers = boxes["drain"], boxes["answers"]
    (_front_wide if page is WIDE else _front_narrow)(canvas, boxes)
    if paths.straight or "activation" not in boxes:
        canvas.arrow((drain.middle, drain.bottom), (drain.middle, answers.y))
    if "activation" in boxes:
        _activated(canvas, boxes, paths)
    bottom = max(answers.bottom, boxes["update"].bottom if "update" in boxes else 0)
    if "h" not in boxes:
        return bottom
    h, start = boxes["h"], _new_states(boxes, page)
    if page is NARROW:
        lane, (_, level) = page.left + page.inner + LANE / 2, start[-1]
        canvas.arrow(*start, (lane, level), (lane, h.centre), (h.right, h.centre))
        return bottom
    lane = max(bottom, h.bottom) + LANE
    canvas.arrow(*start, (start[-1][0], lane), (h.middle, lane), (h.middle, h.bottom))
    return lane


def _front_wide(canvas: Canvas, boxes: dict[str, Box]) -> None:
    x, select, weights, mac, drain = (boxes[name] for name in ("x", "select", "weights", "mac", "drain"))
    between, into = (x.right + select.x) / 2, select.centre - 14 * ("h" in boxes)
    canvas.arrow((x.right, x.centre), (between, x.centre), (between, into), (select.x, into))
    if "h" in boxes:
        canvas.arrow((boxes["h"].right, select.centre + 14), (select.x, select.centre + 14))
    for box in (weights, select):
        canvas.arrow((box.right, box.centre), (mac.x, box.centre))
    canvas.arrow((mac.right, drain.centre), (drain.x, drain.centre))


def _front_narrow(canvas: Canvas, boxes: dict[str, Box]) -> None:
    x, select, weights, mac, drain = (boxes[name] for name in ("x", "select", "weights", "mac", "drain"))
    first = select.middle - 36 * ("h" in boxes)
    canvas.arrow((first, x.bottom), (first, select.y))
    if "h" in boxes:
        h, level, into = boxes["h"], select.y - GAP / 2, select.middle + 36
        canvas.arrow((h.middle, h.bottom), (h.middle, level), (into, level), (into, select.y))
    for box in (select, weights):
        canvas.arrow((box.middle, box.bottom), (box.middle, mac.y))
    canvas.arrow((drain.middle, mac.bottom), (drain.middle, drain.y))


def _activated(canvas: Canvas, boxes: dict[str, Box], paths: Paths) -> None:
    """From the drain through the table to the answers."""
    drain, activation, answers = (boxes[name] for name in ("drain", "activation", "answers"))
    canvas.arrow((drain.right, drain.centre), (activation.x, drain.centre))
    below = activation.middle, activation.bottom
    if "update" in boxes:
        update = boxes["update"]
        canvas.arrow(below, (update.middle, update.y), both=paths.again)
        if paths.cells:
            canvas.arrow((update.x, answers.centre), (answers.right, answers.centre))
    elif paths.cells:
        canvas.arrow(below, (activation.middle, answers.centre), (answers.right, answers.centre))


def _new_states(boxes: dict[str, Box], page: Page) -> list[tuple[float, float]]:
    """Where new states come from: the points with which their way back begins."""
    drain, answers = boxes["drain"], boxes["answers"]
    if "update" in boxes:
        update = boxes["update"]
        return [(update.right, update.centre)] if page is NARROW else [(update.middle, update.bottom)]
    if "activation" in boxes:
        activation = boxes["activation"]
        return [(activation.middle, activation.bottom), (activation.middle, answers.centre)]
    aside = page.columns[-1] + page.column / 2
    return [(drain.right, drain.centre), (aside, drain.centre), (aside, answers.centre)]
