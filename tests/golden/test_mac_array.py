"""Products are exact: the number type is chosen at the borders, and float64 would be wrong past them."""

import numpy as np
import pytest

from rnnhw.golden.mac_array import ExactProduct, to_int64


def exact(values, weights, shift: int) -> list[list[int]]:
    """The product in Python integers."""
    return [
        [sum((int(v) << shift) * int(w) for v, w in zip(row, line, strict=True)) for line in weights.tolist()]
        for row in values.tolist()
    ]


@pytest.mark.parametrize(
    ("bound", "dtype"),
    [
        (0, np.float32),
        (2**24 - 1, np.float32),
        (2**24, np.float64),
        (2**53 - 1, np.float64),
        (2**53, np.int64),
        (2**63 - 1, np.int64),
        (2**63, object),
        (2**90, object),
    ],
)
def test_number_type_at_the_borders(bound, dtype):
    product = ExactProduct(np.ones((2, 3), np.int64), 0, bound)
    assert product.dtype == np.dtype(dtype)
    assert product(np.ones((4, 3), np.int64)).dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "total",
    [
        2**24 - 1,
        2**24,
        2**24 + 1,
        2**53 - 1,
        2**53,
        2**53 + 1,
        2**62 + 1,
        2**63 - 1,
        2**63,
        2**63 + 1,
        2**70 + 1,
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_at_the_borders_are_exact(total, sign):
    """``total = big * 2**half + 1 * odd`` as a product of two columns, whose sum needs every bit."""
    half = 25 if total > 2**25 else 12
    high, low = total >> half, total & (2**half - 1)
    weights = np.array([[high, low, 0], [1, 0, 1]], np.int64) * sign
    values = np.array([[2**half, 1, 0], [0, 0, 3]], np.int64)
    product = ExactProduct(weights, 0, total)
    assert to_int64(product(values)).tolist() == exact(values, weights, 0)
    assert to_int64(product(values)).tolist()[0][0] == sign * total


def test_float32_would_be_wrong_from_2_to_the_24():
    """The control for the lower border."""
    weights, values = np.array([[2**12, 1]]), np.array([[2**12, 1]])
    assert to_int64(ExactProduct(weights, 0, 2**24 - 1)(values)).item() == 2**24  # a bound that lies
    assert to_int64(ExactProduct(weights, 0, 2**24 + 1)(values)).item() == 2**24 + 1


def test_float64_would_be_wrong_there():
    """The control: the values above do tell the number types apart."""
    total = 2**53 + 1
    weights = np.array([[total >> 25, total & (2**25 - 1)]])
    values = np.array([[2**25, 1]])
    careless = ExactProduct(weights, 0, 2**53 - 1)  # a bound that lies
    assert to_int64(careless(values)).item() == 2**53
    assert to_int64(ExactProduct(weights, 0, total)(values)).item() == 2**53 + 1


@pytest.mark.parametrize("bound", [2**40, 2**60, 2**70])
@pytest.mark.parametrize("shift", [0, 3, 11])
def test_random_products_with_alignment(bound, shift):
    rng = np.random.default_rng(shift)
    weights = rng.integers(-(2**12), 2**12, (7, 5))
    values = rng.integers(-(2**9), 2**9, (4, 5))
    product = ExactProduct(weights, shift, bound)
    assert to_int64(product(values)).tolist() == exact(values, weights, shift)
    stacked = product(np.stack([values, values + 1]))
    assert stacked.shape == (2, 4, 7)
    assert to_int64(stacked[1]).tolist() == exact(values + 1, weights, shift)


def test_sums_past_int64_stay_python_integers():
    sums = ExactProduct(np.array([[2**62, 2**62]]), 0, 2**64)(np.array([[2, 2]]))
    assert to_int64(sums).tolist() == [[2**64]]
    assert to_int64(np.array([3.0, -5.0])).dtype == np.int64
