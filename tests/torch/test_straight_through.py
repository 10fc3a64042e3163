"""Rounding of values and its gradients, each alone."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint import requantize as of_integers

from .cases import torch, values

from rnnhw.torch.straight_through import ROUNDINGS, nearest, requantize, round_weights  # isort: skip


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("frac", [-3, 0, 5, 9, 12])
def test_requantize_is_that_of_integers(rounding, frac):
    rng = np.random.default_rng(frac + 10)
    raw = np.concatenate([rng.integers(-(2**20), 2**20, 500), np.arange(-300, 300), rng.integers(-(2**50), 2**50, 50)])
    for target in (QFormat(8, 4), QFormat(10, 7, symmetric=True), QFormat(16, -2)):
        wanted = of_integers(raw, QFormat(62, frac), target, rounding)
        found = requantize(torch.from_numpy(raw * 2.0**-frac), target, ROUNDINGS[rounding])
        assert np.array_equal(values(found), target.to_float(wanted))


def test_nearest_is_that_of_formats():
    """Values whose sum with a half would itself round."""
    given = np.array([0.49999999999999994, -0.5, 0.5, 1.5, 2.0**52 + 1, -(2.0**52) - 1, 1e300, -0.49999999999999994])
    assert np.array_equal(values(nearest(torch.from_numpy(given[:-2]))), QFormat(62, 0).from_float(given[:-2]))
    assert values(nearest(torch.from_numpy(given)))[-2:].tolist() == [1e300, 0.0]


def test_the_gradient_ends_where_it_saturates():
    x = torch.tensor([-9.0, -8.0, -0.3, 7.4, 7.6, 20.0], dtype=torch.float64, requires_grad=True)
    y = requantize(x, QFormat(4, 0), ROUNDINGS["half_up"])
    y.backward(torch.arange(1.0, 7.0, dtype=torch.float64))
    assert values(y).tolist() == [-8, -8, 0, 7, 7, 7]
    assert x.grad.tolist() == [0, 2, 3, 4, 0, 0]


def test_clipped_weights_may_come_back_but_not_go_on():
    w = torch.tensor([-3.0, -3.0, -1.0, 0.3, 2.0, 2.0], dtype=torch.float64, requires_grad=True)
    ulp = torch.tensor(0.5, dtype=torch.float64)
    rounded = round_weights(w, ulp, -2, 1)
    rounded.backward(torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], dtype=torch.float64))
    assert values(rounded).tolist() == [-1, -1, -1, 0.5, 0.5, 0.5]
    assert w.grad.tolist() == [0, -1, 1, -1, 1, 0]  # a step goes against the gradient


def test_weights_of_one_bit_are_signs():
    w = torch.tensor([-0.1, 0.0, -0.0, 3.0], dtype=torch.float64)
    ulp = torch.tensor([0.25, 0.25, 0.25, 2.0], dtype=torch.float64)
    assert values(round_weights(w, ulp, -1, 1, binary=True)).tolist() == [-0.25, 0.25, 0.25, 2.0]


def test_a_wrong_mode_is_found():
    """Control: half_even instead of half_up differs at halves."""
    halves = torch.tensor([0.5, 1.5, 2.5], dtype=torch.float64)
    form = QFormat(8, 0)
    assert not torch.equal(requantize(halves, form, torch.round), requantize(halves, form, ROUNDINGS["half_up"]))
