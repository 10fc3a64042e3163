"""Operators that only move values about: they move ids just as well."""

import numpy as np
from onnx import TensorProto

from rnnhw.errors import RnnhwError
from rnnhw.importers.ids import ZERO
from rnnhw.importers.onnx.graph import FLOATS, INTEGERS
from rnnhw.importers.onnx.nodes import attribute, evaluate, given, title
from rnnhw.importers.onnx.values import Constant, Numbered

#: Operators that move values: inputs that are moved (None: all); the others say how, and must be constants.
MOVED = {
    "Identity": (0,), "Transpose": (0,), "Squeeze": (0,), "Unsqueeze": (0,), "Reshape": (0,), "Flatten": (0,),
    "Slice": (0,), "Gather": (0,), "GatherND": (0,), "GatherElements": (0,), "Split": (0,), "Concat": None,
    "Expand": (0,), "Tile": (0,), "ReverseSequence": (0,), "Where": (1, 2), "Pad": (0,), "Compress": (0,),
}  # fmt: skip
#: Operators that only look at the shape.
SHAPES = ("Shape", "Size")
#: Operators that change the type, or nothing at all when a model is used.
PASSED = ("Cast", "CastLike", "Dropout")


def move(node, inputs, opset):
    """What a node that moves values gives.

    Parameters
    ----------
    node : onnx.NodeProto
        One of `MOVED`.
    inputs : list of Constant, Numbered or None
    opset : int

    Returns
    -------
    list of Numbered or None

    Raises
    ------
    RnnhwError
        Ids where the operator takes something else, or constants other than zeros among them.
    """
    places = MOVED[node.op_type]
    kinds = {(v.scale, v.bits, v.indices) for v in inputs if isinstance(v, Numbered)}
    if len(kinds) > 1:
        raise RnnhwError(f"{title(node)} is not supported: it joins values of different kinds or scales")
    arrays = []
    for at, value in enumerate(inputs):
        if places is not None and at not in places:
            if isinstance(value, Numbered):
                raise RnnhwError(f"input {at + 1} ({node.input[at]!r}) of {title(node)} must not depend on the input")
            arrays.append(value and value.array)
        else:
            arrays.append(value.ids if isinstance(value, Numbered) else _zeros(node, at, value))
    if node.op_type == "Pad":
        arrays = _padding(node, arrays)
    ((scale, bits, indices),) = kinds
    return [
        found if found is None else Numbered(found, scale, bits, indices) for found in evaluate(node, arrays, opset)
    ]


def _zeros(node, at, value):
    """Ids of constants among values: only zeros have one."""
    if value is None or value.array.any():
        raise RnnhwError(f"{title(node)} is not supported: it joins constants ({node.input[at]!r}) with values")
    return np.full(value.array.shape, ZERO, dtype=np.int64)


def _padding(node, arrays):
    """The inputs of a Pad, which must pad with zeros."""
    if attribute(node, "mode", "constant") != "constant" or attribute(node, "value", 0.0) != 0.0:
        raise RnnhwError(f"{title(node)} is not supported: it must pad with zeros")
    if len(arrays) < 2:
        raise RnnhwError(f"{title(node)} is not supported before opset 11")
    if given(node, 2) and arrays[2].any():
        raise RnnhwError(f"{title(node)} is not supported: it must pad with zeros")
    if not given(node, 2):
        raise RnnhwError(f"{title(node)} is not supported: it must name the zero that it pads with")
    return [*arrays[:2], np.array(ZERO, dtype=np.int64), *arrays[3:]]


def passed(node, inputs):
    """What a node gives that changes the type of values, or nothing at all.

    Raises
    ------
    RnnhwError
        A type that loses something, or a dropout that is at work.
    """
    (value, *others) = inputs
    if not isinstance(value, Numbered) or any(isinstance(other, Numbered) for other in others):
        raise RnnhwError(f"{title(node)} is not supported: it takes how it works from the input")
    if node.op_type == "Dropout":
        training = len(others) > 1 and others[1] is not None and bool(others[1].array)
        if training:
            raise RnnhwError(f"{title(node)} is not supported with training_mode: export the model for inference")
        if len(node.output) > 1 and node.output[1]:
            raise RnnhwError(f"{title(node)} is not supported with a mask")
        return [value]
    kind = attribute(node, "to")
    if node.op_type == "Cast" and kind not in ((*FLOATS, *INTEGERS) if value.indices else FLOATS):
        raise RnnhwError(f"{title(node)} is not supported: it rounds to {TensorProto.DataType.Name(kind)}")
    if node.op_type == "CastLike" and others[0].array.dtype.kind != "f":
        raise RnnhwError(f"{title(node)} is not supported: it rounds to {others[0].array.dtype}")
    return [value]


def computed(node, inputs, opset):
    """What a node makes of constants; the steps of dequantised ones are moved along."""
    if node.op_type in ("Loop", "Scan", "SequenceMap"):
        raise RnnhwError(f"{title(node)} is not supported")
    found = evaluate(node, [value and value.array for value in inputs], opset)
    places = MOVED.get(node.op_type, ())
    places = range(len(inputs)) if places is None else [at for at in places if at < len(inputs)]
    bits = {inputs[at].bits for at in places}
    if len(bits) != 1 or None in bits:
        return [array if array is None else Constant(array) for array in found]
    steps = evaluate(node, [v and (v.step if at in places else v.array) for at, v in enumerate(inputs)], opset)
    return [a if a is None else Constant(a, step, *bits) for a, step in zip(found, steps, strict=True)]
