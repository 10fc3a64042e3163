"""A number that was learned from measurements, with the band that the truth lies in nine times out of ten."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fitted:
    """A fitted figure.

    Parameters
    ----------
    value : float
    low, high : float
        The band: nine of ten measurements that the fit had not seen were within it.
    """

    value: float
    low: float
    high: float

    def __float__(self) -> float:
        return float(self.value)

    def __round__(self, digits: int | None = None):
        return round(self.value, digits)

    def __str__(self) -> str:
        digits = 1 if abs(self.value) < 1000 and self.value != round(self.value) else 0
        value, low, high = (f"{number:,.{digits}f}" for number in (self.value, self.low, self.high))
        return f"{value} ({low} .. {high})"
