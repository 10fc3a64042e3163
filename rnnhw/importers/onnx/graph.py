"""A model's graph as the importer walks it: its constants, its inputs with their sizes, its nodes in order."""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.nodes import OWN_DOMAINS, title

#: Types of the values that a network works on.
FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
#: Types that lengths of sequences, and indices, may have.
INTEGERS = (TensorProto.INT32, TensorProto.INT64)
#: The first opset whose recurrent operators are understood.
FIRST_OPSET = 7


@dataclass(frozen=True)
class Input:
    """An input of a graph.

    Parameters
    ----------
    name : str
    kind : int
        Element type, of `onnx.TensorProto`.
    sizes : tuple of int or str
        Sizes that are fixed, and names of those that are not.
    """

    name: str
    kind: int
    sizes: tuple

    def shape(self, chosen):
        """The shape with sizes chosen for the names, a dict."""
        return tuple(chosen[size] if isinstance(size, str) else size for size in self.sizes)


@dataclass(frozen=True)
class Graph:
    """What the importer takes of a model."""

    name: str
    opset: int
    constants: dict
    inputs: tuple
    outputs: tuple
    nodes: tuple

    def input(self, name):
        """The input of this name."""
        return next(entry for entry in self.inputs if entry.name == name)

    def needed(self, names):
        """The nodes that values with these names are made of, in order, and the names of all values on the way."""
        wanted, nodes = {name for name in names if name}, []
        for node in reversed(self.nodes):
            if wanted.intersection(node.output):
                nodes.append(node)
                wanted.update(_taken(node))
        return nodes[::-1], wanted


def _taken(node):
    """Names that a node takes, those that its branches take from outside included."""
    names = {name for name in node.input if name}
    for entry in node.attribute:
        for branch in (*([entry.g] if entry.HasField("g") else []), *entry.graphs):
            names.update(name for inner in branch.node for name in _taken(inner))
            names.update(output.name for output in branch.output)
    return names


def read_graph(model):
    """The graph of a model.

    Parameters
    ----------
    model : onnx.ModelProto

    Returns
    -------
    Graph

    Raises
    ------
    RnnhwError
        What is no valid model, is older than `FIRST_OPSET`, or has operators of other domains.
    """
    for entry in model.graph.initializer:
        if entry.data_location == TensorProto.EXTERNAL:
            raise RnnhwError(f"initializer {entry.name!r} stands in another file: read the model with rnnhw.load(path)")
    try:
        onnx.checker.check_model(model)
        if model.functions:
            model = onnx.inliner.inline_local_functions(model)
    except Exception as error:  # the checker raises its own kinds and those of protobuf
        raise RnnhwError(f"not a valid ONNX model: {_first_line(error)}") from error
    opset = next((entry.version for entry in model.opset_import if entry.domain in OWN_DOMAINS), 0)
    if opset < FIRST_OPSET:
        raise RnnhwError(f"opset of the model must be {FIRST_OPSET} or newer, not {opset}")
    graph = model.graph
    for node in graph.node:
        if node.domain not in OWN_DOMAINS:
            raise RnnhwError(f"{title(node)} is not supported: it is of domain {node.domain!r}, not one of ONNX's own")
    if graph.sparse_initializer:
        raise RnnhwError(f"sparse initializer {graph.sparse_initializer[0].values.name!r} is not supported")
    constants = {entry.name: read_tensor(entry) for entry in graph.initializer}
    inputs = tuple(_input(entry) for entry in graph.input if entry.name not in constants)
    return Graph(graph.name, opset, constants, inputs, tuple(e.name for e in graph.output), tuple(graph.node))


def read_tensor(entry):
    """A constant as an array."""
    try:
        return numpy_helper.to_array(entry)
    except Exception as error:
        raise RnnhwError(f"initializer {entry.name!r} is damaged: {_first_line(error)}") from error


def _input(entry):
    """An input of the graph; sizes without a name get one of their own."""
    kind = entry.type.tensor_type
    if not entry.type.HasField("tensor_type"):
        raise RnnhwError(f"input {entry.name!r} must be a tensor")
    sizes = []
    for axis, size in enumerate(kind.shape.dim):
        fixed = size.HasField("dim_value") and size.dim_value > 0
        sizes.append(size.dim_value if fixed else size.dim_param or f"{entry.name}[{axis}]")
    return Input(entry.name, kind.elem_type, tuple(sizes))


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def is_float(array):
    """Whether an array holds floating point numbers, those that numpy itself does not know included."""
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def as_float64(array):
    """An array with its floating point numbers as float64; others as they are."""
    return array.astype(np.float64) if is_float(array) else array
