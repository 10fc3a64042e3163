"""Rounding as golden does it, on values; gradients that go straight through it.

A value is a float64 that is an integer times a power of two, so that sums and products are exact as long as
they need no more than 53 bits (`rnnhw.torch.bounds` sees to it), and gradients have their natural scale.
"""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def nearest(values):
    """Any float64 to the nearest whole number, halves upwards (``values + 0.5`` may itself round)."""
    floor = torch.floor(values)
    return floor + (values - floor >= 0.5)


def half_up(values):
    """Values of at most 52 bits to the nearest whole number, halves upwards."""
    return torch.floor(values + 0.5)


#: Rounding modes of exact values of at most 52 bits.
ROUNDINGS = {"half_up": half_up, "half_even": torch.round, "floor": torch.floor}


class _Requantize(Function):
    @staticmethod
    def forward(ctx, values, form, rounding):
        raw = rounding(values * 2.0**form.frac)
        clipped = raw.clamp(form.min_raw, form.max_raw)
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(raw == clipped)
        return clipped * 2.0**-form.frac

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (inside,) = ctx.saved_tensors
        return gradient * inside, None, None


def requantize(values, form, rounding):
    """Exact values in a format; the gradient is 1 inside its range and 0 where it saturates.

    Parameters
    ----------
    values : torch.Tensor of float64
    form : QFormat
    rounding : callable
        One of `ROUNDINGS`, or `nearest` for values of any kind.
    """
    return _Requantize.apply(values, form, rounding)


class _RoundWeights(Function):
    @staticmethod
    def forward(ctx, values, ulp, low, high, binary):
        scaled = values / ulp
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(scaled)
            ctx.limits = low, high
        raw = torch.where(scaled >= 0, 1.0, -1.0).to(scaled) if binary else nearest(scaled).clamp(low, high)
        return raw * ulp

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (scaled,), (low, high) = ctx.saved_tensors, ctx.limits
        outwards = ((scaled > high) & (gradient < 0)) | ((scaled < low) & (gradient > 0))
        return gradient.masked_fill(outwards, 0.0), None, None, None, None


def round_weights(values, ulp, low, high, binary=False):
    """Weights on their grid; the gradient is 1, but 0 where it would push a clipped weight further out.

    A weight beyond its range can so come back, which it could not with a gradient of 0, and does not drift away,
    which it would with a gradient of 1: only its sign counts there, and a weight that has drifted takes many steps
    to be of use again.

    Parameters
    ----------
    values : torch.Tensor of float64
    ulp : torch.Tensor of float64
        Values of the last places (powers of two), of a shape that fits `values`.
    low, high : int
        Ends of the raw range.
    binary : bool
        Signs instead, 0 counts as +1.
    """
    return _RoundWeights.apply(values, ulp, low, high, binary)


class _LookUp(Function):
    @staticmethod
    def forward(ctx, values, unit, rounding):
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(values)
            ctx.unit = unit
        return unit.look_up(values, rounding)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        (values,) = ctx.saved_tensors
        return gradient * ctx.unit.slope(values), None, None


def look_up(values, unit, rounding):
    """Activations of exact sums by an `ActivationUnit`; the gradient is the smooth curve's at the sum itself.

    Parameters
    ----------
    values : torch.Tensor of float64, shape (..., rows)
    unit : ActivationUnit
    rounding : callable
        One of `ROUNDINGS`, for the pre-activation.
    """
    return _LookUp.apply(values, unit, rounding)
