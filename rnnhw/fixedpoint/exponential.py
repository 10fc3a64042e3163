"""Softmax in integers: what its tables hold, and every step of its arithmetic.

For the outputs ``y`` of a layer, with ``m`` the largest of them::

    d = min(R(m - y), largest)                distance, `d_bits` bits, `d_frac` of them fraction
    e = table_0[digit_0] * table_1[digit_1] ...       exp(-d), `e_frac` fraction bits, rounded after each product
    s = sum of all e                          exact; 1 <= s <= size, since the largest has d = 0 and e = 1
    k = floor(log2(s)),  r = floor(2**k / s)  `e_frac` fraction bits, 1/2 <= r <= 1
    p = min(R(e * r * 2**-k), 1 - 2**-n)

R rounds halves upwards. The digits of d are its bits in groups of at most eight, the highest first.

Error. Each e is at most ``parts - 1/2`` of its last place away from exp(-d), where `parts` is the number of digits (a
half for each table and each product), also where d is limited; d = 0 is exact. p is moved by the other elements'
errors, at most ``(size - 1) * (parts - 1/2)`` of e's last place, by the reciprocal, at most 1 of it, by the rounding of
d, at most ``2**-d_frac / 4``, and by its own rounding, half of its last place. `e_frac` is as large as it takes for the
sum of these to be less than one unit of p's last place (`error_bound_ulp`), whatever the size.
"""

from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from rnnhw.errors import RnnhwError

from .checks import integer
from .qformat import QFormat
from .requantize import shift_round
from .words import varying_columns

MAX_SIZE = 1024
DIGIT_BITS = 8  # at most: a table has no more than 256 words
DISTANCE_GUARD = 2  # fraction bits of a distance beyond those of the result
TWO_DIGITS_UP_TO = 10  # bits of the result for which two digits are always enough
_DIVISION_BITS = 15  # quotient bits that int64 division gives at once
_CONTEXT = Context(prec=50)


@dataclass(frozen=True)
class SoftmaxTables:
    """Formats and tables of one softmax.

    Parameters
    ----------
    size : int
        Elements of an answer.
    y_format : QFormat
        Of the elements.
    activation_bits : int
        ``n``: fraction bits of the result.
    e_frac : int
        Fraction bits of the exponentials and of the reciprocal, neither of which is larger than 1.
    d_frac, d_bits : int
        Fraction bits and all bits of a distance (unsigned); the largest distance stands for all beyond it.
    tables : tuple of tuple of int
        One a digit of the distance, the highest digit first.
    """

    size: int
    y_format: QFormat
    activation_bits: int
    e_frac: int
    d_frac: int
    d_bits: int
    tables: tuple[tuple[int, ...], ...]

    @property
    def output(self) -> QFormat:
        """Format of the result: 0 .. ``1 - 2**-n``."""
        return QFormat(self.activation_bits + 1, self.activation_bits)

    @property
    def digits(self) -> tuple[tuple[int, int], ...]:
        """For each table: the lowest bit of its digit in the distance, and the digit's bits."""
        return _digits(self.d_bits)

    @property
    def digit_bits(self) -> int:
        """Bits of the widest digit."""
        return max(bits for _, bits in self.digits)

    @cached_property
    def words(self) -> tuple[int, ...]:
        """All tables one after the other, each filled up with zeros to that of the widest digit."""
        filled = (table + (0,) * ((1 << self.digit_bits) - len(table)) for table in self.tables)
        return tuple(value for table in filled for value in table)

    @cached_property
    def varying_columns(self) -> int:
        """Bits of a word that are not the same in all words."""
        return varying_columns(self.words)

    @property
    def distance_shift(self) -> int:
        """Bits by which ``m - y`` is shifted to the right (negative: to the left)."""
        return self.y_format.frac - self.d_frac

    @property
    def max_shift(self) -> int:
        """Largest k."""
        return self.size.bit_length() - 1

    @property
    def sum_bits(self) -> int:
        """Bits of a sum, which never overflows."""
        return (self.size << self.e_frac).bit_length()

    @property
    def share_shift(self) -> int:
        """Bits that ``e * r`` has beyond the result's, for k = 0."""
        return 2 * self.e_frac - self.activation_bits

    @property
    def error_bound_ulp(self) -> Fraction:
        """Bound of the error of a result, in units of ``2**-n``, against softmax clipped to ``1 - 2**-n``."""
        of_e = (self.size - 1) * Fraction(2 * len(self.tables) - 1, 2)
        of_d = Fraction(1, 4 << self.d_frac) if self.distance_shift > 0 else Fraction(0)
        ulp = Fraction(1, 1 << self.activation_bits)
        return ((of_e + 1) / (1 << self.e_frac) + of_d) / ulp + Fraction(1, 2)

    def distance(self, difference: np.ndarray) -> np.ndarray:
        """Distances of ``m - y`` (not negative)."""
        rounded = shift_round(difference, self.distance_shift)
        return np.minimum(rounded, (1 << self.d_bits) - 1).astype(np.int64)

    def exponential(self, distance: np.ndarray) -> np.ndarray:
        """exp of negative distances."""
        value = None
        for table, (low, bits) in zip(self.tables, self.digits, strict=True):
            factor = np.array(table)[(distance >> low) & ((1 << bits) - 1)]
            value = factor if value is None else shift_round(value * factor, self.e_frac)
        return value

    def reciprocal(self, total: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(r, k) of sums."""
        k = np.zeros_like(total)
        for power in range(1, self.max_shift + 1):
            k += total >= 1 << (self.e_frac + power)
        quotient, rest = np.divmod(np.int64(1) << (k + self.e_frac), total)
        for done in range(0, self.e_frac, _DIVISION_BITS):  # long division: the whole dividend is beyond int64
            bits = min(_DIVISION_BITS, self.e_frac - done)
            digit, rest = np.divmod(rest << bits, total)
            quotient = (quotient << bits) + digit
        return quotient, k

    def share(self, e: np.ndarray, r: np.ndarray, k: np.ndarray) -> np.ndarray:
        """Results of exponentials and the reciprocal of their sum."""
        shift = k + self.share_shift
        return np.minimum((e * r + (np.int64(1) << (shift - 1))) >> shift, self.output.max_raw)


def _digits(bits: int) -> tuple[tuple[int, int], ...]:
    """(lowest bit, bits) of each digit of a number of so many bits: at least two digits, as even as can be."""
    count = max(2, -(-bits // DIGIT_BITS))
    borders = [bits - number * bits // count for number in range(count + 1)]
    return tuple((low, high - low) for high, low in pairwise(borders))


def softmax_tables(size: int, y_format: QFormat, activation_bits: int) -> SoftmaxTables:
    """The softmax of answers of `size` elements, with results of `activation_bits` fraction bits.

    Parameters
    ----------
    size : int
        1..1024.
    y_format : QFormat
        Of the elements, signed.
    activation_bits : int
        4..16.

    Raises
    ------
    RnnhwError, TypeError
        If a parameter is out of range or of the wrong kind.
    """
    size = integer("size", size, 1, MAX_SIZE)
    activation_bits = integer("activation_bits", activation_bits, 4, 16)
    if not isinstance(y_format, QFormat):
        raise TypeError(f"y_format must be a QFormat, not {type(y_format).__name__}")
    if not y_format.signed:
        raise RnnhwError(f"y_format must be signed, not {y_format}")
    return _tables(size, y_format, activation_bits)


@lru_cache(maxsize=64)
def _tables(size: int, y_format: QFormat, bits: int) -> SoftmaxTables:
    guard = 2 if bits <= TWO_DIGITS_UP_TO else 3  # a third digit has its errors too
    e_frac = bits + (size - 1).bit_length() + guard
    d_frac = max(0, min(bits + DISTANCE_GUARD, y_format.frac))
    return SoftmaxTables(size, y_format, bits, e_frac, d_frac, *_exponentials(e_frac, d_frac))


@lru_cache(maxsize=64)
def _exponentials(e_frac: int, d_frac: int) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """Bits of a distance, and the tables."""
    whole = 1
    while _exponential(Fraction((1 << (whole + d_frac)) - 1, 1 << d_frac), e_frac):
        whole += 1  # until the largest distance's exponential rounds to zero
    d_bits = whole + d_frac
    tables = tuple(
        tuple(_exponential(Fraction(digit << low, 1 << d_frac), e_frac) for digit in range(1 << width))
        for low, width in _digits(d_bits)
    )
    return d_bits, tables


def _exponential(distance: Fraction, frac: int) -> int:
    """``exp(-distance)`` with so many fraction bits, rounded; 50 digits leave no doubt, as it is irrational."""
    exponent = _CONTEXT.divide(Decimal(-distance.numerator), Decimal(distance.denominator))
    return (Fraction(_CONTEXT.exp(exponent)) * 2**frac + Fraction(1, 2)).__floor__()
