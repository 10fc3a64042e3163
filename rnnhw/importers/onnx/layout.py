"""Which axis of a model's input counts the sequences, which the steps: as its first recurrent layer takes it."""

from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.graph import FLOATS, INTEGERS
from rnnhw.importers.onnx.nodes import attribute, title
from rnnhw.importers.onnx.recurrent import RECURRENT
from rnnhw.importers.onnx.trace import Trace
from rnnhw.importers.onnx.values import Constant, Numbered

# sizes that are tried where a model leaves them open, to see which axis becomes which
_PROBES = (11, 13, 17, 19, 23, 29, 31, 37)


@dataclass(frozen=True)
class Roles:
    """What the inputs of a graph are for.

    Parameters
    ----------
    x : Input
    lengths : Input or None
    states : tuple of Input
    sequences, steps : int or str
        The size, or the name of the size that is open.
    features : dict
        Sizes by names that can only be one.
    """

    x: object
    lengths: object
    states: tuple
    sequences: int | str
    steps: int | str
    features: dict

    def sizes(self, sequences, steps):
        """The sizes of the input's axes for an example of so many sequences and steps."""
        chosen = {size: sequences for size in self.x.sizes if isinstance(size, str)} | self.features
        return chosen | {self.sequences: sequences, self.steps: steps}

    def shape(self, entry, sequences, steps):
        """The shape of an input; names that the sequences' input does not have stand for the sequences."""
        chosen = self.sizes(sequences, steps)
        return tuple(chosen.get(size, sequences) if isinstance(size, str) else size for size in entry.sizes)


def find_roles(graph):
    """What each input of a graph is for.

    Raises
    ------
    RnnhwError
        No recurrent layer, an input of another type, or one whose use is not understood.
    """
    first = next((node for node in graph.nodes if node.op_type in RECURRENT and _uses_input(graph, node)), None)
    if first is None:
        raise RnnhwError(
            "the model has no RNN, LSTM or GRU node that takes its input; "
            "layers that were written out step by step as products are not understood"
        )
    _, names = graph.needed(first.input[:1])
    entries = [entry for entry in graph.inputs if entry.name in names and entry.kind not in INTEGERS]
    if len(entries) != 1:
        which = " and ".join(repr(entry.name) for entry in entries) or "no input of floating point numbers"
        raise RnnhwError(f"{title(first)} must take one input of the model, not {which}")
    (x,) = entries
    others = [entry for entry in graph.inputs if entry is not x]
    lengths = [entry for entry in others if entry.kind in INTEGERS and len(entry.sizes) == 1]
    states = [entry for entry in others if entry.kind in FLOATS]
    for entry in (x, *others):
        if entry.kind not in FLOATS and entry not in lengths:
            raise RnnhwError(f"input {entry.name!r} must be floating point, or integers of 1 axis that are lengths")
    if len(lengths) > 1:
        raise RnnhwError(f"only one input may be the lengths, not {' and '.join(repr(e.name) for e in lengths)}")
    return _measured(graph, first, x, lengths[0] if lengths else None, tuple(states))


def _uses_input(graph, node):
    _, names = graph.needed(node.input[:1])
    return any(entry.name in names for entry in graph.inputs)


def _measured(graph, first, x, lengths, states):
    """The roles, with the axes told apart by sizes that are all different."""
    names = list(dict.fromkeys(size for size in x.sizes if isinstance(size, str)))
    fixed = [size for size in x.sizes if not isinstance(size, str)]
    probes = [probe for probe in _PROBES if probe not in fixed]
    if len(names) > len(probes):
        raise RnnhwError(f"input {x.name!r} must not have more than {len(probes)} open sizes, not {len(names)}")
    chosen, features = dict(zip(names, probes, strict=False)), {}
    found, inputs = probe_input(graph, first, x, lengths, chosen)
    wrong = [name for name, size in chosen.items() if size == found.shape[2] != inputs]
    if wrong:
        features = {wrong[0]: inputs}
        found, _ = probe_input(graph, first, x, lengths, chosen | features)
    open_sizes = {size: name for name, size in chosen.items() if name not in features}
    sequences, steps = (open_sizes.get(size, size) for size in found.shape[:2])
    return Roles(x, lengths, states, sequences, steps, features)


def probe_input(graph, first, x, lengths, chosen):
    """Where the first recurrent node's input comes from.

    Returns
    -------
    numpy.ndarray of int, shape (sequences, steps, features)
        Numbers of the input's elements.
    int
        The features that the node has weights for.
    """
    shape = x.shape(chosen)
    values = {x.name: Numbered(np.arange(np.prod(shape), dtype=np.int64).reshape(shape))}
    if lengths is not None:
        count = lengths.sizes[0]
        count = chosen.get(count, shape[0]) if isinstance(count, str) else count
        values[lengths.name] = Constant(np.ones(count, dtype=np.int64))
    trace = Trace(graph, values)
    trace.run(first.input[:2])
    found, weights = (trace.values.get(name) for name in first.input[:2])
    if not isinstance(weights, Constant) or weights.array.ndim != 3:
        raise RnnhwError(f"input W of {title(first)} must be a constant of 3 axes")
    if not isinstance(found, Numbered) or found.ids.ndim != 3:
        raise RnnhwError(f"input X of {title(first)} must have 3 axes")
    ids = found.ids if attribute(first, "layout", 0) == 1 else np.swapaxes(found.ids, 0, 1)
    return ids, weights.array.shape[2]


def arrange(graph, roles, first, sequences, steps):
    """For an example of so many sequences and steps, the number of each element of the model's input.

    Returns
    -------
    numpy.ndarray of int, shape (sequences, steps, features)
        In the order in which the input holds them, whatever the first layer's is.
    """
    ids, _ = probe_input(graph, first, roles.x, roles.lengths, roles.sizes(sequences, steps))
    along = ids[:, 0, 0], ids[0, :, 0], ids[0, 0]
    return ids[np.ix_(*map(np.argsort, along))]
