"""Fixed-point formats: a raw integer and the power of two that it counts."""

from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError

from .checks import integer

MAX_WIDTH = 62  # so that int64 holds every raw integer and its negative


@dataclass(frozen=True)
class QFormat:
    """A fixed-point format: ``value = raw * 2**-frac``.

    Parameters
    ----------
    width : int
        Bits of the raw integer, 1..62 (two's complement if signed).
    frac : int
        Fraction bits; may be negative or larger than `width`.
    signed : bool
    symmetric : bool
        Leave out the most negative raw integer of a signed format, so that negation is exact.

    Raises
    ------
    RnnhwError, TypeError
        If a parameter is out of range or of the wrong kind.
    """

    width: int
    frac: int
    signed: bool = True
    symmetric: bool = False

    def __post_init__(self):
        object.__setattr__(self, "width", integer("width", self.width, 1, MAX_WIDTH))
        object.__setattr__(self, "frac", integer("frac", self.frac))
        if self.symmetric and (not self.signed or self.width < 2):
            raise RnnhwError("symmetric needs a signed format of at least 2 bits")

    @property
    def min_raw(self) -> int:
        """Smallest raw integer."""
        if not self.signed:
            return 0
        return -(1 << (self.width - 1)) + (1 if self.symmetric else 0)

    @property
    def max_raw(self) -> int:
        """Largest raw integer."""
        return (1 << (self.width - (1 if self.signed else 0))) - 1

    @property
    def ulp(self) -> float:
        """Value of the least significant bit."""
        return 2.0**-self.frac

    def from_float(self, values_f: np.ndarray) -> np.ndarray:
        """Raw integers (int64) nearest to `values_f`, halves upwards, saturated.

        Raises
        ------
        RnnhwError
            If a value is NaN or infinite.
        """
        values_f = np.asarray(values_f, dtype=np.float64)
        if not np.isfinite(values_f).all():
            raise RnnhwError("values must be finite, there is a NaN or an infinity among them")
        clipped = np.clip(_nearest(values_f, self.frac), -(2.0**62), 2.0**62).astype(np.int64)
        return np.clip(clipped, self.min_raw, self.max_raw)

    def to_float(self, raw: np.ndarray) -> np.ndarray:
        """Values (float64) of raw integers."""
        return np.ldexp(np.asarray(raw).astype(np.float64), -self.frac)

    def __str__(self) -> str:
        kind = "s" if self.signed else "u"
        return f"{kind}{self.width}.{self.frac}"


def _nearest(values_f, frac: int):
    """``values_f * 2**frac`` to the nearest whole number (float64), halves upwards; infinite past float64."""
    with np.errstate(over="ignore", invalid="ignore"):  # infinities are for the caller to clip
        scaled = np.ldexp(values_f, frac)
        floor = np.floor(scaled)
        return floor + (scaled - floor >= 0.5)  # not floor(x + 0.5), whose sum can itself round


def largest_fraction(width: int, low: float, high: float, *, symmetric: bool = False) -> int:
    """Largest `frac` for which a signed format of `width` bits holds ``low..high`` without clipping.

    The bounds are taken after rounding to nearest. A range of nothing but zero gets ``width - 1``.

    Raises
    ------
    RnnhwError
        If the bounds are not finite or a needed fraction is beyond any sensible scale.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RnnhwError(f"a range must be finite, not {low}..{high}")
    low, high = min(low, 0.0), max(high, 0.0)
    magnitude = max(-low, high)
    if magnitude < 2.0**-200:
        return width - 1
    if magnitude > 2.0**200:
        raise RnnhwError(f"a range must be within 2**200, not {low}..{high}")
    frac = width - int(np.floor(np.log2(magnitude))) + 2
    while True:
        form = QFormat(width, frac, symmetric=symmetric)
        if int(_nearest(high, frac)) <= form.max_raw and int(_nearest(low, frac)) >= form.min_raw:
            return frac
        frac -= 1
