"""Dense layers and what stands behind them, on ids: Gemm, MatMul, Add, Relu, Softmax, ArgMax."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.nodes import attribute, title
from rnnhw.importers.onnx.quantised import format_of
from rnnhw.importers.onnx.values import Constant, Numbered

#: Operators that become dense layers.
PRODUCTS = ("Gemm", "MatMul")


def product(node, inputs, provenance):
    """A Gemm or a MatMul whose left side is ids; returns the ids of its outputs, and its weights' format or None."""
    a, b, c = (*inputs, None, None)[:3]
    if not isinstance(a, Numbered) or not isinstance(b, Constant) or isinstance(c, Numbered):
        raise RnnhwError(f"{title(node)} is not supported: it must be values times constant weights")
    gemm = node.op_type == "Gemm"
    ids = a.ids.T if gemm and attribute(node, "transA", 0) else a.ids
    weight, step = b.array, b.step
    if gemm and attribute(node, "transB", 0):
        weight, step = weight.T, None if step is None else step.T
    while weight.ndim > 2 and weight.shape[0] == 1 and ids.ndim >= weight.ndim:
        weight, step = weight[0], None if step is None else step[0]
    if weight.ndim != 2 or ids.ndim < 1 or ids.shape[-1] != len(weight):
        raise RnnhwError(
            f"{title(node)} must multiply vectors by weights of 2 axes that fit, not {a.ids.shape} by {b.array.shape}"
        )
    alpha = attribute(node, "alpha", 1.0) if gemm else 1.0
    bias = None if c is None else _bias(node, c.array, (*ids.shape[:-1], weight.shape[1]))
    if bias is not None:
        bias = bias * attribute(node, "beta", 1.0)
    outputs = provenance.dense(weight.T.astype(np.float64) * alpha, bias, ids, node.name or node.output[0])
    found = None
    if step is not None:
        found = format_of(f"the weights of {title(node)}", step * alpha, b.bits)
    return Numbered(outputs), found


def _bias(node, array, shape):
    """A constant that is added to vectors, as one vector."""
    fits = all(mine in (1, size) for mine, size in zip(array.shape[::-1], shape[::-1], strict=False))
    if array.ndim > len(shape) or not fits:
        raise RnnhwError(f"{title(node)} adds a constant of shape {array.shape} to {shape}, which is not supported")
    rows = np.broadcast_to(array.astype(np.float64), shape).reshape(-1, shape[-1])
    if (rows != rows[0]).any():
        raise RnnhwError(f"{title(node)} adds another constant to each sequence or step, which is not supported")
    return rows[0]


def add(node, inputs, provenance):
    """The sum of ids and a constant."""
    values = [value for value in inputs if isinstance(value, Numbered)]
    constants = [value for value in inputs if isinstance(value, Constant)]
    if len(values) != 1:
        raise RnnhwError(f"{title(node)} is not supported: of what it adds one must be a constant")
    return Numbered(provenance.add(values[0].ids, _bias(node, constants[0].array, values[0].ids.shape)))


def activate(node, inputs, provenance, opset):
    """A Relu, Softmax or ArgMax of ids."""
    ids, kind = inputs[0].ids, node.op_type.lower()
    if kind == "relu":
        return Numbered(provenance.activate(ids, kind))
    old = opset < 13 and kind == "softmax"
    axis = attribute(node, "axis", {"argmax": 0}.get(kind, 1 if old else -1))
    axis += ids.ndim if axis < 0 else 0
    if not 0 <= axis < ids.ndim:
        raise RnnhwError(f"axis of {title(node)} must be one of its {ids.ndim} axes, not {axis}")
    if old and axis != ids.ndim - 1:
        raise RnnhwError(f"{title(node)} is not supported: before opset 13 it runs over all axes from {axis} on")
    if attribute(node, "select_last_index", 0):
        raise RnnhwError(f"{title(node)} is not supported with select_last_index: of equals the first counts")
    found = np.moveaxis(provenance.activate(np.moveaxis(ids, axis, -1), kind), -1, axis)
    if kind == "argmax" and not attribute(node, "keepdims", 1):
        found = found.squeeze(axis)
    return Numbered(found, indices=kind == "argmax")
