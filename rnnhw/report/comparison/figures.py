"""What is told of a point of a comparison: each figure's name, unit, value and text.

A comparison's document is plain data (``Comparison.document()``). A figure that a point does not have (no device, no
decisions, refused) is None here, whatever the reason.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

COSTS = ("lut", "ff", "dsp", "bram", "cycles", "memory", "energy")


def plain(value: float) -> str:
    """A count, or a number whose size is not known beforehand, to four significant digits."""
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def whole(value: float) -> str:
    """To a whole number."""
    return f"{value:,.0f}"


def short(value: float) -> str:
    """To about three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def one_place(value: float) -> str:
    """To one place."""
    return f"{value:,.1f}"


def two_places(value: float) -> str:
    """To two places."""
    return f"{value:.2f}"


def share(value: float) -> str:
    """A percentage of which small ones still differ from none."""
    return "0" if value == 0 else f"{value:.2f}" if value >= 0.005 else "<0.01"


def signed(value: float) -> str:
    """To two places, without a sign of nothing."""
    return f"{value:.2f}".replace("-0.00", "0.00")


@dataclass(frozen=True)
class Figure:
    """A figure that each point has or has not.

    Parameters
    ----------
    key : str
    heading : str
        Over a table's column.
    name : str
        In a sentence and at an axis.
    unit : str
        Empty for counts.
    read : callable
        The value of a point that was not refused, or None.
    text : callable
        How a value is printed.
    better : str
        "lower", "higher", or "" where neither is.
    """

    key: str
    heading: str
    name: str
    unit: str
    read: Callable[[dict], float | None]
    text: Callable[[float], str] = whole
    better: str = "lower"

    def value(self, point: dict) -> float | None:
        """The point's value; None where it has none."""
        value = None if point.get("refused") else self.read(point)
        return None if value is None or not math.isfinite(value) else value

    def shown(self, point: dict, nothing: str = "\u2013") -> str:
        """The point's value as text, without the unit."""
        value = self.value(point)
        return nothing if value is None else self.text(value).replace("-", "\u2212")

    def with_unit(self, point: dict) -> str:
        """The point's value as text, with the unit."""
        text = self.shown(point)
        return f"{text} {self.unit}" if self.unit and text != "\u2013" else text

    def band(self, point: dict) -> tuple[float, float] | None:
        """Lowest and highest value of a fitted figure, else None."""
        fitted = point.get(self.key)
        if self.value(point) is None or not isinstance(fitted, dict):
            return None
        ends = fitted.get("low"), fitted.get("high")
        return None if None in ends else ends

    @property
    def title(self) -> str:
        """Name and unit, as at an axis."""
        return f"{self.name} in {self.unit}" if self.unit else self.name


def _number(key: str, scale: float = 1) -> Callable[[dict], float | None]:
    def read(point: dict) -> float | None:
        value = point.get(key)
        value = value.get("value") if isinstance(value, dict) else value
        return None if value is None else value / scale

    return read


def worst_sqnr(point: dict) -> float | None:
    """The lowest signal-to-quantisation-noise ratio of all layers, in dB."""
    return min((value for value in (point.get("sqnr") or {}).values() if value is not None), default=None)


def clipped(point: dict) -> float | None:
    """The share of all requantised values that were clipped, in %."""
    counts = (point.get("saturations") or {}).values()
    total = sum(count["of"] for count in counts)
    return 100 * sum(count["clipped"] for count in counts) / total if total else None


RESOURCES = (
    Figure("lut", "LUT", "LUTs", "", _number("lut")),
    Figure("ff", "FF", "flip-flops", "", _number("ff")),
    Figure("dsp", "DSP", "DSP blocks", "", _number("dsp")),
    Figure("bram", "BRAM", "block RAMs", "", _number("bram")),
    Figure("cycles", "cycles a\u00a0step", "cycles a step", "", _number("cycles"), plain),
    Figure("latency", "latency", "latency", "cycles", _number("latency"), plain),
    Figure("clock", "clock MHz", "clock", "MHz", _number("clock"), one_place, "higher"),
    Figure("memory", "weights kbit", "weight memory", "kbit", _number("memory", 1000), one_place),
    Figure("energy", "energy nJ", "energy", "nJ", _number("energy"), short),
)


def metric_of(document: dict) -> Figure:
    """The figure that the comparison is about."""
    metric = document["metric"]
    text = two_places if metric["unit"] == "%" else plain
    heading = " ".join(filter(None, (metric["name"], metric["unit"])))
    return Figure("metric", heading, metric["name"], metric["unit"], _number("metric"), text, metric["better"])


def all_figures(document: dict) -> list[Figure]:
    """Every figure, in the order of the tables."""
    metric = metric_of(document)
    points = metric.unit == "%"
    loss = Figure("loss", "loss", "loss", "points" if points else "", _number("loss"), signed if points else plain)
    others = [
        Figure("agreement", "agree %", "agreement with float", "%", _number("agreement"), two_places, "higher"),
        Figure("accuracy", "accuracy %", "accuracy", "%", _number("accuracy"), two_places, "higher"),
        Figure("mape", "MAPE %", "MAPE", "%", _number("mape"), two_places),
        Figure("rmse_to_float", "RMSE to float", "RMSE to float", "", _number("rmse"), plain),
    ]
    quality = [
        *(figure for figure in others if figure.key != metric.name.lower()),
        Figure("sqnr", "SQNR dB", "SQNR of the worst layer", "dB", worst_sqnr, one_place, "higher"),
        Figure("clipped", "clipped %", "clipped values", "%", clipped, share),
    ]
    return [metric, loss, *quality, *RESOURCES]


def shown_figures(document: dict) -> list[Figure]:
    """Those that at least one point has."""
    return [figure for figure in all_figures(document) if any(figure.value(p) is not None for p in document["points"])]


def costs(document: dict) -> list[Figure]:
    """The costs that points have, the comparison's own first."""
    found = [figure for figure in shown_figures(document) if figure.key in COSTS]
    return sorted(found, key=lambda figure: figure.key != document["cost"])


def kept(document: dict) -> list[dict]:
    """The points that were not refused."""
    return [point for point in document["points"] if not point.get("refused")]


def by_cost(document: dict) -> list[dict]:
    """All points, the cheapest first and the refused ones last."""
    cost = next((figure for figure in RESOURCES if figure.key == document["cost"]), None)

    def key(point):
        value = cost.value(point) if cost else None
        return bool(point.get("refused")), math.inf if value is None else value, point.get("loss") or 0, *tie(point)

    return sorted(document["points"], key=key)


def tie(point: dict) -> tuple:
    """What decides between points of the same cost and the same metric, as for the comparison's own front."""
    return point.get("memory") or 0, point.get("cycles") or 0


def front(document: dict, cost: Figure) -> list[dict]:
    """The points that no other one beats: as marked for the comparison's own cost, found here for any other one."""
    metric = metric_of(document)
    sign = -1 if metric.better == "higher" else 1
    points = [point for point in kept(document) if None not in (cost.value(point), metric.value(point))]
    points.sort(key=lambda point: (cost.value(point), sign * metric.value(point), *tie(point)))
    if cost.key == document["cost"]:
        return [point for point in points if point.get("front")]
    best, found = math.inf, []
    for point in points:
        if sign * metric.value(point) < best and point.get("fits") is not False:
            best = sign * metric.value(point)
            found.append(point)
    return found


def widths(point: dict) -> str:
    """A point's widths in words."""
    state = point.get("state_bits") is not None
    text = f"weights {point['weight_bits']} bits, activations {point['activation_bits']} bits"
    text += f", state {point['state_bits']} bits" if state else ""
    layers = point.get("layers") or {}
    own = ", ".join(f"{name} " + "/".join(str(bits) for bits in layers[name].values() if bits) for name in layers)
    if own and set(point.get("sqnr") or {}) <= set(layers):  # each layer has its own
        return f"bits of weights/activations: {own}"
    return f"{text}; {own}" if own else text
