"""Whether a network answers as its model does: the model's operators are run on random numbers."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.graph import as_float64
from rnnhw.importers.onnx.nodes import evaluate
from rnnhw.importers.onnx.recurrent import RECURRENT
from rnnhw.importers.onnx.run_recurrent import in_float64, run_recurrent
from rnnhw.importers.onnx.values import STATES, Numbered
from rnnhw.importers.tolerances import TOLERANCE

#: Largest difference that counts as equal where some operators ran in float32 and others, on its results, in float64.
TOLERANCE_MIXED = 2e-5
_UNCHANGED = ("Cast", "CastLike", "Dropout", "QuantizeLinear", "DequantizeLinear")


def check(net, example, graph):
    """Compare a network with its model, node by node run by ONNX's reference implementation.

    Rounding (QuantizeLinear and DequantizeLinear of what depends on the input) is left out on both sides.

    Parameters
    ----------
    net : Network
    example : Example
    graph : Graph

    Raises
    ------
    RnnhwError
        With both numbers where they differ.
    """
    rng = np.random.default_rng(0)
    p, trace = example.provenance, example.trace
    x = rng.normal(size=example.order.shape)
    shape = trace.values[example.roles.x.name].ids.shape
    flat = np.empty(x.size)
    flat[example.order] = x
    feeds = {example.roles.x.name: flat.reshape(shape)}
    feeds |= {name: rng.uniform(-0.9, 0.9, size=ids.shape) for name, ids in example.states.items()}
    values = run(trace, feeds, graph.opset)
    y, final = net.run(x, p.lengths, initial_state=_initial(net, example, feeds), return_state=True)
    precise = all(in_float64(layer.node, _lengths(trace, layer.node), p.steps) for layer in trace.layers)
    limit = TOLERANCE if precise else TOLERANCE_MIXED
    for name in graph.outputs:
        ids, theirs = trace.values[name].ids, np.asarray(values[name], dtype=np.float64)
        if name == example.answer:
            theirs, mine = p.arranged(ids, theirs), y
            mine = mine[:, 0] if mine.ndim > theirs.ndim else mine
        else:
            mine = _states(net, example, final, ids)
        _compare(mine, theirs, name, limit)


def _compare(mine, theirs, name, limit):
    size = max(float(np.abs(theirs).max()), 1e-30)
    difference = np.abs(mine - theirs)
    if not difference.max() <= limit * size:
        at = np.unravel_index(int(np.nanargmax(difference)), difference.shape)
        raise RnnhwError(
            f"output {name!r} of the imported network differs from the model's: {mine[at]:.9g} instead of "
            f"{theirs[at]:.9g} on random numbers"
        )


def _lengths(trace, node):
    return trace.values[node.input[4]].array if len(node.input) > 4 and node.input[4] else None


def run(trace, feeds, opset):
    """Values of all names that depend on the input, for numbers instead of ids.

    Parameters
    ----------
    trace : Trace
        Says which they are, and what the others are.
    feeds : dict of str to numpy.ndarray
    opset : int
    """
    values = dict(feeds)
    for node in trace.nodes:
        if not any(isinstance(trace.values.get(name), Numbered) for name in node.output if name):
            continue
        inputs = [
            None if not name else values[name] if name in values else as_float64(trace.values[name].array)
            for name in node.input
        ]
        if node.op_type in _UNCHANGED:
            found = inputs[:1]
        elif node.op_type in RECURRENT:
            found = run_recurrent(node, inputs, opset)
        else:
            found = evaluate(node, inputs, opset)
        values.update({name: array for name, array in zip(node.output, found, strict=False) if name})
    return values


def _parts(example):
    """The cells of all layers in the order of the network's state, with the place of each part of it."""
    begin = 0
    for layer in example.trace.layers:
        for use in layer.cells:
            for final, initial in zip(use.finals, use.initial, strict=True):
                yield begin, begin + use.cell.hidden_size, final, initial
                begin += use.cell.hidden_size


def _initial(net, example, feeds):
    """The network's initial state where the model's is `feeds`; None if it has none."""
    if not example.states:
        return None
    state = np.tile(net.initial, (example.provenance.sequences, 1))
    numbers = np.concatenate([feeds[name].reshape(-1) for name in example.states])
    for begin, end, _, initial in _parts(example):
        if initial is not None:
            state[:, begin:end] = numbers[STATES - initial]
    return state


def _states(net, example, final, ids):
    """The network's final states where ids are."""
    mine = np.full(ids.shape, np.nan)
    for begin, end, part, _ in _parts(example):
        known = dict(zip(part.reshape(-1).tolist(), final[:, begin:end].reshape(-1).tolist(), strict=True))
        for at in np.ndindex(ids.shape):
            mine[at] = known.get(int(ids[at]), mine[at])
    return mine
