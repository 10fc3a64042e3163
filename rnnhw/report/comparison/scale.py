"""Axes: linear, logarithmic, or logarithmic in what is missing to 100 %."""

import math
from dataclasses import dataclass

SPAN = 8  # of values that are so many times as large as others only the logarithm shows both
STEPS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))  # of a decade, most first


@dataclass(frozen=True)
class Scale:
    """Places of values along an axis.

    Parameters
    ----------
    kind : str
        "linear", "log", or "errors": the logarithm of what is missing to 100.
    floor : float
        The smallest value (errors: the smallest error) that is told from zero.
    """

    kind: str
    floor: float = 0.0

    def at(self, value: float) -> float:
        """The place of a value."""
        if self.kind == "linear":
            return value
        missing = value if self.kind == "log" else 100 - value
        place = math.log10(max(missing, self.floor))
        return place if self.kind == "log" else -place

    def ticks(self, low: float, high: float, most: int) -> list[tuple[float, str]]:
        """Places and texts of at most so many round values between two places."""
        if self.kind == "linear":
            return [(value, _text(value)) for value in _round_values(low, high, most)]
        sign = 1 if self.kind == "log" else -1
        values = _round_logs(*sorted((sign * low, sign * high)), most)
        if self.kind == "log":
            return [(math.log10(value), _text(value)) for value in values]
        ticks = [(-math.log10(value), _text(round(100 - value, 9))) for value in values[::-1] if value > self.floor]
        return [*ticks, (self.at(100), "100")] if low <= self.at(100) <= high else ticks


def cost_scale(values: list[float]) -> Scale:
    """Logarithmic where values differ much."""
    if min(values) > 0 and max(values) > SPAN * min(values):
        return Scale("log", min(values))
    return Scale("linear")


def metric_scale(values: list[float], unit: str, better: str) -> Scale:
    """Logarithmic (for percentages of right answers in the errors) where values differ much."""
    if better == "higher" and unit == "%" and max(values) <= 100:
        errors = [100 - value for value in values if value < 100]
        if errors and max(errors) > SPAN * min(errors):
            return Scale("errors", min(errors) / 2)
    return cost_scale([value for value in values if value != 0] or values) if better == "lower" else Scale("linear")


def _text(value: float) -> str:
    return f"{value:,.10g}".replace("-", "\u2212")


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Multiples of a round step."""
    span = high - low
    power = math.floor(math.log10(span / most))
    step = next(
        factor * 10**exponent
        for exponent in range(power, power + 3)
        for factor in (1, 2, 5)
        if span / (factor * 10**exponent) <= most
    )
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [float(f"{number * step:.10g}") for number in numbers]


def _round_logs(low: float, high: float, most: int) -> list[float]:
    """Round values between two powers of ten, as many as there may be."""
    found: list[float] = []
    decades = range(math.floor(low), math.floor(high) + 1)
    for steps in STEPS:
        values = [float(f"{step}e{decade}") for decade in decades for step in steps]
        found = [value for value in values if low <= math.log10(value) <= high]
        if len(found) <= most:
            break
    found = found[:: math.ceil(len(found) / most) or 1]
    return found if len(found) > 1 else _round_values(10**low, 10**high, most)
