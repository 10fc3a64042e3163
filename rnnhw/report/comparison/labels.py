"""Labels at the points of a front, where there is room for them."""

from dataclasses import dataclass

LONGEST = 14  # letters of a label
LETTER = 6.2  # width of a letter
LINE = 12  # height of a label
ASIDE = 5  # from the point
MARK = 4  # of a point, to each side
APART = 3  # between labels


def clipped_text(text: str, most: int) -> str:
    """A text of at most so many letters."""
    return text if len(text) <= most else text[: most - 1] + "…"


@dataclass(frozen=True)
class Place:
    """Where a label stands by its point: 1 is right or above, -1 left or below, 0 level."""

    across: int
    up: int

    def box(self, x: float, y: float, wide: float) -> tuple[float, float, float, float]:
        """Left, low, right and high end in pixels, for a point and a text's width."""
        left = x + ASIDE + 2 if self.across > 0 else x - ASIDE - 2 - wide
        low = y - LINE / 2 if self.up == 0 else y + ASIDE if self.up > 0 else y - ASIDE - LINE
        return left, low, left + wide, low + LINE


def label_front(panel) -> None:
    """Write the widths of the front's points on that side of them where no other point can be.

    Parameters
    ----------
    panel : Panel
        All else of which is drawn.
    """
    area, taken = panel.axes.get_window_extent(), []
    if panel.told:
        _, y = panel.axes.transData.transform((0, panel.y.at(panel.float)))
        taken.append((area.x0, y, area.x0 + LETTER * len(panel.float_text()), y + LINE + 4))
    middles = [panel.axes.transData.transform(panel.at(point)) for point in panel.front]
    marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in middles]
    up = 1 if panel.metric.better == "higher" else -1
    for point, (x, y) in reversed(list(zip(panel.front, middles, strict=True))):  # the best ones first
        text = clipped_text(point["id"].split(" ")[0], LONGEST)
        places = [Place(-1, up), Place(-1, 0)]
        if places[0].box(x, y, LETTER * len(text))[0] < area.x0 - 4:
            places = [Place(1, up)]  # no room on the left
        boxes = [(place, place.box(x, y, LETTER * len(text))) for place in places]
        free = [(place, box) for place, box in boxes if not any(_meet(box, other) for other in taken + marks)]
        if free:
            place, box = free[0]
            taken.append((box[0] - APART, box[1], box[2] + APART, box[3]))
            _write(panel, point, text, place)


def _meet(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _write(panel, point: dict, text: str, place: Place) -> None:
    panel.axes.annotate(
        text,
        panel.at(point),
        xytext=(ASIDE * place.across - (2 if place.up == 0 else 0), ASIDE * place.up),
        textcoords="offset points",
        ha="left" if place.across > 0 else "right",
        va={1: "bottom", 0: "center", -1: "top"}[place.up],
        fontsize=11,
        color=panel.palette.accent,
        zorder=2.5,
        bbox={"facecolor": panel.palette.paper, "linewidth": 0, "pad": 1, "alpha": 0.85},
    )
