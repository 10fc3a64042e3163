"""RNN, LSTM and GRU nodes on ids: their constants, their lengths, their initial states, their outputs."""

import re
from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.activations import activation_names, clip_of
from rnnhw.importers.onnx.cells import Tensors, by_gate, directions, read_cells
from rnnhw.importers.onnx.nodes import attribute, title
from rnnhw.importers.onnx.quantised import weight_formats
from rnnhw.importers.onnx.values import STATES, Numbered
from rnnhw.network.tensors import check_shape

#: The operators that become recurrent layers.
RECURRENT = ("RNN", "LSTM", "GRU")
#: Id of the state that a layer ends with past the end of a sequence whose length it is not told: nothing may use it.
ASTRAY = np.iinfo(np.int64).min
# inputs of a node: number of the first initial state
_INITIAL_H, _INITIAL_C, _PEEPHOLES = 5, 6, 7


@dataclass(frozen=True)
class CellUse:
    """A cell as the graph uses it.

    Parameters
    ----------
    cell : LSTM, GRU or RNN
        In the order of the network's states.
    finals : list of numpy.ndarray, shape (sequences, units)
        Ids of each part of its final state.
    initial : list of numpy.ndarray or None
        Ids of each part of its initial state, where these are inputs of the model.
    formats : dict
        Formats of its weights, where these were quantised, by "weight_ih" and "weight_hh".
    """

    cell: object
    finals: list
    initial: list
    formats: dict


@dataclass(frozen=True)
class LayerUse:
    """A recurrent layer as the graph uses it: its cells in the network's order, and which curves they have."""

    node: object
    cells: tuple
    sigmoid: str | None
    clip: float | None
    h: np.ndarray


def recurrent(node, inputs, provenance):
    """A recurrent node that takes ids.

    Parameters
    ----------
    node : onnx.NodeProto
    inputs : list of Constant, Numbered or None
    provenance : Provenance

    Returns
    -------
    outputs : list of Numbered or None
        One an output of the node.
    use : LayerUse
    """
    inputs = [*inputs, *[None] * (8 - len(inputs))]
    batch_first = attribute(node, "layout", 0) == 1
    _check_inputs(node, inputs)
    present = directions(node)
    tensors, initial = _tensors(node, inputs, batch_first, provenance.sequences)
    cells, sigmoid = read_cells(node, tensors, _plain(node))
    clip = clip_of(node, activation_names(node, sum(present)), sigmoid)
    formats = [
        weight_formats(node, w, r)
        for w, r in zip(_steps(inputs[1], node.op_type), _steps(inputs[2], node.op_type), strict=True)
    ]
    x = inputs[0].ids if batch_first else np.swapaxes(inputs[0].ids, 0, 1)
    h, finals = provenance.recurrent(cells if present[1] else cells[:1], x)
    h, finals = _untold(node, inputs[4], present, h, finals, provenance)
    uses = [CellUse(cell, *rest) for cell, *rest in zip([c for c in cells if c], finals, initial, formats, strict=True)]
    parts = np.split(h, len(uses), axis=2)
    if len(uses) == 2 and parts[1][0, 0, 0] < parts[0][0, 0, 0]:  # the layer counts its cells in the order of time
        uses.reverse()
    outputs = _outputs(node, np.stack(parts), finals, batch_first)
    return outputs, LayerUse(node, tuple(uses), sigmoid, clip, h)


def _check_inputs(node, inputs):
    """Refuse ids where constants belong, and the other way round."""
    if not isinstance(inputs[0], Numbered) or inputs[0].ids.ndim != 3:
        raise RnnhwError(f"input X of {title(node)} must be sequences of vectors that depend on the model's input")
    for at, name in ((1, "W"), (2, "R"), (3, "B"), (4, "sequence_lens"), (7, "P")):
        if isinstance(inputs[at], Numbered):
            raise RnnhwError(f"input {name} of {title(node)} must be a constant")
        if inputs[at] is None and at in (1, 2):
            raise RnnhwError(f"input {name} of {title(node)} is missing")


def _plain(node):
    """A name for the cells of a node that a layer may have."""
    name = re.sub(r"\W+", "_", node.name or next(filter(None, node.output), "")).strip("_")
    return name if re.match(r"[A-Za-z]", name) and name != "mask" else f"{node.op_type.lower()}_{name}"


def _tensors(node, inputs, batch_first, sequences):
    """The constants of a node, and the ids of the initial states of each direction (None where they are constants)."""
    constants, ids = {}, []
    for at, field in ((_INITIAL_H, "h0"), (_INITIAL_C, "c0")):
        value = inputs[at]
        if value is None:
            ids.append(None)
            continue
        array = value.ids if isinstance(value, Numbered) else value.array
        what = f"initial_{field[0]} of {title(node)}"
        check_shape(array, what, (None, None, None), "(directions, sequences, hidden)")
        array = np.swapaxes(array, 0, 1) if batch_first else array
        hidden = inputs[2].array.shape[-1]
        if array.shape[::2] != (sum(directions(node)), hidden):
            raise RnnhwError(
                f"{what} must be for {sum(directions(node))} directions and {hidden} units, "
                f"not {array.shape[0]} and {array.shape[2]}"
            )
        if array.shape[1] != sequences:
            raise RnnhwError(f"{what} must be for {sequences} sequences, not {array.shape[1]}")
        if isinstance(value, Numbered):
            if value.ids.max() > STATES or value.ids.min() == ASTRAY:
                raise RnnhwError(f"{what} must be a constant or an input of the model, not computed from the input")
            ids.append(array)
            continue
        ids.append(None)
        if (array != array[:, :1]).any():
            raise RnnhwError(f"{what} must be the same for every sequence")
        constants[field] = array[:, 0]
    parts = 2 if node.op_type == "LSTM" else 1
    initial = [[part if part is None else part[at] for part in ids[:parts]] for at in range(sum(directions(node)))]
    arrays = [value and value.array for value in (*inputs[1:4], inputs[_PEEPHOLES])]
    return Tensors(*arrays, **constants), initial


def _steps(weights, kind):
    """For each direction how large the steps of quantised weights are, in rnnhw's order of gates, and their bits."""
    if weights.step is None:
        return [None] * len(weights.array)
    return [(np.split(by_gate(step, kind), _gates(kind)), weights.bits) for step in weights.step]


def _gates(kind):
    return {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]


def _untold(node, lengths, present, h, finals, provenance):
    """What a node gives that is not told the lengths of the sequences, or told all of them."""
    full = np.full(provenance.sequences, provenance.steps)
    told = full if lengths is None else lengths.array
    if told.dtype.kind not in "iu" or told.shape != full.shape:
        raise RnnhwError(f"sequence_lens of {title(node)} must be {len(full)} integers, not {told.dtype} {told.shape}")
    if np.array_equal(told, provenance.lengths):
        return h, finals
    if not np.array_equal(told, full):
        raise RnnhwError(
            f"sequence_lens of {title(node)} must be an input of the model, or all {provenance.steps} steps, "
            f"not {np.asarray(told).tolist()}"
        )
    if present[1]:
        raise RnnhwError(f"{title(node)} goes backwards and must be told the lengths of the sequences (sequence_lens)")
    short = (provenance.lengths < provenance.steps)[:, None]
    return h, [[np.where(short, ASTRAY, part) for part in cell] for cell in finals]


def check_told(name, value, taker):
    """Refuse to use the final state of a layer that walks on past the end of a sequence.

    Parameters
    ----------
    name : str
        Of the value.
    value : Constant, Numbered or None
    taker : str
        Who takes it.
    """
    if isinstance(value, Numbered) and (value.ids == ASTRAY).any():
        raise RnnhwError(
            f"{taker} takes the final state ({name!r}) of a layer that is not told the lengths (sequence_lens) "
            "and goes on past the end of shorter sequences"
        )


def _outputs(node, parts, finals, batch_first):
    """Y, Y_h and Y_c in the node's layout, from ids (directions, sequences, steps, units)."""
    y = parts.transpose(1, 2, 0, 3) if batch_first else parts.transpose(2, 0, 1, 3)
    states = [np.stack([cell[part] for cell in finals]) for part in range(len(finals[0]))]
    found = [y, *(np.swapaxes(state, 0, 1) if batch_first else state for state in states)]
    return [Numbered(ids) if name else None for ids, name in zip(found, node.output, strict=False)]
