"""Slopes of the curves against torch.autograd."""

from types import SimpleNamespace

import numpy as np
import pytest

from rnnhw.analysis.bptt.slopes import cell_slopes, hard_sigmoid_slope, hard_tanh_slope, relu_slope, tanh_slope

torch = pytest.importorskip("torch")
from tests.analysis.bptt import autograd  # noqa: E402


def by_torch(function, z):
    at = torch.tensor(z, requires_grad=True)
    function(at).sum().backward()
    return at.grad.numpy()


@pytest.mark.parametrize("sigmoid", ["logistic", "hard", "hard-0.2"])
@pytest.mark.parametrize("tanh", ["tanh", "hard"])
@pytest.mark.parametrize("clip", [None, 0.8, 2.75])
def test_inside_and_outside(sigmoid, tanh, clip):
    net = SimpleNamespace(sigmoid=sigmoid, tanh=tanh, clip=clip)
    z = np.random.default_rng(0).normal(0, 3, 500)
    for slope, function in zip(cell_slopes(net), (autograd.sigmoid, autograd.tanh), strict=True):
        np.testing.assert_allclose(slope(z), by_torch(lambda at, f=function: f(net, at), z), rtol=1e-12, atol=1e-15)


def test_at_the_kinks_as_torch():
    """Of hardsigmoid torch takes 1/6 in single precision, hence the tolerance."""
    z = np.array([-3.0, -1.0, -0.0, 0.0, 1.0, 3.0, 2.999])
    functional = torch.nn.functional
    np.testing.assert_allclose(hard_sigmoid_slope(z), by_torch(functional.hardsigmoid, z), rtol=1e-7)
    np.testing.assert_array_equal(hard_tanh_slope(z), by_torch(functional.hardtanh, z))
    np.testing.assert_array_equal(relu_slope(z), by_torch(torch.relu, z))
    bounds = SimpleNamespace(sigmoid="logistic", tanh="tanh", clip=1.0)
    for slope, function in zip(cell_slopes(bounds), (autograd.sigmoid, autograd.tanh), strict=True):
        np.testing.assert_allclose(slope(z), by_torch(lambda at, f=function: f(bounds, at), z), rtol=1e-12)


def test_tails_do_not_cancel():
    """4 exp(-2 z) is what is left of 1 - tanh(z)^2, where tanh(z) itself is 1 in double precision."""
    z = np.array([20.0, 40.0, 300.0])
    np.testing.assert_allclose(tanh_slope(z), 4 * np.exp(-2 * z), rtol=1e-12)
    assert (1 - np.tanh(z) ** 2 == 0).all()
