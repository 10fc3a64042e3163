"""Small plots of a page, as SVG text: hundreds of them in the time and the bytes of a few large ones.

Their colours, lines and letters are the style sheet's, by class.
"""

import math
import re
from html import escape

from .scale import Scale

WIDTH, HEIGHT = 260, 84  # of a histogram
BASE, TOP = 64, 8  # its bars' lowest and highest place
BINS = 64  # at most
LETTER = 5.6  # width of a digit
LEVELS = 33  # at most so many values of a format get a tick each
LINES = (360, 210)  # of a line plot
LEFT, RIGHT, BELOW, ABOVE = 46, 12, 34, 14  # its margins
DASHES = ("", "6 3", "2 3", "9 3 2 3", "1 3", "12 4")


def histogram(entry: dict, name: str) -> str:
    """Counts against the range of their format: what is outside is clipped.

    Parameters
    ----------
    entry : dict
        ``edges``, ``counts``, ``low``, ``high`` and ``format``.
    name : str
        Whose values they are, for those who cannot see it.
    """
    edges, counts = _merged(entry["edges"], entry["counts"])
    low, high = entry["low"], entry["high"]
    first, last = min(edges[0], low), max(edges[-1], high)
    span = (last - first) or 1.0
    first, last = first - 0.03 * span, last + 0.03 * span

    def x(value: float) -> float:
        return round(WIDTH * (value - first) / (last - first), 1)

    inside, outside = [], []
    highest = max([*counts, 1]) ** 0.5
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        if count:
            bar = f"M{x(left):g} {BASE}V{BASE - (BASE - TOP) * max(count**0.5 / highest, 0.03):.1f}H{x(right):g}V{BASE}"
            (inside if low <= (left + right) / 2 <= high else outside).append(bar)
    parts = [f'<rect class="range" x="{x(low):g}" y="2" width="{max(x(high) - x(low), 1):.1f}" height="{BASE - 2}"/>']
    parts += [
        f'<path class="{kind}" d="{"".join(bars)}"/>' for kind, bars in (("bar", inside), ("clip", outside)) if bars
    ]
    parts.append(
        f'<path class="ends" d="M{x(low):g} 2V{BASE}M{x(high):g} 2V{BASE}"/><path class="base" d="M0 {BASE}H{WIDTH}"/>'
    )
    parts.append(_levels(entry, x))
    parts += _ends(x(low), _short(low), x(high), _short(high))
    said = f"{name}: values from {_short(edges[0])} to {_short(edges[-1])}, "
    said += f"format {entry['format']} holds {_short(low)} to {_short(high)}"
    return _element(WIDTH, HEIGHT, "histogram", said, parts)


def errors_by_step(errors: dict[str, list[float]]) -> str:
    """A line for each layer over a sequence's steps.

    Parameters
    ----------
    errors : dict
        Layer -> root mean square error of its output, one a step; None where there is none.
    """
    lines = {name: [(at, v) for at, v in enumerate(values, 1) if v is not None] for name, values in errors.items()}
    lines = {name: values for name, values in lines.items() if values}
    steps = max((values[-1][0] for values in lines.values()), default=1)
    highest = max((value for values in lines.values() for _, value in values), default=0) or 1.0
    width, height = LINES
    scale = Scale("linear")
    unit = scale.ticks(0, highest, 4)[1][0]
    highest = unit * math.ceil(highest / unit - 1e-9)  # the uppermost line of the grid

    def x(step: float) -> float:
        return round(LEFT + (width - LEFT - RIGHT) * ((step - 1) / (steps - 1) if steps > 1 else 0.5), 1)

    def y(value: float) -> float:
        return round(height - BELOW - (height - BELOW - ABOVE) * value / highest, 1)

    parts = []
    for value, text in scale.ticks(0, highest, 5):
        parts.append(f'<path class="grid" d="M{LEFT} {y(value):g}H{width - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 7}" y="{y(value) + 3.5:g}" text-anchor="end">{text}</text>')
    for value, text in scale.ticks(1, steps, 8) if steps > 1 else [(1, "1")]:
        if value == round(value):
            parts.append(f'<text x="{x(value):g}" y="{height - BELOW + 16}" text-anchor="middle">{text}</text>')
    parts.append(f'<text x="{(LEFT + width - RIGHT) / 2:g}" y="{height - 4}" text-anchor="middle">step</text>')
    for number, (_, values) in enumerate(lines.items()):
        parts.append(_line([(x(step), y(value)) for step, value in values], number))
    said = ", ".join(f"{name} ends at {_short(values[-1][1])}" for name, values in lines.items())
    return _element(width, height, "lines", f"error by step: {said}", parts)


def key(number: int, values: list[float | None]) -> str:
    """The sample of a line (of a dot, where there is one value) for the legend of `errors_by_step`."""
    places = [(17, 5)] if sum(value is not None for value in values) == 1 else [(1, 5), (33, 5)]
    return f'<svg class="key" viewBox="0 0 34 10" aria-hidden="true">{_line(places, number)}</svg>'


def _line(places: list[tuple[float, float]], number: int) -> str:
    dash = DASHES[number % len(DASHES)]
    kind = "first" if number == 0 else "next"
    marks = "".join(f"M{x:g} {y:g}h0" for x, y in places) if 2 < len(places) <= 40 and number == 0 else ""
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    if len(places) == 1:
        marks = f"M{places[0][0]:g} {places[0][1]:g}h0"
    dots = f'<path class="dots {kind}" d="{marks}"/>' if marks else ""
    return f'<path class="line {kind}" stroke-dasharray="{dash or "none"}" d="{line}"/>{dots}'


def _merged(edges: list[float], counts: list[int]) -> tuple[list[float], list[int]]:
    """Neighbouring bins in one, until there are few enough."""
    while len(counts) > BINS:
        counts = [sum(counts[at : at + 2]) for at in range(0, len(counts), 2)]
        edges = [*edges[:-1:2], edges[-1]]
    return edges, counts


def _levels(entry: dict, x) -> str:
    """A tick below each value of a format that has few of them."""
    found = re.fullmatch(r"[su](\d+)\.(-?\d+)", entry["format"])
    if not found:
        return ""
    step = 2.0 ** -int(found[2])
    count = round((entry["high"] - entry["low"]) / step) + 1
    if count > LEVELS:
        return ""
    ticks = "".join(f"M{x(entry['low'] + at * step):g} {BASE}v4" for at in range(count))
    return f'<path class="levels" d="{ticks}"/>'


def _ends(low: float, low_text: str, high: float, high_text: str) -> list[str]:
    """The texts of a range's ends: within it, or where it is too short for them, beside it."""
    within = high - low > LETTER * (len(low_text) + len(high_text) + 2)
    anchors = ("start", "end") if within else ("end", "start")
    parts = []
    for x, text, anchor in ((low, low_text, anchors[0]), (high, high_text, anchors[1])):
        wide = LETTER * len(text)
        place = min(max(x, wide if anchor == "end" else 0), WIDTH - (wide if anchor == "start" else 0))
        parts.append(f'<text x="{place:g}" y="{HEIGHT - 4}" text-anchor="{anchor}">{text}</text>')
    return parts


def _short(value: float) -> str:
    text = f"{value:.3g}"
    return (f"{value:,.0f}" if "e+" in text else text).replace("-", "\u2212")


def _element(width: int, height: int, kind: str, said: str, parts: list[str]) -> str:
    head = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(said)}">'
    return f"{head}{''.join(parts)}</svg>"
