"""Nodes of an ONNX graph: what they are called, what they are told, and what one of them computes."""

import numpy as np
from onnx import helper
from onnx.reference import ReferenceEvaluator

from rnnhw.errors import RnnhwError

# operators whose result is not given by their inputs
_RANDOM = ("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli")
#: Domains in which the operators of ONNX itself stand.
OWN_DOMAINS = ("", "ai.onnx")


def title(node):
    """How a message calls a node: by its name, else by what it gives."""
    if node.name:
        return f"{node.op_type} node {node.name!r}"
    return f"{node.op_type} node that gives {next((name for name in node.output if name), '')!r}"


def attribute(node, name, default=None):
    """An attribute's value, texts as str; the default where the node has none of that name."""
    for entry in node.attribute:
        if entry.name == name:
            value = helper.get_attribute_value(entry)
            if isinstance(value, bytes):
                return value.decode(errors="replace")
            if isinstance(value, list | tuple):
                return [part.decode(errors="replace") if isinstance(part, bytes) else part for part in value]
            return value
    return default


def given(node, at):
    """Name of input `at` of a node; "" where it is left out."""
    return node.input[at] if at < len(node.input) else ""


def evaluate(node, inputs, opset):
    """What a node makes of arrays, computed by ONNX's own reference implementation.

    Parameters
    ----------
    node : onnx.NodeProto
    inputs : list of numpy.ndarray or None
        One an input of the node, None for what is left out.
    opset : int

    Returns
    -------
    list of numpy.ndarray
        One an output of the node; None for what nobody asked for.

    Raises
    ------
    RnnhwError
        With the node's name: what the implementation does not know or cannot do.
    """
    if node.op_type in _RANDOM:
        raise RnnhwError(f"{title(node)} is not supported: its values are random")
    if node.op_type == "Unsqueeze" and attribute(node, "axes") is not None:  # the form before opset 13
        return [np.expand_dims(inputs[0], tuple(attribute(node, "axes")))]
    names = [name for name in node.input if name]
    feeds = {name: array for name, array in zip(node.input, inputs, strict=True) if name}
    try:
        evaluator = ReferenceEvaluator(node, opsets={"": opset})
        with np.errstate(all="ignore"):
            found = iter(evaluator.run(None, {name: feeds[name] for name in names}))
    except Exception as error:  # the reference implementation raises nearly anything
        shapes = ", ".join(str(feeds[name].shape) for name in names)
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RnnhwError(f"{title(node)} cannot be computed for inputs of shapes {shapes}: {lines[0]}") from error
    return [np.asarray(next(found)) if name else None for name in node.output]
