"""The activation functions, reduced to one falling curve each and known to any precision.

The tables hold the *tail* ``v(y) = sigma(-y)`` for ``y >= 0`` only. The rest follows exactly::

    sigma(-y) = v(y)      sigma(y) = 1 - v(y)      tanh(y/2) = 1 - 2 v(y)      tanh(-y/2) = -tanh(y/2)

so that in units of the last place (``2**-n`` for the sigmoid, ``2**-(n-1)`` for tanh) one rounded
tail serves both functions, and both come out correctly rounded.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np

_CONTEXT = Context(prec=50)


@dataclass(frozen=True)
class LogisticTail:
    """``v(y) = 1 / (1 + exp(y))``, for the true sigmoid and tanh."""

    def approximate(self, y_f: np.ndarray) -> np.ndarray:
        """float64 values, good to about 1e-15."""
        return 1.0 / (1.0 + np.exp(y_f))

    def accurate(self, y: Fraction) -> Fraction:
        """Value to 50 significant digits."""
        exponent = _CONTEXT.divide(Decimal(y.numerator), Decimal(y.denominator))
        return Fraction(_CONTEXT.divide(1, _CONTEXT.add(1, _CONTEXT.exp(exponent))))


@dataclass(frozen=True)
class HardTail:
    """``v(y) = max(0, 1/2 - slope * y)``, for the hard variants."""

    slope: Fraction

    def approximate(self, y_f: np.ndarray) -> np.ndarray:
        """float64 values."""
        return np.maximum(0.0, 0.5 - float(self.slope) * y_f)

    def accurate(self, y: Fraction) -> Fraction:
        """Exact value."""
        return max(Fraction(0), Fraction(1, 2) - self.slope * y)


@dataclass(frozen=True)
class ClippedTail:
    """Another tail whose argument is cut off: ``v(min(y, limit))``."""

    tail: LogisticTail | HardTail
    limit: Fraction

    def approximate(self, y_f: np.ndarray) -> np.ndarray:
        """float64 values."""
        return self.tail.approximate(np.minimum(y_f, float(self.limit)))

    def accurate(self, y: Fraction) -> Fraction:
        """Value as accurate as the other tail's."""
        return self.tail.accurate(y) if y < self.limit else self._end

    @cached_property
    def _end(self) -> Fraction:
        return self.tail.accurate(self.limit)


#: Curves of the sigmoid by name; the hard ones with the slope of PyTorch and Keras 3, and of Keras 2 and ONNX.
SIGMOIDS = {"logistic": LogisticTail(), "hard": HardTail(Fraction(1, 6)), "hard-0.2": HardTail(Fraction(1, 5))}
#: Curves of tanh by name; half its argument makes a quarter of ``clip(x, -1, 1)``.
TANHS = {"tanh": LogisticTail(), "hard": HardTail(Fraction(1, 4))}


def rounded_tail(curve, magnitudes: int, step: Fraction, bits: int) -> np.ndarray:
    """Correctly rounded ``v(m * step) * 2**bits`` for ``m`` in ``range(magnitudes)`` (halves upwards).

    float64 decides where it can; where its value is within 1e-6 of a half, the accurate value does,
    so that the same integers come out on every machine.
    """
    scaled = curve.approximate(np.arange(magnitudes) * float(step)) * 2.0**bits
    rounded = np.floor(scaled + 0.5).astype(np.int64)
    for m in np.flatnonzero(np.abs(scaled - np.floor(scaled) - 0.5) < 1e-6).tolist():
        rounded[m] = (curve.accurate(m * step) * 2**bits + Fraction(1, 2)).__floor__()
    return rounded
