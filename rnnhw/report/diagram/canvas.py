"""Shapes and text of a diagram, as SVG that takes its colours from the page around it."""

from html import escape
from itertools import pairwise
from math import hypot

SIZE, TITLE = 12, 13  # of letters
LINE = 16  # from one line of text to the next
TIP = 7  # length of an arrow's tip
FONT = "var(--diagram-font, system-ui, sans-serif)"
TIMES = "\u00d7"
INK = "currentColor"
# What a box is for: colour and how much of it
FILLS = {
    "plain": (INK, 0.05),
    "memory": ("var(--diagram-memory, #d97706)", 0.17),
    "arithmetic": ("var(--diagram-arithmetic, #2563eb)", 0.15),
    "panel": (INK, 0.025),
    "bar": ("var(--diagram-arithmetic, #2563eb)", 0.55),
}
# Widths of letters in units of their size, of a wide sans-serif; any other is `LETTER`
LETTER, BOLD = 0.62, 1.1
WIDTHS = dict.fromkeys(" .,:;'|ijl()f\u00b7", 0.34) | dict.fromkeys("ABCDEGHKNOPQRSUVXYZ", 0.74)
WIDTHS |= dict.fromkeys(f"mwMW=+{TIMES}\u2192", 0.88)


def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Pixels that a text takes at most, in usual fonts."""
    return size * (BOLD if bold else 1) * sum(WIDTHS.get(letter, LETTER) for letter in text)


def cut(text: str, width: float, size: float = SIZE, bold: bool = False) -> str:
    """A text, with … for its end where it is too wide."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """A text in lines of at most a width; a word that is too wide is cut."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size, bold) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [cut(line, width, size, bold) for line in lines]


class Canvas:
    """Collects shapes, and is the SVG in the end."""

    def __init__(self):
        self._parts: list[str] = []

    def rect(self, x: float, y: float, width: float, height: float, kind: str = "plain", radius: int = 6) -> None:
        """A rectangle; bars have no border."""
        fill, opacity = FILLS[kind]
        line = "" if kind == "bar" else f' stroke="{INK}" stroke-opacity="{0.35 if kind == "panel" else 0.7}"'
        place = " ".join(f'{name}="{value:g}"' for name, value in zip(("x", "y"), (x, y), strict=True))
        size = f'width="{width:.6g}" height="{height:g}" rx="{radius}"'
        self._parts.append(f'<rect {place} {size} fill="{fill}" fill-opacity="{opacity}"{line}/>')

    def text(self, x: float, y: float, text: str, *, size: float = SIZE, bold=False, anchor: str = "start") -> None:
        """A line of text; `y` is its baseline."""
        weight = ' font-weight="600"' if bold else ""
        place = f'x="{x:g}" y="{y:g}" font-size="{size}"{weight} text-anchor="{anchor}"'
        self._parts.append(f'<text {place} fill="{INK}">{escape(text)}</text>')

    def arrow(self, *points, both: bool = False) -> None:
        """A line along points, with a tip at its end, or at both ends."""
        points = [(float(x), float(y)) for x, y in points]
        points = [points[0], *(b for a, b in pairwise(points) if a != b)]
        tips = [_tip(points[-2], points[-1])] + ([_tip(points[1], points[0])] if both else [])
        points[-1] = tips[0][0]
        if both:
            points[0] = tips[1][0]
        line = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(f'<polyline points="{line}" fill="none" stroke="{INK}" stroke-width="1.4"/>')
        self._parts += [f'<polygon points="{tip}" fill="{INK}"/>' for _, tip in tips]

    def svg(self, width: float, height: float, label: str, most: int) -> str:
        """The whole drawing: as wide as its place, but for `most` pixels at most."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{escape(label)}" font-family="{FONT}" '
            f'style="display:block;width:100%;max-width:{most}px;height:auto">'
        )
        # where it is a file of its own, and not part of a page
        own = "<style>svg:root{color-scheme:light dark;color:CanvasText;background:Canvas}</style>"
        return "\n".join([head, own, *self._parts, "</svg>"]) + "\n"


def _tip(before, end) -> tuple[tuple[float, float], str]:
    """Of an arrow: where its line ends, and the points of its tip."""
    (x0, y0), (x, y) = before, end
    length = hypot(x - x0, y - y0)
    dx, dy = (x - x0) / length, (y - y0) / length
    back = x - TIP * dx, y - TIP * dy
    corners = [end, *((back[0] - side * dy, back[1] + side * dx) for side in (TIP / 2, -TIP / 2))]
    return back, " ".join(f"{cx:g},{cy:g}" for cx, cy in corners)
