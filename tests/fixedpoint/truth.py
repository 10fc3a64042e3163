"""Slow and independent: what rounding and overflow mean, in fractions."""

from fractions import Fraction
from math import floor

TIE = Fraction(1, 2)


def rounded(value: Fraction, rounding: str) -> int:
    """`value` as an integer."""
    below = floor(value)
    rest = value - below
    if rounding == "floor":
        return below
    if rounding == "half_up":
        return below + (rest >= TIE)
    assert rounding == "half_even"
    return below + (rest > TIE or (rest == TIE and below % 2 == 1))


def bounded(number: int, low: int, high: int, overflow: str) -> int:
    """`number` brought into ``low..high``."""
    if overflow == "saturate":
        return low if number < low else high if number > high else number
    assert overflow == "wrap"
    return (number - low) % (high - low + 1) + low


def limits(width: int, signed: bool, symmetric: bool = False) -> tuple[int, int]:
    """Smallest and largest raw integer of a format."""
    if not signed:
        return 0, 2**width - 1
    return -(2 ** (width - 1)) + symmetric, 2 ** (width - 1) - 1


def requantized(raw: int, source, target, rounding: str, overflow: str) -> int:
    """What `requantize` has to give."""
    value = Fraction(raw) / Fraction(2) ** source.frac
    number = rounded(value * Fraction(2) ** target.frac, rounding)
    return bounded(number, *limits(target.width, target.signed, target.symmetric), overflow)
