"""The activation tables' errors, over every input, against mpmath at 50 digits."""

from fractions import Fraction

import numpy as np
import pytest

from rnnhw.fixedpoint import build_table

from .activation_truth import accurate, approximate, hard, top_magnitude

FUNCTIONS = ("sigmoid", "tanh")
ALL_IN_MPMATH = 2**14  # magnitudes; of more, a sample goes to mpmath and float64 sees all
WIDTHS = range(4, 17)
SLOPES = {"hard": Fraction(1, 6), "hard-0.2": Fraction(1, 5)}


def all_inputs(bits: int) -> np.ndarray:
    top = top_magnitude(bits)
    return np.arange(-top, top + 1)


def sampled(z_raw: np.ndarray, extra=()) -> list[int]:
    """Inputs that go to mpmath: all, or 2000 by a seed, both ends, zero and `extra`."""
    top = int(z_raw[-1])
    if top < ALL_IN_MPMATH:
        return z_raw.tolist()
    drawn = np.random.default_rng(top).choice(z_raw, 2000, replace=False).tolist()
    return sorted({*drawn, -top, -1, 0, 1, top, *extra})


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bits", range(4, 14))
def test_exact_tables_are_correctly_rounded(bits, function):
    table, z_raw = build_table("exact", bits), all_inputs(bits)
    assert table.input_width == int(z_raw[-1]).bit_length() + 1
    outputs = getattr(table, function)(z_raw)
    error = np.abs(outputs - approximate(function, z_raw, bits))
    assert error.max() <= 0.5 + 1e-9
    doubtful = z_raw[error > 0.4999].tolist()
    worst = 0
    for z in sampled(z_raw, doubtful):
        difference = abs(int(outputs[z - z_raw[0]]) - accurate(function, z, bits))
        assert 2 * difference <= 1, z
        worst = max(worst, difference)
    assert table.error_ulp[function] == pytest.approx(float(worst), abs=1e-6)
    assert table.error_ulp[function] <= 0.5


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("bits", WIDTHS)
def test_interpolated_tables_are_within_one_ulp(bits, function):
    table, z_raw = build_table("interpolated", bits), all_inputs(bits)
    outputs = getattr(table, function)(z_raw)
    error = np.abs(outputs - approximate(function, z_raw, bits))
    assert error.max() <= 1
    largest = z_raw[np.argsort(error)[-20:]].tolist()
    worst = max(abs(int(outputs[z - z_raw[0]]) - accurate(function, z, bits)) for z in sampled(z_raw, largest))
    assert worst <= 1
    assert float(worst) == pytest.approx(float(error.max()), abs=1e-6)
    assert table.error_ulp[function] == pytest.approx(float(worst), abs=1e-6)
    assert table.error_ulp[function] > 0.4  # no table of whole numbers is much better than this


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("sigmoid", SLOPES)
@pytest.mark.parametrize(
    ("kind", "bits"), [*(("interpolated", n) for n in WIDTHS), *(("exact", n) for n in range(4, 14))]
)
def test_hard_tables(kind, bits, sigmoid, function):
    table, z_raw, slope = build_table(kind, bits, sigmoid=sigmoid, tanh="hard"), all_inputs(bits), SLOPES[sigmoid]
    assert not table.shared
    outputs = getattr(table, function)(z_raw)
    kinks = [round(at * 2 ** (bits - 2) + d) for at in (-1 / slope / 2, 1 / slope / 2) for d in (-1, 0, 1)]
    worst = max(abs(int(outputs[z - z_raw[0]]) - hard(function, z, bits, slope)) for z in sampled(z_raw, kinks))
    limit = Fraction(1, 2) if kind == "exact" else 1
    assert worst <= limit
    assert table.error_ulp[function] <= limit
    if int(z_raw[-1]) < ALL_IN_MPMATH:
        assert table.error_ulp[function] == pytest.approx(float(worst), abs=1e-6)
    else:
        assert table.error_ulp[function] >= float(worst) - 1e-6
    if function == "tanh":
        assert worst == 0  # clip(x, -1, 1) has no rounding at all


@pytest.mark.parametrize("bits", WIDTHS)
def test_mixed_tables_are_within_one_ulp(bits):
    """Both functions of a table with one smooth and one hard curve, over every input, in float64."""
    z_raw = all_inputs(bits)
    smooth_left, hard_left = build_table("interpolated", bits, tanh="hard"), build_table("auto", bits, sigmoid="hard")
    assert np.abs(smooth_left.sigmoid(z_raw) - approximate("sigmoid", z_raw, bits)).max() <= 1
    assert np.abs(hard_left.tanh(z_raw) - approximate("tanh", z_raw, bits)).max() <= 1
    some = z_raw[:: max(1, len(z_raw) // 200)]
    for z, tanh, sigmoid in zip(some.tolist(), smooth_left.tanh(some), hard_left.sigmoid(some), strict=True):
        assert tanh == hard("tanh", z, bits, Fraction(1))
        assert abs(int(sigmoid) - hard("sigmoid", z, bits, Fraction(1, 6))) <= 1


@pytest.mark.parametrize("kind", ["exact", "interpolated"])
def test_a_table_with_one_altered_entry_is_seen(kind):
    """The control: the comparison above finds one wrong base."""
    table, z_raw = build_table(kind, 8), all_inputs(8)
    bases = list(table.bases)
    bases[3] += 2**table.residual_bits if table.residual_bits else 1
    altered = type(table)(**{**vars(table), "bases": tuple(bases)})
    truth = approximate("sigmoid", z_raw, 8)
    limit = 0.5 if kind == "exact" else 1
    assert np.abs(table.sigmoid(z_raw) - truth).max() <= limit
    assert np.abs(altered.sigmoid(z_raw) - truth).max() > limit
