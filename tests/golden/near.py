"""Values with a bound on the error that fixed-point formats imply, for holding golden against float.

The bound is the worst case, not an estimate: every rounding adds its half step, and every operation carries
what came in.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Near:
    """An exact array and how far golden may be from it, element by element."""

    value: np.ndarray
    error: np.ndarray

    def __add__(self, other: "Near") -> "Near":
        return Near(self.value + other.value, self.error + other.error)

    def __mul__(self, other: "Near") -> "Near":
        error = np.abs(self.value) * other.error + np.abs(other.value) * self.error + self.error * other.error
        return Near(self.value * other.value, error)

    def blend(self, other: "Near", share: "Near") -> "Near":
        """``self + share * (other - self)`` for a share of 0..1, whose rest takes of this one's error."""
        rest = (1 - share.value) * self.error + share.value * other.error
        apart = np.abs(other.value - self.value) + self.error + other.error
        return Near(self.value + share.value * (other.value - self.value), rest + share.error * apart)

    def times(self, weights: np.ndarray, step: float) -> "Near":
        """A matrix product with weights that are off by half a `step` each."""
        size = np.abs(weights.T)
        error = self.error @ (size + step / 2) + (np.abs(self.value) * step / 2).sum(axis=-1, keepdims=True)
        return Near(self.value @ weights.T, error)

    def plus(self, bias: np.ndarray, step: float) -> "Near":
        """A bias that is off by half a step."""
        return Near(self.value + bias, self.error + step / 2)

    def rounded(self, form, clips: bool = False) -> "Near":
        """Brought to a format; one more step where the end of the range may be clipped."""
        return Near(self.value, self.error + form.ulp * (1.5 if clips else 0.5))

    def curve(self, function, slope: float, step: float) -> "Near":
        """An activation of at most that slope; the table is off by a step, and 1 is one more away."""
        return Near(function(self.value), self.error * slope + 2 * step)

    def relu(self) -> "Near":
        return Near(np.maximum(self.value, 0), self.error)

    @staticmethod
    def joined(parts: list["Near"], axis: int) -> "Near":
        values, errors = zip(*((part.value, part.error) for part in parts), strict=True)
        return Near(np.concatenate(values, axis), np.concatenate(errors, axis))
