"""The network of a graph: traced for two examples, checked against ONNX's own operators on each."""

from dataclasses import dataclass, replace

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.check import check
from rnnhw.importers.onnx.formats import found_formats
from rnnhw.importers.onnx.layout import Roles, arrange, find_roles
from rnnhw.importers.onnx.nodes import title
from rnnhw.importers.onnx.recurrent import RECURRENT, check_told
from rnnhw.importers.onnx.trace import Trace
from rnnhw.importers.onnx.values import STATES, Constant, Numbered
from rnnhw.importers.provenance import Provenance
from rnnhw.network.options import ONE_TO_ONE

# sequences and steps of the two examples, where a model leaves them open
_EXAMPLES = ((3, 5), (2, 7))


@dataclass(frozen=True)
class Example:
    """A graph traced for one example.

    Parameters
    ----------
    trace : Trace
    roles : Roles
    order : numpy.ndarray of int, shape (sequences, steps, features)
        Number of each element of the model's input.
    states : dict of str to numpy.ndarray
        Ids of the inputs that are initial states.
    answer : str
        Name of the output that is the answer; the others are final states.
    """

    trace: Trace
    roles: Roles
    order: np.ndarray
    states: dict
    answer: str

    @property
    def provenance(self):
        """The example's ids."""
        return self.trace.provenance


def build(graph, name):
    """The network of a graph.

    Parameters
    ----------
    graph : Graph
    name : str

    Returns
    -------
    Network

    Raises
    ------
    RnnhwError
        Whatever is not understood, by its node's name, and a network whose answers are not the model's.
    """
    roles, networks = find_roles(graph), []
    for number, sizes in enumerate(_EXAMPLES):
        sequences, steps = (
            chosen if isinstance(role, str) else role
            for role, chosen in zip((roles.sequences, roles.steps), sizes, strict=True)
        )
        example = _example(graph, roles, sequences, steps, number)
        net = _network(example, graph, name)
        check(net, example, graph)
        networks.append(net)
        if roles.lengths is None and not isinstance(roles.sequences, str) and not isinstance(roles.steps, str):
            return net
    if networks[0].options != networks[1].options or networks[0].layers != networks[1].layers:
        raise RnnhwError("the model is another network for another number of sequences or steps")
    return networks[0]


def _example(graph, roles, sequences, steps, number):
    """Trace the graph for one example; the second one has other lengths than the first."""
    first = next(node for node in graph.nodes if node.op_type in RECURRENT)
    order = arrange(graph, roles, first, sequences, steps)
    lengths = None
    if roles.lengths is not None:
        lengths = np.maximum(steps - np.arange(sequences) - number * np.arange(sequences), 1)
        if sequences == 1 and number:
            lengths = np.maximum(lengths - 1, 1)
    provenance = Provenance(*order.shape[:2], lengths)
    values = {roles.x.name: Numbered(_input_ids(roles, order, provenance))}
    if lengths is not None:
        kind = {6: np.int32}.get(roles.lengths.kind, np.int64)
        values[roles.lengths.name] = Constant(lengths.astype(kind))
    states = _state_ids(roles, sequences, steps)
    trace = Trace(graph, values | {key: Numbered(ids) for key, ids in states.items()}, provenance)
    trace.run(graph.outputs)
    for name in graph.outputs:
        if not isinstance(trace.values[name], Numbered):
            raise RnnhwError(f"output {name!r} does not depend on the model's input")
        check_told(name, trace.values[name], "the model")
        if trace.values[name].scale is not None:
            raise RnnhwError(f"output {name!r} must be floating point, behind a DequantizeLinear")
    _check_states(trace, states)
    return Example(trace, roles, order, states, _answer(graph, trace))


def _input_ids(roles, order, provenance):
    """Ids in the shape of the model's input."""
    shape = roles.shape(roles.x, *order.shape[:2])
    if not np.array_equal(np.sort(order, axis=None), np.arange(np.prod(shape))):
        raise RnnhwError(
            f"the first recurrent layer must take all of input {roles.x.name!r}, each element once: "
            f"it takes {order.shape} = (sequences, steps, features) of shape {shape}"
        )
    ids = np.empty(np.prod(shape), dtype=np.int64)
    ids[order] = provenance.input(order.shape[2])
    return ids.reshape(shape)


def _state_ids(roles, sequences, steps):
    """Ids for the inputs that are initial states, all different."""
    states, following = {}, STATES
    for entry in roles.states:
        shape = roles.shape(entry, sequences, steps)
        count = int(np.prod(shape))
        states[entry.name] = following - np.arange(count, dtype=np.int64).reshape(shape)
        following -= count
    return states


def _check_states(trace, states):
    """Refuse an input whose elements are not each used once as an initial state."""
    used = [ids.reshape(-1) for layer in trace.layers for use in layer.cells for ids in use.initial if ids is not None]
    used = np.concatenate(used) if used else np.zeros(0, dtype=np.int64)
    for name, ids in states.items():
        if not np.array_equal(np.sort(used[np.isin(used, ids)]), np.sort(ids, axis=None)):
            raise RnnhwError(
                f"input {name!r} must be the initial state of recurrent layers, each element of it used once"
            )


def _answer(graph, trace):
    """Which output is the answer: the one that is more than final states, else the first."""
    if not trace.layers:
        raise RnnhwError("the model's outputs do not depend on its recurrent layers")
    finals = [part.reshape(-1) for layer in trace.layers for use in layer.cells for part in use.finals]
    finals = np.concatenate(finals)
    others = [name for name in graph.outputs if not np.isin(trace.values[name].ids, finals).all()]
    if len(others) > 1:
        raise RnnhwError(
            f"the model must have one answer; its outputs {' and '.join(map(repr, others))} are no final states"
        )
    return others[0] if others else graph.outputs[0]


def _network(example, graph, name):
    """The network that an example shows."""
    trace = example.trace
    states = [trace.values[output].ids for output in graph.outputs if output != example.answer]
    net = trace.provenance.network(
        trace.values[example.answer].ids, name, states, sigmoid=_common(trace, "sigmoid"), clip=_common(trace, "clip")
    )
    if len(net.recurrents) != len(trace.layers):
        raise RnnhwError(
            f"the answer {example.answer!r} must come from all recurrent layers of the model, "
            f"but from {len(net.recurrents)} of {len(trace.layers)} it does"
        )
    if trace.provenance.steps == 1 and not isinstance(example.roles.steps, str):
        net = replace(net, mode=ONE_TO_ONE, reading="final")
    return replace(net, formats=found_formats(net, trace))


def _common(trace, option):
    """What all recurrent layers agree on, where they have it at all."""
    chosen = {}
    for layer in trace.layers:
        if option != "sigmoid" or layer.sigmoid is not None:
            chosen.setdefault(getattr(layer, option), title(layer.node))
    if len(chosen) > 1:
        named = " and ".join(f"{value!r} ({where})" for value, where in chosen.items())
        raise RnnhwError(f"all recurrent layers must have the same {option}, not {named}")
    return next(iter(chosen), "logistic")
