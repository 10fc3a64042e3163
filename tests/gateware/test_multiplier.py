# amaranth: UnusedElaboratable=no
"""Both multipliers: the product so many enabled cycles later as they have stages, whatever the widths and stalls."""

import numpy as np
import pytest

from rnnhw.gateware.multiplier import LutMultiplier, Multiplier

from .stepper import replay

A_WIDTHS = (2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17)
B_WIDTHS = (2, 5, 9, 16, 24)
KINDS = [(Multiplier, 2), (Multiplier, 3), (LutMultiplier, 2), (LutMultiplier, 3), (LutMultiplier, 4)]


def operands(rng, a_width: int, b_width: int, count: int):
    """All pairs of corners (the worst is all-min times all-min), then random ones."""
    ends = [sorted({-(1 << (w - 1)), -(1 << (w - 1)) + 1, -1, 0, 1, (1 << (w - 1)) - 1}) for w in (a_width, b_width)]
    pairs = [(a, b) for a in ends[0] for b in ends[1]]
    a, b = (rng.integers(-(1 << (w - 1)), 1 << (w - 1), count).tolist() for w in (a_width, b_width))
    return pairs + list(zip(a, b, strict=True))


def check(dut, rows, *, stages: int | None = None) -> None:
    """`rows` of (a, b, enable); the product must be the one of so many enabled cycles ago."""
    seen = replay(dut, [dut.a, dut.b, dut.enable], [dut.product], rows)
    products = [0] * (stages or dut.stages)
    for (a, b, enable), (product,) in zip(rows, seen, strict=True):
        assert product == products[-1]
        if enable:
            products = [a * b, *products[:-1]]


@pytest.mark.parametrize(("kind", "stages"), KINDS)
@pytest.mark.parametrize("a_width", A_WIDTHS)
def test_products(kind, a_width, stages):
    rng = np.random.default_rng(a_width)
    for b_width in B_WIDTHS:
        pairs = operands(rng, a_width, b_width, 30)
        rows = [(a, b, 1) for a, b in pairs] + [(0, 0, 1)] * stages
        check(kind(a_width, b_width, stages), rows)


@pytest.mark.parametrize(("kind", "stages"), [(Multiplier, 2), (LutMultiplier, 2), (LutMultiplier, 4)])
@pytest.mark.parametrize(("a_width", "b_width"), [(4, 6), (5, 5)])
def test_every_product_of_small_operands(kind, stages, a_width, b_width):
    sides = [range(-(1 << (w - 1)), 1 << (w - 1)) for w in (a_width, b_width)]
    check(kind(a_width, b_width, stages), [(a, b, 1) for a in sides[0] for b in sides[1]] + [(0, 0, 1)] * stages)


@pytest.mark.parametrize(("kind", "stages"), KINDS)
@pytest.mark.parametrize(("a_width", "b_width"), [(9, 16), (8, 8), (17, 24), (3, 7)])
def test_stalls(kind, a_width, b_width, stages):
    rng = np.random.default_rng(b_width)
    rows = [(a, b, int(rng.integers(2))) for a, b in operands(rng, a_width, b_width, 300)]
    check(kind(a_width, b_width, stages), rows)


@pytest.mark.parametrize(("kind", "allowed"), [(Multiplier, "2 or 3"), (LutMultiplier, "2, 3 or 4")])
@pytest.mark.parametrize("stages", [1, 5, "2"])
def test_other_stages_are_refused(kind, allowed, stages):
    with pytest.raises(ValueError, match=f"^stages must be {allowed}, not {stages!r}$"):
        kind(8, 8, stages)


def test_the_generic_multiplier_has_no_fourth_stage():
    with pytest.raises(ValueError, match=r"^stages must be 2 or 3, not 4$"):
        Multiplier(8, 8, 4)


def test_a_stage_more_is_seen():
    """Control: the product of one cycle earlier."""
    rows = [(a, 3, 1) for a in range(-8, 8)]
    with pytest.raises(AssertionError):
        check(LutMultiplier(5, 5, 4), rows, stages=3)


@pytest.mark.parametrize("kind", [Multiplier, LutMultiplier])
def test_product_has_no_bit_to_spare(kind):
    dut = kind(7, 11)
    assert dut.product.shape().width == 18
    seen = replay(dut, [dut.a, dut.b, dut.enable], [dut.product], [(-64, -1024, 1)] * 3)
    assert seen[-1] == (65536,)
