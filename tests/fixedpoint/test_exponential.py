"""The softmax's tables and its steps: exp against mpmath, the division against Python's integers, the error's bound."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables

MP = mpmath.mp.clone()
MP.dps = 50
WIDTHS = range(4, 17)
SIZES = [1, 2, 3, 4, 5, 8, 9, 10, 63, 64, 65, 512, 513, 1000, 1023, 1024]


def tables_of(bits: int, size: int, frac: int | None = None):
    """Tables for elements of ``2 * bits``, by default with the finest distances."""
    return softmax_tables(size, QFormat(2 * bits, 2 * bits if frac is None else frac), bits)


def truth(tables, distance: np.ndarray) -> np.ndarray:
    """exp of negative distances in float64, in units of e's last place (good to 1e-6 of one)."""
    return np.exp(-np.ldexp(distance.astype(float), -tables.d_frac)) * 2.0**tables.e_frac


@pytest.mark.parametrize("size", [1, 10, 1024])
@pytest.mark.parametrize("bits", WIDTHS)
def test_every_table_entry_is_correctly_rounded(bits, size):
    tables = tables_of(bits, size)
    assert sum(width for _, width in tables.digits) == tables.d_bits
    assert tables.digits[-1][0] == 0
    for (low, width), table in zip(tables.digits, tables.tables, strict=True):
        assert len(table) == 1 << width <= 256
        for digit, entry in enumerate(table):
            exact = MP.exp(-MP.ldexp(MP.mpf(digit), low - tables.d_frac)) * 2**tables.e_frac
            assert abs(exact - entry) <= 0.5
    assert tables.tables[0][0] == 1 << tables.e_frac


@pytest.mark.parametrize("size", [2, 10, 1024])
@pytest.mark.parametrize("bits", WIDTHS)
def test_the_error_of_every_exponential(bits, size):
    """At most ``parts - 1/2`` of the last place; zero for distance 0. All distances up to 2**17, then a sample."""
    tables = tables_of(bits, size)
    count = 1 << tables.d_bits
    distance = np.arange(count)
    if tables.d_bits > 17:
        distance = np.unique(np.concatenate([distance[:5000], np.random.default_rng(bits).integers(0, count, 50_000)]))
    e = tables.exponential(distance)
    assert e[0] == 1 << tables.e_frac
    error = np.abs(e - truth(tables, distance)).max()
    assert error <= len(tables.tables) - 0.5 + 1e-5
    assert error > 0.4


def test_the_error_of_every_exponential_of_the_finest_softmax():
    tables = tables_of(16, 1024)
    assert tables.d_bits == 23
    for start in range(0, 1 << 23, 1 << 20):
        distance = np.arange(start, start + (1 << 20))
        assert np.abs(tables.exponential(distance) - truth(tables, distance)).max() <= 2.5 + 1e-5


def test_a_wrong_table_entry_is_seen():
    """The control: one entry that is two units off breaks the bound above."""
    tables = tables_of(8, 10)
    coarse = list(tables.tables[0])
    coarse[1] += 2
    wrong = type(tables)(**{**vars(tables), "tables": (tuple(coarse), tables.tables[1])})
    distance = np.arange(1 << tables.d_bits)
    assert np.abs(wrong.exponential(distance) - truth(wrong, distance)).max() > 1.6


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("frac", [-40, -3, 0, 1, 5, 12, 18, 40])
def test_distances(bits, frac):
    """Rounded halves upwards, and the largest one for all beyond it, which is no larger error than others."""
    tables = softmax_tables(10, QFormat(2 * bits, frac), bits)
    rng = np.random.default_rng([bits, frac + 100])
    differences = [0, 1, 2, 3, (1 << 2 * bits) - 1, (1 << 2 * bits) - 2, *rng.integers(0, 1 << 2 * bits, 200).tolist()]
    differences += [1 << k for k in range(2 * bits)]
    largest = (1 << tables.d_bits) - 1
    expected = []
    for difference in differences:
        exact = Fraction(difference) * Fraction(2) ** (tables.d_frac - frac)
        expected.append(min((exact + Fraction(1, 2)).__floor__(), largest))
        if frac <= bits + 2 and expected[-1] < largest:
            assert exact == expected[-1]  # nothing is lost up to there
    assert tables.distance(np.array(differences)).tolist() == expected
    assert truth(tables, np.array([largest]))[0] < 0.5
    assert tables.exponential(np.array([largest]))[0] <= 1


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_reciprocals(bits, size):
    tables = tables_of(bits, size)
    one, top = 1 << tables.e_frac, size << tables.e_frac
    totals = {one, top} | {t for k in range(11) for t in ((one << k) - 1, one << k, (one << k) + 1) if one <= t <= top}
    totals |= set(np.random.default_rng(size).integers(one, top + 1, 100).tolist())
    totals = sorted(totals)
    r, k = tables.reciprocal(np.array(totals))
    for total, quotient, shift in zip(totals, r.tolist(), k.tolist(), strict=True):
        assert one << shift <= total < one << (shift + 1)
        assert quotient == (1 << (2 * tables.e_frac + shift)) // total
        assert one // 2 <= quotient <= one
    assert int(k.max()) == tables.max_shift
    assert top.bit_length() == tables.sum_bits  # the largest sum fits, and no bit is to spare


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_the_bound_of_the_error_is_below_one_ulp(bits, size):
    for frac in (0, bits, 2 * bits):
        bound = tables_of(bits, size, frac).error_bound_ulp
        assert Fraction(1, 2) < bound < Fraction(15, 16)
    assert 2 * tables_of(bits, size).e_frac + 2 <= 60  # int64 holds every product


@pytest.mark.parametrize("bits", WIDTHS)
def test_the_bound_of_every_small_size(bits):
    for size in range(1, 40):
        assert tables_of(bits, size).error_bound_ulp < Fraction(15, 16)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((0, QFormat(8, 4), 8), RnnhwError, "size must be in 1..1024, not 0"),
        ((1025, QFormat(8, 4), 8), RnnhwError, "size must be in 1..1024, not 1025"),
        ((3, QFormat(8, 4), 3), RnnhwError, "activation_bits must be in 4..16, not 3"),
        ((3, QFormat(8, 4), 17), RnnhwError, "activation_bits must be in 4..16, not 17"),
        ((3, QFormat(8, 4, signed=False), 8), RnnhwError, "y_format must be signed, not u8.4"),
        ((3.0, QFormat(8, 4), 8), TypeError, "size must be an integer, not 3.0"),
        ((3, "s8.4", 8), TypeError, "y_format must be a QFormat, not str"),
    ],
)
def test_wrong_parameters(arguments, error, text):
    with pytest.raises(error) as caught:
        softmax_tables(*arguments)
    assert str(caught.value) == text
