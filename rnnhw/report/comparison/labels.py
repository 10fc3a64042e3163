"""Labels at the points of a front, where there is room for them."""

LONGEST = 14  # letters of a label
LETTER = 7  # width of a digit, generously
LINE = 15  # height of a label
ASIDE = 5  # from the point


def clipped_text(text: str, most: int) -> str:
    """A text of at most so many letters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def label_front(panel) -> None:
    """Write the ids of the front's points on that side of them where no other point can be.

    Parameters
    ----------
    panel : Panel
        All else of which is drawn.
    """
    area, taken = panel.axes.get_window_extent(), []
    if panel.told:
        _, y = panel.axes.transData.transform((0, panel.y.at(panel.float)))
        taken.append((area.x0, y, area.x0 + LETTER * len(panel.float_text()), y + LINE + 3))
    for point in reversed(panel.front):  # the best ones first
        x, y = panel.axes.transData.transform(panel.at(point))
        text = clipped_text(point["id"], LONGEST)
        box, right = _box(x, y, LETTER * len(text), area.x0, panel.metric.better == "higher")
        if not any(_meet(box, other) for other in taken):
            taken.append(box)
            _write(panel, point, text, right)


def _box(x: float, y: float, wide: float, least: float, above: bool) -> tuple[tuple, bool]:
    """Where a label stands, in pixels; whether it is on the right of its point, as there is no room on the left."""
    right = x - ASIDE - 2 - wide < least - 4
    left = x + ASIDE + 2 if right else x - ASIDE - 2 - wide
    low = y + ASIDE - 1 if above else y - ASIDE - LINE + 1
    return (left, low, left + wide, low + LINE), right


def _meet(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(panel, point: dict, text: str, right: bool) -> None:
    above = panel.metric.better == "higher"
    panel.axes.annotate(
        text,
        panel.at(point),
        xytext=(ASIDE if right else -ASIDE, ASIDE if above else -ASIDE),
        textcoords="offset points",
        ha="left" if right else "right",
        va="bottom" if above else "top",
        fontsize=11,
        color=panel.palette.accent,
        zorder=2.5,
        bbox={"facecolor": panel.palette.paper, "linewidth": 0, "pad": 1, "alpha": 0.85},
    )
