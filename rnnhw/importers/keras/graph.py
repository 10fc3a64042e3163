"""Walking the graph that Keras recorded of a functional or sequential model."""

import inspect
from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called


@dataclass(frozen=True)
class Value:
    """Ids in place of a tensor's values.

    Attributes
    ----------
    ids : numpy.ndarray of int64
    mask : float or None
        Steps of the input that hold nothing but this value do not count; None: all count.
    """

    ids: np.ndarray
    mask: float | None = None


@dataclass(frozen=True)
class State:
    """An input of the model that can be nothing but an initial state.

    Attributes
    ----------
    index : int
        Number of the input.
    name : str
    """

    index: int
    name: str


def model_graph(model, keras):
    """Inputs and outputs of a model, flat lists of symbolic tensors.

    Raises
    ------
    RnnhwError
        A model whose code is not a graph of layers, or that was not built yet.
    """
    what = f"model {model.name!r} ({type(model).__name__})"
    if not type(model).call.__module__.startswith("keras.src.models.") or type(model).call is keras.Model.call:
        raise RnnhwError(f"{what} has code of its own; only sequential and functional models are understood")
    try:
        return list(model.inputs), list(model.outputs)
    except (AttributeError, TypeError, ValueError) as error:
        raise RnnhwError(f"{what} has no input shape yet: put a keras.Input first, or build it") from error


def run_graph(outputs, values, execute, keras):
    """The values of symbolic tensors.

    Parameters
    ----------
    outputs : list of KerasTensor
    values : dict
        id() of symbolic tensors -> Value or State; those of the model's inputs must be there, others are added.
    execute : callable
        Takes an operation, its arguments by name, and the masks that it is given, each a Value and the value that
        is masked in it; returns one value a symbolic output.
    keras : module

    Returns
    -------
    list
        One value an output.
    """
    waiting = list(outputs)
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in values:
            waiting.pop()
            continue
        node = _node(tensor)
        arguments, masks = _arguments(node, keras)
        sources = [mask_source(mask, called(node.operation), keras) for mask in masks]
        missing = [x for x in (*_tensors(arguments, keras), *(x for x, _ in sources)) if id(x) not in values]
        if missing:
            waiting += missing
            continue
        filled = _filled(arguments, values, keras)
        results = execute(node.operation, filled, [(values[id(x)], masked) for x, masked in sources])
        if len(results) != len(node.outputs):
            raise RnnhwError(f"{called(node.operation)} gives {len(node.outputs)} outputs, not {len(results)}")
        values |= {id(output): value for output, value in zip(node.outputs, results, strict=True)}
    return [values[id(tensor)] for tensor in outputs]


def _filled(arguments, values, keras):
    """Arguments with values in place of symbolic tensors."""
    return keras.tree.map_structure(lambda x: values[id(x)] if isinstance(x, keras.KerasTensor) else x, arguments)


def input_name(tensor):
    """Name of the model's input that a symbolic tensor is."""
    operation = tensor._keras_history.operation
    return tensor.name if operation is None else operation.name


def _node(tensor):
    """The call that made a symbolic tensor."""
    operation, node_index, _ = tensor._keras_history
    node = None if operation is None else operation._inbound_nodes[node_index]
    if node is None or node.is_input:
        name = "a tensor" if operation is None else called(operation)
        raise RnnhwError(f"the model's outputs depend on {name}, which is none of its inputs")
    return node


def _arguments(node, keras):
    """Arguments of a call by the names of its parameters, and the masks among them."""
    call = inspect.signature(type(node.operation).call)
    bound = call.bind(node.operation, *node.arguments.args, **node.arguments.kwargs)
    arguments = dict(bound.arguments)
    for parameter in call.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            arguments |= arguments.pop(parameter.name, {})
    arguments.pop(next(iter(call.parameters)))
    if arguments.pop("training", False):
        raise RnnhwError(f"{called(node.operation)} is called with training=True, which is not supported")
    return arguments, _tensors(arguments.pop("mask", None), keras)


def _tensors(structure, keras):
    return [x for x in keras.tree.flatten(structure) if isinstance(x, keras.KerasTensor)]


def mask_source(mask, what, keras):
    """The symbolic tensor that a mask is computed of, and the value that is masked in it.

    Raises
    ------
    RnnhwError
        If it is not computed as `keras.layers.Masking` does it: whether any feature differs from a value.
    """
    for kind, count in (("Any", 1), ("NotEqual", 2)):
        operation, node_index, _ = getattr(mask, "_keras_history", (None, 0, 0))
        found = []
        if type(operation).__name__ == kind and type(operation).__module__.startswith("keras.src.ops."):
            found = list(_arguments(operation._inbound_nodes[node_index], keras)[0].values())
        wrong = len(found) != count or not isinstance(found[0], keras.KerasTensor)
        if wrong or (kind == "Any" and operation.axis not in (-1, (-1,), [-1])):
            raise RnnhwError(f"{what} is given a mask that is not made by a Masking layer, which is not supported")
        mask = found[0]
    return mask, float(np.asarray(keras.ops.convert_to_numpy(found[1])))
