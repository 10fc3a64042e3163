"""The softmax in integers: every bit against a slow model of its own, the error against the true softmax."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables
from rnnhw.golden.softmax import softmax_raw

MP = mpmath.mp.clone()
MP.dps = 60
WIDTHS = range(4, 17)
SIZES = [1, 2, 3, 4, 7, 10, 16, 17, 63, 64, 65, 1000, 1024]


def error(y_raw: np.ndarray, form: QFormat, bits: int) -> float:
    """Largest error in units of the last place, against float64 (good to 1e-9 of one)."""
    y = form.to_float(y_raw)
    powers = np.exp(y - y.max(axis=-1, keepdims=True))
    true = powers / powers.sum(axis=-1, keepdims=True) * 2.0**bits
    return float(np.abs(softmax_raw(y_raw, form, bits) - np.minimum(true, 2.0**bits - 1)).max())


def vectors(rng, form: QFormat, count: int, size: int) -> np.ndarray:
    """Random answers of all scales, some of few values."""
    values = rng.normal(size=(count, size)) * 2.0 ** rng.integers(-8, 6, (count, 1))
    values[::5] = np.round(values[::5])
    return form.from_float(values)


def slow(y_raw, form: QFormat, bits: int, parts: int) -> list[int]:
    """One answer, by the definition's words, in Python's integers; the tables by mpmath."""
    size = len(y_raw)
    e_frac = bits + (size - 1).bit_length() + (2 if bits <= 10 else 3)
    d_frac = max(0, min(bits + 2, form.frac))

    def exp(distance: int) -> int:
        return int(MP.floor(MP.exp(-MP.ldexp(MP.mpf(distance), -d_frac)) * 2**e_frac + 0.5))

    d_bits = d_frac + 1
    while exp(2**d_bits - 1):
        d_bits += 1
    borders = [d_bits - number * d_bits // parts for number in range(parts + 1)]
    exponentials = []
    for y in y_raw:
        numerator, shift = (max(y_raw) - y) * 2 ** max(0, d_frac - form.frac), max(0, form.frac - d_frac)
        distance = min((2 * numerator + 2**shift) // 2 ** (shift + 1), 2**d_bits - 1)
        e = None
        for high, low in pairwise(borders):
            factor = exp(distance // 2**low % 2 ** (high - low) * 2**low)
            e = factor if e is None else (2 * e * factor + 2**e_frac) // 2 ** (e_frac + 1)
        exponentials.append(e)
    total = sum(exponentials)
    k = total.bit_length() - 1 - e_frac
    r = 2 ** (2 * e_frac + k) // total
    shift = 2 * e_frac + k - bits
    return [min((2 * e * r + 2**shift) // 2 ** (shift + 1), 2**bits - 1) for e in exponentials]


@pytest.mark.parametrize("bits", WIDTHS)
def test_against_the_slow_model(bits):
    rng = np.random.default_rng(bits)
    for size in (1, 2, 3, 5, 10, 33):
        for frac in (-2, 3, bits, 2 * bits):
            form = QFormat(2 * bits, frac)
            y_raw = vectors(rng, form, 6, size)
            parts = len(softmax_tables(size, form, bits).tables)
            assert softmax_raw(y_raw, form, bits).tolist() == [slow(row, form, bits, parts) for row in y_raw.tolist()]


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("size", SIZES)
def test_the_error_is_within_its_bound(bits, size):
    rng = np.random.default_rng([bits, size])
    for frac in (2, bits, 2 * bits - 3):
        form = QFormat(2 * bits, frac)
        measured = error(vectors(rng, form, max(8, 3000 // size), size), form, bits)
        assert measured <= softmax_tables(size, form, bits).error_bound_ulp < 1


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("frac", [0, 3, 6, 9, 12])
def test_every_pair(bits, frac):
    """Two elements: the softmax depends on their difference alone, so this is every input there is."""
    form = QFormat(14, frac)
    difference = np.arange(1 << 14)
    y_raw = np.stack([np.full_like(difference, form.max_raw), form.max_raw - difference], axis=-1)
    assert error(y_raw, form, bits) <= softmax_tables(2, form, bits).error_bound_ulp


def test_every_triple():
    form = QFormat(8, 4)
    low, high = np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    y_raw = np.stack([np.full_like(low, 127), low, high], axis=-1)
    for bits in (4, 8, 16):
        assert error(y_raw, form, bits) <= softmax_tables(3, form, bits).error_bound_ulp


@pytest.mark.parametrize("bits", WIDTHS)
@pytest.mark.parametrize("size", [2, 3, 10, 64, 1024])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_worst_vectors(bits, size, sign):
    """All other elements where the exponential is most wrong, to one side, and their sum small, large and medium."""
    form = QFormat(2 * bits, bits + 2)
    tables = softmax_tables(size, form, bits)
    count = min(1 << tables.d_bits, 1 << (2 * bits - 1))
    distance = np.arange(0, count, max(1, count >> 16))
    true = np.exp(-np.ldexp(distance.astype(float), -tables.d_frac)) * 2.0**tables.e_frac
    wrong = sign * (tables.exponential(distance) - true)
    worst = 0.0
    for least in (0, 1, 4, 7):  # distances from there on
        start = min(np.searchsorted(distance, least << tables.d_frac), len(distance) - 1)
        chosen = distance[start + np.argsort(wrong[start:])[-8:]]
        y_raw = np.repeat(form.max_raw - chosen[:, None], size, axis=1)
        y_raw[:, 0] = form.max_raw
        worst = max(worst, error(y_raw, form, bits))
    assert worst <= tables.error_bound_ulp
    assert worst > 0.001 or size == 1


def test_an_error_of_an_ulp_is_seen():
    """The control: a softmax that truncates its result is not within the bound."""
    form, bits = QFormat(16, 12), 8
    y_raw = vectors(np.random.default_rng(1), form, 500, 10)
    y = form.to_float(y_raw)
    powers = np.exp(y - y.max(axis=-1, keepdims=True))
    true = powers / powers.sum(axis=-1, keepdims=True) * 2.0**bits
    bound = softmax_tables(10, form, bits).error_bound_ulp
    assert np.abs(softmax_raw(y_raw, form, bits) - np.minimum(true, 255)).max() <= bound
    assert np.abs(np.floor(true) - np.minimum(true, 255)).max() > bound


@pytest.mark.parametrize("bits", WIDTHS)
def test_what_holds_of_every_softmax(bits):
    form = QFormat(2 * bits, bits)
    y_raw = vectors(np.random.default_rng(bits), form, 60, 10) // 2
    p = softmax_raw(y_raw, form, bits)
    assert p.dtype == np.int64
    assert p.min() >= 0
    assert p.max() < 1 << bits
    largest = np.take_along_axis(p, y_raw.argmax(axis=-1)[:, None], axis=-1)
    assert (largest == p.max(axis=-1, keepdims=True)).all()  # the winner of argmax wins here
    assert (softmax_raw(y_raw + 3, form, bits) == p).all()
    order = np.random.default_rng(1).permutation(10)
    assert (softmax_raw(y_raw[:, order], form, bits) == p[:, order]).all()
    assert (softmax_raw(y_raw.reshape(3, 20, 10), form, bits) == p.reshape(3, 20, 10)).all()
    assert (softmax_raw(y_raw[0], form, bits) == p[0]).all()


@pytest.mark.parametrize("size", [1, 2, 3, 256, 1024])
def test_equal_elements_share_evenly(size):
    form = QFormat(16, 8)
    for value in (form.min_raw, 0, form.max_raw):
        p = softmax_raw(np.full((2, size), value), form, 8)
        assert (p == min(255, int(256 / size + 0.5))).all()


def test_one_far_above_the_others():
    form = QFormat(32, 4)
    y_raw = np.full(1024, form.min_raw)
    y_raw[700] = form.max_raw
    for bits in (4, 16):
        assert softmax_raw(y_raw, form, bits).tolist() == [0] * 700 + [2**bits - 1] + [0] * 323


def test_no_answers():
    assert softmax_raw(np.zeros((0, 5), int), QFormat(8, 4), 8).shape == (0, 5)


def test_wrong_input():
    form = QFormat(8, 4)
    with pytest.raises(TypeError, match=r"^y_raw must hold integers, not float64$"):
        softmax_raw(np.zeros(3), form, 8)
    with pytest.raises(RnnhwError, match=r"^y_raw must be in -128\.\.127, not 0\.\.128$"):
        softmax_raw(np.array([0, 128]), form, 8)
    with pytest.raises(RnnhwError, match=r"^y_raw must have at least one axis$"):
        softmax_raw(np.array(3), form, 8)
    with pytest.raises(RnnhwError, match=r"^size must be in 1\.\.1024, not 0$"):
        softmax_raw(np.zeros((3, 0), int), form, 8)
