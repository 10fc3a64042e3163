"""Rounding of table entries where float64 cannot decide."""

from fractions import Fraction

import numpy as np
import pytest

from rnnhw.fixedpoint.curves import HardTail, LogisticTail, rounded_tail

from .activation_truth import MP


class Sloppy:
    """A curve just below or just above halves, which its float64 values get wrong."""

    def __init__(self, off: Fraction):
        self.off = off

    def accurate(self, y: Fraction) -> Fraction:
        return y + self.off

    def approximate(self, y_f: np.ndarray) -> np.ndarray:
        return y_f - float(self.off) * 1000


@pytest.mark.parametrize(("off", "up"), [(Fraction(1, 10**12), 1), (Fraction(-1, 10**12), 0), (Fraction(0), 1)])
def test_halves_are_decided_by_the_accurate_value(off, up):
    rounded = rounded_tail(Sloppy(off), 9, Fraction(1, 2), 0)
    assert rounded.tolist() == [0, 0 + up, 1, 1 + up, 2, 2 + up, 3, 3 + up, 4]


def test_both_values_of_each_curve_agree_with_mpmath():
    for m in [*range(40), 1000, 2047]:
        y = Fraction(m, 128)
        truth = 1 / (1 + MP.exp(MP.mpf(m) / 128))
        assert (
            abs(MP.mpf(LogisticTail().accurate(y).numerator) / LogisticTail().accurate(y).denominator - truth) < 1e-45
        )
        assert LogisticTail().approximate(np.array([float(y)])).item() == pytest.approx(float(truth), rel=1e-14)
    hard = HardTail(Fraction(1, 6))
    assert [hard.accurate(Fraction(y)) for y in (0, 1, 3, 4)] == [Fraction(1, 2), Fraction(1, 3), 0, 0]
    assert hard.approximate(np.array([0.0, 1.0, 4.0])) == pytest.approx([0.5, 1 / 3, 0.0])
