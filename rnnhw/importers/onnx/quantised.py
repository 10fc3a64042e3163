"""Quantised models in QDQ form: which formats the scales of their QuantizeLinear and DequantizeLinear nodes are."""

from math import frexp

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.importers.onnx.nodes import attribute, evaluate, given, title
from rnnhw.importers.onnx.values import Constant, Numbered

_BITS = {"int2": 2, "int4": 4, "int8": 8, "int16": 16, "int32": 32}


def power_of_two(scale, bits, what):
    """The format whose steps are `scale`.

    Raises
    ------
    RnnhwError
        If it is no power of two.
    """
    mantissa, exponent = frexp(scale)
    if mantissa != 0.5:
        raise RnnhwError(f"scale {scale:.9g} of {what} must be a power of two")
    return QFormat(bits, 1 - exponent)


def dequantised(node, inputs, opset):
    """What a DequantizeLinear makes of constants.

    Returns
    -------
    Constant
        With the scale of each number.
    """
    integers, scale = inputs[0].array, inputs[1].array
    bits = _signed_bits(node, integers.dtype)
    _check_zero_point(node, inputs, scale)
    arrays = [value and value.array for value in inputs]
    (array,) = evaluate(node, arrays, opset)
    (step,) = evaluate(node, [np.ones_like(integers), *arrays[1:]], opset)
    return Constant(array, step.astype(np.float64), bits)


def _signed_bits(node, dtype):
    if dtype.name not in _BITS:
        raise RnnhwError(f"{title(node)} is not supported: its integers must be signed ones, not {dtype.name}")
    return _BITS[dtype.name]


def _check_zero_point(node, inputs, scale):
    zero = inputs[2].array if len(inputs) > 2 and inputs[2] is not None else np.zeros(1)
    if np.asarray(zero, dtype=np.int64).any():
        point = np.asarray(zero, dtype=np.int64).reshape(-1).tolist()
        raise RnnhwError(f"{title(node)} must have the zero point 0, not {point[0]} (scale {np.ravel(scale)[0]:.9g})")


def quantise(node, inputs):
    """What a QuantizeLinear makes of ids: the same ids, between integers."""
    value, scale = inputs[0], inputs[1]
    if not isinstance(value, Numbered) or value.scale is not None or _any_ids(inputs[1:]):
        raise RnnhwError(f"{title(node)} is not supported: its scale must be a constant")
    if scale.array.size != 1:
        raise RnnhwError(f"{title(node)} must have one scale, not {scale.array.size}")
    if len(inputs) > 2 and inputs[2] is not None:
        dtype = inputs[2].array.dtype
    else:
        dtype = np.dtype({3: "int8", 5: "int16"}.get(attribute(node, "output_dtype", 2), "uint8"))
    _check_zero_point(node, inputs, scale.array)
    size = float(scale.array.reshape(-1)[0])
    bits = _signed_bits(node, dtype)
    power_of_two(size, bits, title(node))
    return Numbered(value.ids, size, bits, value.indices)


def _any_ids(values):
    return any(isinstance(value, Numbered) for value in values)


def dequantise(node, inputs):
    """What a DequantizeLinear makes of ids that a QuantizeLinear gave; returns them and their format."""
    value, scale = inputs[0], inputs[1]
    if not isinstance(value, Numbered) or value.scale is None:
        raise RnnhwError(f"{title(node)} is not supported: it takes what no QuantizeLinear gave ({given(node, 0)!r})")
    if _any_ids(inputs[1:]) or scale.array.size != 1:
        raise RnnhwError(f"{title(node)} must have one constant scale")
    _check_zero_point(node, inputs, scale.array)
    size = float(scale.array.reshape(-1)[0])
    if size != value.scale:
        raise RnnhwError(f"scale {size:.9g} of {title(node)} must be that of its QuantizeLinear, {value.scale:.9g}")
    return Numbered(value.ids, indices=value.indices), power_of_two(size, value.bits, title(node))


def weight_formats(node, w, r):
    """Formats of the weights of one cell, by the names of its tensors.

    Parameters
    ----------
    node : onnx.NodeProto
    w, r : (list of numpy.ndarray, int) or None
        Scales of all weights of each gate, and the bits of the integers; None if they were not quantised.
    """
    found = {}
    for name, which, steps in (("weight_ih", "W", w), ("weight_hh", "R", r)):
        if steps is not None:
            found[name] = _by_gates(f"{which} of {title(node)}", *steps)
    return found


def _by_gates(what, gates, bits):
    formats = tuple(format_of(f"{what}", steps, bits) for steps in gates)
    return formats[0] if len(set(formats)) == 1 else formats


def format_of(what, steps, bits):
    """The one format of weights with these scales."""
    if (steps != steps.flat[0]).any():
        other = steps[steps != steps.flat[0]].flat[0]
        raise RnnhwError(
            f"{what} must have one scale for each gate or one for all, not {steps.flat[0]:.9g} beside {other:.9g}"
        )
    return power_of_two(float(steps.flat[0]), bits, what)
