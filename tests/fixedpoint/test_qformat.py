"""QFormat and largest_fraction against fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction

from .truth import bounded, limits, rounded

FORMATS = (
    QFormat(8, 5),
    QFormat(1, 0),
    QFormat(12, -3),
    QFormat(4, 9, signed=False),
    QFormat(16, 15, symmetric=True),
    QFormat(62, 0),
    QFormat(62, 0, signed=False),
    QFormat(53, 52),
)


def nearest(value: float, form: QFormat) -> int:
    """What `from_float` has to give for one value."""
    number = rounded(Fraction(value) * Fraction(2) ** form.frac, "half_up")
    return bounded(number, *limits(form.width, form.signed, form.symmetric), "saturate")


def awkward_values() -> list[float]:
    """Halves and their neighbours, where adding a half in floating point goes wrong, and extremes."""
    halves = [n + 0.5 for n in (-5, -2, -1, 0, 1, 2, 6, 126, 127, 2**30, 2**51 - 1)]
    near = [np.nextafter(h, side) for h in halves for side in (-np.inf, np.inf)]
    large = [2.0**k + d for k in (52, 53, 60, 61, 62, 63, 200, 1023) for d in (-1.0, 0.0, 1.0)]
    tiny = [5e-324, 1e-300, 2.0**-60]
    positive = [0.0, 0.49999999999999994, *halves, *near, *large, *tiny]
    return sorted({float(v) for v in positive} | {-float(v) for v in positive})


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_from_float_rounds_like_fractions(form):
    unscaled = awkward_values()
    with np.errstate(over="ignore"):
        scaled = np.ldexp(unscaled, -form.frac)
    values = [*unscaled, *scaled[np.isfinite(scaled)].tolist(), float(form.max_raw), float(form.min_raw)]
    result = form.from_float(values)
    assert result.dtype == np.int64
    assert result.tolist() == [nearest(v, form) for v in values]


def test_a_sum_that_would_round_is_not_taken():
    assert 0.49999999999999994 + 0.5 == 1.0  # the trap
    values = [0.49999999999999994, 0.5, -0.5, -0.5000000000000001]
    assert QFormat(8, 0).from_float(values).tolist() == [0, 1, 0, -1]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    width=st.integers(1, 62),
    frac=st.integers(-40, 80),
    signed=st.booleans(),
)
def test_from_float_at_random(value, width, frac, signed):
    form = QFormat(width, frac, signed=signed)
    assert form.from_float(value).item() == nearest(value, form)


def test_large_values_saturate_without_a_warning():
    assert QFormat(8, 100).from_float([1e300, -1e300, 1e-40]).tolist() == [127, -128, 0]
    assert QFormat(8, -100).from_float([1e300, 5e-324]).tolist() == [127, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(RnnhwError) as caught:
        QFormat(8, 0).from_float([0.0, bad])
    assert str(caught.value) == "values must be finite, there is a NaN or an infinity among them"


@pytest.mark.parametrize("form", [f for f in FORMATS if f.width <= 16], ids=str)
def test_all_raw_integers_survive_the_way_to_float_and_back(form):
    raw = np.arange(form.min_raw, form.max_raw + 1)
    assert raw.size == 2**form.width - form.symmetric
    values = form.to_float(raw)
    assert values.dtype == np.float64
    assert [Fraction(v) for v in values.tolist()] == [Fraction(n) / Fraction(2) ** form.frac for n in raw.tolist()]
    assert (form.from_float(values) == raw).all()


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_limits_and_ulp(form):
    assert (form.min_raw, form.max_raw) == limits(form.width, form.signed, form.symmetric)
    assert Fraction(form.ulp) == Fraction(2) ** -form.frac


def test_text_and_equality():
    assert [str(f) for f in FORMATS[:4]] == ["s8.5", "s1.0", "s12.-3", "u4.9"]
    assert QFormat(np.int64(8), np.int32(5)) == QFormat(8, 5)
    assert type(QFormat(np.int64(8), np.int32(5)).frac) is int
    assert QFormat(8, 5) != QFormat(8, 5, symmetric=True)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((0, 0), RnnhwError, "width must be in 1..62, not 0"),
        ((63, 0), RnnhwError, "width must be in 1..62, not 63"),
        ((8.0, 0), TypeError, "width must be an integer, not 8.0"),
        ((True, 0), TypeError, "width must be an integer, not True"),
        (("8", 0), TypeError, "width must be an integer, not '8'"),
        ((8, 0.5), TypeError, "frac must be an integer, not 0.5"),
        ((8, None), TypeError, "frac must be an integer, not None"),
        ((8, 0, False, True), RnnhwError, "symmetric needs a signed format of at least 2 bits"),
        ((1, 0, True, True), RnnhwError, "symmetric needs a signed format of at least 2 bits"),
    ],
)
def test_refusals(arguments, kind, message):
    with pytest.raises(kind) as caught:
        QFormat(*arguments)
    assert str(caught.value) == message


def holds(width: int, frac: int, low: float, high: float, symmetric: bool) -> bool:
    """Whether a format holds ``low..high`` after rounding to nearest, in fractions."""
    least, most = limits(width, True, symmetric)
    scale = Fraction(2) ** frac
    return rounded(Fraction(low) * scale, "half_up") >= least and rounded(Fraction(high) * scale, "half_up") <= most


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    width=st.integers(2, 62),
    bounds=st.tuples(st.floats(-1e30, 1e30), st.floats(-1e30, 1e30)),
    symmetric=st.booleans(),
)
def test_largest_fraction_holds_and_the_next_does_not(width, bounds, symmetric):
    low, high = sorted(bounds)
    if max(-low, high) < 2.0**-200:
        low = -1.0
    frac = largest_fraction(width, low, high, symmetric=symmetric)
    low, high = min(low, 0.0), max(high, 0.0)  # a range always holds zero
    assert holds(width, frac, low, high, symmetric)
    assert not holds(width, frac + 1, low, high, symmetric)


@pytest.mark.parametrize(
    ("width", "low", "high", "frac"),
    [
        (8, -1.0, 0.99, 7),  # 126.72 -> 127
        (8, -1.0, 0.996, 7),  # 127.488 -> 127
        (8, -1.0, 0.9961, 6),  # 127.5008 -> 128
        (8, 0.0, 1.0, 6),
        (8, -1.0, 0.0, 7),
        (8, -1.00390625, 0.0, 7),  # -128.5 -> -128
        (8, 3.0, 5.0, 4),
        (8, 0.0, 0.0, 7),
        (8, 0.0, 1000.0, -3),
        (8, 0.0, 0.001, 16),
        (2, -0.3, 0.3, 2),
        (54, -1.0, 2.0**53 - 1, 0),  # where 2**53 - 1 + 0.5 is no float64
    ],
)
def test_largest_fraction_by_hand(width, low, high, frac):
    assert largest_fraction(width, low, high) == frac


def test_largest_fraction_of_a_symmetric_format():
    assert largest_fraction(8, -1.0, 0.0) == 7
    assert largest_fraction(8, -1.0, 0.0, symmetric=True) == 6


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (0.0, np.inf, "a range must be finite, not 0.0..inf"),
        (np.nan, 1.0, "a range must be finite, not nan..1.0"),
        (0.0, 1e70, "a range must be within 2**200, not 0.0..1e+70"),
    ],
)
def test_ranges_that_are_refused(low, high, message):
    with pytest.raises(RnnhwError) as caught:
        largest_fraction(8, low, high)
    assert str(caught.value) == message
