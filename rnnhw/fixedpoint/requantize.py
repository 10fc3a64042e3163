"""From one fixed-point format to another: shift, round, then saturate or wrap."""

from enum import StrEnum

import numpy as np

from rnnhw.errors import RnnhwError

from .checks import integer
from .qformat import QFormat


class Rounding(StrEnum):
    """What becomes of the bits below the new least significant bit."""

    FLOOR = "floor"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


class Overflow(StrEnum):
    """What becomes of a value outside the new format."""

    SATURATE = "saturate"
    WRAP = "wrap"


def rounding_constant(shift: int, rounding: Rounding) -> int:
    """What is added before a right shift by `shift` bits so that plain flooring rounds.

    Half-even has a part that depends on the value; this is only its constant part, so it is an
    error to ask for it.
    """
    if rounding == Rounding.HALF_EVEN:
        raise RnnhwError("half_even has no rounding constant: it depends on the value")
    return 1 << (shift - 1) if rounding == Rounding.HALF_UP and shift > 0 else 0


def fold_rounding(shift: int, rounding: Rounding) -> tuple[int, Rounding]:
    """A rounding as a constant added beforehand and what is then left to do.

    Half-up becomes its constant and a floor; half-even has nothing that could be added beforehand.
    """
    rounding = Rounding(rounding)
    if rounding == Rounding.HALF_EVEN:
        return 0, rounding
    return rounding_constant(shift, rounding), Rounding.FLOOR


def _fits_int64(raw: np.ndarray, shift: int) -> bool:
    """Whether every intermediate of `shift_round` fits int64."""
    bits = max(int(raw.max(initial=0)).bit_length(), int(raw.min(initial=0)).bit_length())
    return bits - shift <= 62 if shift <= 0 else max(bits, shift) <= 61


def shift_round(raw, shift: int, rounding: Rounding = Rounding.HALF_UP):
    """``raw * 2**-shift`` as an integer, rounded; exact for ``shift <= 0``.

    Parameters
    ----------
    raw : int or ndarray
        Any integer type, or Python ints in an object array.
    shift : int
        Bits to the right; a negative shift goes to the left.
    rounding : Rounding or str

    Returns
    -------
    int or ndarray
        int64, or Python ints in an object array where int64 cannot hold an intermediate.

    Raises
    ------
    TypeError
        If `raw` is not made of integers.
    """
    rounding = Rounding(rounding)
    if not isinstance(raw, np.ndarray):
        raw = integer("raw", raw)
    elif raw.dtype != object:
        if raw.dtype.kind not in "iu":
            raise TypeError(f"raw must hold integers, not {raw.dtype}")
        raw = raw.astype(np.int64 if _fits_int64(raw, shift) else object, copy=False)
    if shift <= 0:
        return raw << -shift
    if rounding == Rounding.HALF_EVEN:
        quotient = raw >> shift
        rest = raw - (quotient << shift)
        half = 1 << (shift - 1)
        up = (rest > half) | ((rest == half) & ((quotient & 1) == 1))
        return quotient + (up.astype(raw.dtype) if isinstance(raw, np.ndarray) else int(up))
    return (raw + rounding_constant(shift, rounding)) >> shift


def requantize(raw, source: QFormat, target: QFormat, rounding=Rounding.HALF_UP, overflow=Overflow.SATURATE):
    """Bring raw integers from one format to another.

    Shift by ``source.frac - target.frac`` (left shifts are exact), round, then saturate or wrap.

    Parameters
    ----------
    raw : int or ndarray
        Raw integers in `source`.
    source, target : QFormat
    rounding : Rounding or str
        "floor", "half_up" (add half, floor) or "half_even".
    overflow : Overflow or str
        "saturate" or "wrap" (the low bits are kept).

    Returns
    -------
    int or ndarray
        Raw integers in `target`, int64 if an array.
    """
    shifted = shift_round(raw, source.frac - target.frac, rounding)
    if Overflow(overflow) == Overflow.SATURATE:
        if isinstance(shifted, np.ndarray):
            return np.clip(shifted, target.min_raw, target.max_raw).astype(np.int64)
        return min(max(shifted, target.min_raw), target.max_raw)
    if target.symmetric:
        raise RnnhwError("wrap has no meaning for a symmetric format")
    low = shifted & ((1 << target.width) - 1)
    if target.signed:
        sign = 1 << (target.width - 1)
        low = (low ^ sign) - sign
    return low.astype(np.int64) if isinstance(low, np.ndarray) else low
