# amaranth: UnusedElaboratable=no
"""Requantize against `rnnhw.fixedpoint.requantize` (itself tested against fractions)."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, Rounding, requantize
from rnnhw.gateware.requantize import Requantize

from .stepper import replay

ROUNDINGS = list(Rounding)


def corners(rng, width: int, shifts, target: QFormat, count: int = 400) -> list[int]:
    """The ends, all that is near a power of two, near the target's limits before the shift, and random ones."""
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    values = {low, low + 1, -1, 0, 1, high - 1, high}
    for exponent in range(width - 1):
        values |= {s * (1 << exponent) + d for s in (-1, 1) for d in (-1, 0, 1)}
    for shift in shifts:
        for limit in (target.min_raw, target.max_raw):
            edge = limit << shift if shift >= 0 else limit >> -shift
            half = 1 << max(shift - 1, 0)
            values |= {edge + d for d in (-half - 1, -half, -half + 1, -1, 0, 1, half - 1, half, half + 1)}
    values |= {int(v) for v in rng.integers(low, high + 1, count)}
    return sorted(v for v in values if low <= v <= high)


def check(width: int, shifts, target: QFormat, rounding, values, register: bool = False, late=None) -> int:
    """All values with all shifts; `late`: after so many cycles the results are looked for, else as `register` says."""
    dut = Requantize(width, shifts, target, rounding, register)
    dut.count()
    late = int(register) if late is None else late
    rows = [(value, select) for select in range(len(shifts)) for value in values]
    seen = replay(dut, [dut.i, dut.select], [dut.o, dut.clipped], rows + rows[:1] * late)[late:]
    for (value, select), (result, clipped) in zip(rows, seen, strict=True):
        wanted = requantize(value, QFormat(62, target.frac + shifts[select]), target, rounding)
        assert result == wanted, (value, shifts[select])
        whole = requantize(value, QFormat(62, target.frac + shifts[select]), QFormat(62, target.frac), rounding)
        assert clipped == (whole != wanted), (value, shifts[select])
    return len(rows)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(
    ("width", "shifts", "target_width"),
    [
        (9, (0, 3, 3, 12, -2), 5),  # chosen at run time; one beyond the width, one to the left
        (9, (4,), 4),
        (6, (-4, -1, 1), 8),  # never saturates for some
        (4, (9, 5, 4, 3), 4),  # nothing or only the rounding is left
        (2, (1, 0, 2), 2),
        (1, (0, 1, 2, -3), 3),
    ],
)
def test_exhaustive(width, shifts, target_width, symmetric, rounding):
    target = QFormat(target_width, 7, symmetric=symmetric)
    for register in (False, True):
        check(width, shifts, target, rounding, range(-(1 << (width - 1)), 1 << (width - 1)), register)


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_exhaustive_12_bits(rounding):
    check(12, (5,), QFormat(6, 0, symmetric=True), rounding, range(-(1 << 11), 1 << 11))


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(
    ("width", "shifts", "target_width"),
    [(33, (17, 2, 40, -6, 0), 10), (24, (11, 30), 19), (45, (20, 21, 22, 23), 24), (20, (-12, 19, 20, 21), 16)],
)
def test_wide(width, shifts, target_width, symmetric, rounding):
    target = QFormat(target_width, 3, symmetric=symmetric)
    values = corners(np.random.default_rng(width), width, shifts, target)
    assert len(values) > 300
    check(width, shifts, target, rounding, values, register=symmetric)


def test_a_register_is_a_cycle():
    """Control: a component's results, looked for a cycle too early or too late."""
    for register in (False, True):
        with pytest.raises(AssertionError):
            check(9, (4,), QFormat(4, 0), Rounding.HALF_UP, range(-256, 256), register, late=1 - register)


@pytest.mark.parametrize("late", [0, 1])
def test_select_beyond_the_shifts_does_no_harm(late):
    """Rows of dense layers pass by with a select that means nothing; the next row must not notice."""
    dut = Requantize(8, (1, 2, 3), QFormat(4, 0), Rounding.FLOOR, bool(late))
    seen = replay(dut, [dut.i, dut.select], [dut.o], [(8, 1), (100, 3), (8, 1), (-8, 2), (0, 0)])[late:]
    assert [seen[0][0], seen[2][0], seen[3][0]] == [2, 2, -1]
