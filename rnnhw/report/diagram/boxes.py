"""Boxes with text in them, and where their sides are."""

from typing import NamedTuple

from .blocks import Block
from .canvas import LINE, TITLE, Canvas, wrap

PAD = 9  # between a box and its text


class Box(NamedTuple):
    """A block at its place."""

    x: float
    y: float
    width: float
    height: float
    block: Block

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.x + self.width / 2

    @property
    def centre(self) -> float:
        """Of its height."""
        return self.y + self.height / 2

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height

    def draw(self, canvas: Canvas) -> None:
        """Draw it, with its text in the middle."""
        canvas.rect(self.x, self.y, self.width, self.height, self.block.kind)
        lines = _lines(self.block, self.width)
        y = self.centre - (len(lines) + 1) * LINE / 2 + LINE * 0.76
        canvas.text(self.middle, y, self.block.title, size=TITLE, bold=True, anchor="middle")
        for number, line in enumerate(lines, 1):
            canvas.text(self.middle, y + number * LINE + 1, line, anchor="middle")


def height_of(block: Block, width: float) -> float:
    """The height that a block needs."""
    return (1 + len(_lines(block, width))) * LINE + 2 * PAD - 2


def _lines(block: Block, width: float) -> list[str]:
    return [line for text in block.lines for line in wrap(text, width - PAD)]
