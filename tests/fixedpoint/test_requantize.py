"""requantize against fractions: exhaustively up to 16 bits, at the corners of int64 and at random beyond."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import Overflow, QFormat, Rounding, requantize, rounding_constant, shift_round

from .truth import bounded, limits, requantized, rounded

ROUNDINGS = ("floor", "half_up", "half_even")
SHIFTS = (-47, -3, -1, 0, 1, 2, 7, 15, 16, 17, 61, 62, 70)
TARGETS = (
    QFormat(16, 0),
    QFormat(8, 0),
    QFormat(5, 0, signed=False),
    QFormat(10, 0, symmetric=True),
    QFormat(1, 0),
    QFormat(62, 0),
)


def moved(target: QFormat, frac: int) -> QFormat:
    """The same format with other fraction bits."""
    return QFormat(target.width, frac, target.signed, target.symmetric)


def test_the_modes_are_those_tested():
    assert [mode.value for mode in Rounding] == list(ROUNDINGS)
    assert [mode.value for mode in Overflow] == ["saturate", "wrap"]


@pytest.mark.parametrize("shift", SHIFTS)
def test_all_raw_integers_of_16_bits(shift):
    source, compared = QFormat(16, shift), 0
    raw = np.arange(source.min_raw, source.max_raw + 1)
    values = [Fraction(n) / Fraction(2) ** shift for n in raw.tolist()]
    for rounding in ROUNDINGS:
        expected = [rounded(value, rounding) for value in values]
        assert shift_round(raw, shift, rounding).tolist() == expected
        for target, overflow in product(TARGETS, ("saturate", "wrap")):
            if overflow == "wrap" and target.symmetric:
                continue
            low, high = limits(target.width, target.signed, target.symmetric)
            result = requantize(raw, source, target, rounding, overflow)
            assert result.dtype == np.int64
            assert result.tolist() == [bounded(number, low, high, overflow) for number in expected]
            compared += result.size
    assert compared == 3 * 11 * 2**16


@pytest.mark.parametrize("signed", [True, False])
def test_all_formats_of_few_bits(signed):
    for width, shift in product(range(1, 7), range(-4, 9)):
        source = QFormat(width, 2, signed=signed)
        raw = np.arange(source.min_raw, source.max_raw + 1)
        assert raw.size == 2**width
        for bits, rounding, overflow in product(range(1, 6), ROUNDINGS, ("saturate", "wrap")):
            for target in (QFormat(bits, 2 - shift), QFormat(bits, 2 - shift, signed=False)):
                expected = [requantized(n, source, target, rounding, overflow) for n in raw.tolist()]
                assert requantize(raw, source, target, rounding, overflow).tolist() == expected


def corner_values() -> list[int]:
    """Integers about every power of two up to the limits of 62 bits, and of int64."""
    about = {sign * 2**k + d for k in range(62) for d in (-1, 0, 1) for sign in (-1, 1)}
    thirds = {sign * (2**k // 3) for k in range(50, 63) for sign in (-1, 1)}
    return sorted(about | thirds | {2**62, -(2**62), 2**63 - 1, -(2**63)})


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("shift", [-62, -30, -2, -1, 0, 1, 2, 3, 31, 59, 60, 61, 62, 63, 64, 65, 100])
def test_corners_of_int64(shift, rounding):
    numbers = corner_values()
    exact = [rounded(Fraction(n) / Fraction(2) ** shift, rounding) for n in numbers]
    assert shift_round(np.array(numbers), shift, rounding).tolist() == exact
    assert shift_round(np.array(numbers, dtype=object), shift, rounding).tolist() == exact
    assert [shift_round(n, shift, rounding) for n in numbers] == exact
    assert [shift_round(np.array([n]), shift, rounding).item() for n in numbers] == exact  # a choice of type each
    for target in (
        QFormat(62, -shift),
        QFormat(33, -shift, signed=False),
        QFormat(24, -shift, symmetric=True),
    ):
        low, high = limits(target.width, target.signed, target.symmetric)
        for overflow in ("saturate", "wrap"):
            if overflow == "wrap" and target.symmetric:
                continue
            expected = [bounded(n, low, high, overflow) for n in exact]
            result = requantize(np.array(numbers), QFormat(62, 0), target, rounding, overflow)
            assert (result.dtype, result.tolist()) == (np.int64, expected)
            assert [requantize(n, QFormat(62, 0), target, rounding, overflow) for n in numbers] == expected


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    raw=st.lists(st.integers(-(2**90), 2**90), min_size=1, max_size=5),
    shift=st.integers(-20, 95),
    width=st.integers(1, 62),
    rounding=st.sampled_from(ROUNDINGS),
    overflow=st.sampled_from(["saturate", "wrap"]),
    signed=st.booleans(),
)
def test_integers_beyond_int64(raw, shift, width, rounding, overflow, signed):
    source, target = QFormat(62, shift), QFormat(width, 0, signed=signed)
    expected = [requantized(n, source, target, rounding, overflow) for n in raw]
    result = requantize(np.array(raw, dtype=object), source, target, rounding, overflow)
    assert (result.dtype, result.tolist()) == (np.int64, expected)
    single = requantize(raw[0], source, target, rounding, overflow)
    assert (type(single), single) == (int, expected[0])


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("floor", [-3, -2, -2, -2, -1, -1, 0, 0, 1, 1, 1, 2]),
        ("half_up", [-2, -2, -2, -1, -1, 0, 0, 1, 1, 1, 2, 2]),
        ("half_even", [-2, -2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2]),
    ],
)
def test_ties_on_both_sides_of_zero(rounding, expected):
    raw = np.array([-10, -8, -7, -5, -4, -2, 0, 2, 4, 5, 6, 8])  # quarters: -2.5, -2, -1.75, -1.25, -1, -0.5 ...
    assert requantize(raw, QFormat(8, 2), QFormat(8, 0), rounding).tolist() == expected
    assert [requantize(n, QFormat(8, 2), QFormat(8, 0), Rounding(rounding)) for n in raw.tolist()] == expected


def test_symmetric_formats_leave_the_lowest_out():
    target = QFormat(4, 0, symmetric=True)
    expected = [-7, -7, -7, *range(-7, 8), 7, 7, 7]
    assert requantize(np.arange(-10, 11), QFormat(8, 0), target).tolist() == expected
    assert requantize(-8, QFormat(8, 0), target) == -7


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "uint8", "uint32", "uint64"])
def test_narrow_integer_types_do_not_overflow(dtype):
    raw = np.array([np.iinfo(dtype).min, 1, 100, np.iinfo(dtype).max], dtype=dtype)
    for shift in (-40, -7, 0, 1, 9):
        expected = [rounded(Fraction(n) / Fraction(2) ** shift, "half_up") for n in raw.tolist()]
        assert shift_round(raw, shift).tolist() == expected


def test_arrays_keep_their_shape_and_are_not_altered():
    raw = np.arange(-12, 12).reshape(2, 3, 4)
    before = raw.copy()
    assert requantize(raw, QFormat(8, 1), QFormat(3, 0)).shape == (2, 3, 4)
    assert requantize(raw, QFormat(8, 0), QFormat(8, 0)).tolist() == raw.tolist()
    assert (raw == before).all()
    empty = requantize(np.zeros((0, 3), np.int64), QFormat(8, 1), QFormat(3, 0))
    assert (empty.shape, empty.dtype) == ((0, 3), np.int64)


def test_rounding_constant_makes_flooring_round():
    raw = np.arange(-300, 300)
    for shift in range(10):
        constant = rounding_constant(shift, Rounding.HALF_UP)
        assert shift_round(raw + constant, shift, "floor").tolist() == shift_round(raw, shift, "half_up").tolist()
        assert rounding_constant(shift, Rounding.FLOOR) == 0
    assert [rounding_constant(shift, Rounding.HALF_UP) for shift in (-3, 0, 1, 2, 70)] == [0, 0, 1, 2, 2**69]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: rounding_constant(3, Rounding.HALF_EVEN),
            RnnhwError,
            "half_even has no rounding constant: it depends on the value",
        ),
        (
            lambda: requantize(1, QFormat(8, 0), QFormat(8, 0, symmetric=True), overflow="wrap"),
            RnnhwError,
            "wrap has no meaning for a symmetric format",
        ),
        (lambda: shift_round(1.0, 1), TypeError, "raw must be an integer, not 1.0"),
        (lambda: shift_round(True, 1), TypeError, "raw must be an integer, not True"),
        (lambda: shift_round(np.array([1.5]), 0), TypeError, "raw must hold integers, not float64"),
        (lambda: shift_round(1, 1, "up"), ValueError, "'up' is not a valid Rounding"),
        (
            lambda: requantize(1, QFormat(8, 0), QFormat(8, 0), overflow="clip"),
            ValueError,
            "'clip' is not a valid Overflow",
        ),
    ],
)
def test_refusals(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message
