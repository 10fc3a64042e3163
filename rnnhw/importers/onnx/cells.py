"""The cells of one RNN, LSTM or GRU node: weights into rnnhw's order of gates, attributes by their meaning."""

from dataclasses import dataclass

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.activations import activation_names, sigmoid_of
from rnnhw.importers.onnx.nodes import attribute, title
from rnnhw.network.cells import GRU, LSTM, RNN
from rnnhw.network.layer_checks import check_choice
from rnnhw.network.tensors import check_shape, real_array

#: Which of ONNX's gates stands where in a layer of rnnhw: i o f c -> i f g o, z r h -> r z n.
ORDERS = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
#: What a node's direction may be.
DIRECTIONS = ("forward", "reverse", "bidirectional")


@dataclass(frozen=True)
class Tensors:
    """The constant inputs of a recurrent node, as the node takes them; None for what is left out.

    Attributes
    ----------
    w, r : numpy.ndarray, shape (directions, gates * hidden, inputs) and (directions, gates * hidden, hidden)
    b : numpy.ndarray, shape (directions, 2 * gates * hidden), or None
    p : numpy.ndarray or None
        Peepholes of an LSTM.
    h0, c0 : numpy.ndarray, shape (directions, hidden), or None
        Initial states, the same for all sequences.
    """

    w: np.ndarray
    r: np.ndarray
    b: np.ndarray | None = None
    p: np.ndarray | None = None
    h0: np.ndarray | None = None
    c0: np.ndarray | None = None


def by_gate(array, kind):
    """Rows of one direction, in the order of rnnhw's gates."""
    parts = np.split(array, len(ORDERS[kind]))
    return np.concatenate([parts[gate] for gate in ORDERS[kind]])


def directions(node):
    """Whether there is a cell forward and one backward, in the order in which the node holds them."""
    direction = attribute(node, "direction", "forward")
    check_choice(direction, DIRECTIONS, f"direction of {title(node)}")
    return {"forward": (True, False), "reverse": (False, True), "bidirectional": (True, True)}[direction]


def read_cells(node, tensors, name):
    """The cells of a node.

    Parameters
    ----------
    node : onnx.NodeProto
    tensors : Tensors
    name : str
        For the cells; a backward one gets "_backward" behind it.

    Returns
    -------
    cells : tuple of (Cell or None, Cell or None)
        Forward and backward.
    sigmoid : str or None
        Which sigmoid the cells use, by the name of a network's option; None: none at all.

    Raises
    ------
    RnnhwError
        Shapes that do not fit, and what rnnhw has no cell for: peepholes, input_forget, other activations.
    """
    where, kind = f"of {title(node)}", node.op_type
    present = directions(node)
    hidden = _check_shapes(node, tensors, sum(present), where)
    _check_lstm(node, tensors, where)
    names = activation_names(node, sum(present))
    cells, at = [], 0
    for there, suffix in zip(present, ("", "_backward"), strict=True):
        if not there:
            cells.append(None)
            continue
        cells.append(_cell(node, tensors, at, hidden, names[at][0], name + suffix))
        at += 1
    return tuple(cells), (None if kind == "RNN" else sigmoid_of(node, names))


def _check_shapes(node, tensors, count, where):
    """Hold all shapes against one another; the number of units."""
    gates = len(ORDERS[node.op_type])
    rows = f"{gates} * hidden" if gates > 1 else "hidden"
    check_shape(tensors.r, f"R {where}", (count, None, None), f"(directions, {rows}, hidden)")
    hidden = tensors.r.shape[2]
    stated = attribute(node, "hidden_size")
    if stated is not None and stated != hidden:
        raise RnnhwError(f"hidden_size {where} is {stated}, but R has the shape of {hidden} units: {tensors.r.shape}")
    check_shape(tensors.r, f"R {where}", (count, gates * hidden, hidden), f"(directions, {rows}, hidden)")
    check_shape(tensors.w, f"W {where}", (count, gates * hidden, None), f"(directions, {rows}, inputs)")
    if tensors.b is not None:
        check_shape(tensors.b, f"B {where}", (count, 2 * gates * hidden), f"(directions, 2 * {rows})")
    for field in ("h0", "c0"):
        if getattr(tensors, field) is not None:
            meaning = "(directions, hidden) for every sequence"
            check_shape(getattr(tensors, field), f"initial_{field[0]} {where}", (count, hidden), meaning)
    return hidden


def _check_lstm(node, tensors, where):
    """Refuse the variants of an LSTM that rnnhw does not build."""
    if node.op_type != "LSTM":
        return
    if tensors.p is not None and tensors.p.any():
        raise RnnhwError(f"input P {where} holds peepholes, which are not supported; only zeros are")
    if attribute(node, "input_forget", 0):
        raise RnnhwError(f"input_forget=1 {where} is not supported: input and forget gate must have their own weights")


def _cell(node, tensors, at, hidden, activation, name):
    """The cell of direction number `at`."""
    kind, where = node.op_type, f"of {title(node)}"
    gates = len(ORDERS[kind])
    w = by_gate(real_array(tensors.w[at], f"W {where}"), kind)
    r = by_gate(real_array(tensors.r[at], f"R {where}"), kind)
    b = np.zeros(2 * gates * hidden) if tensors.b is None else real_array(tensors.b[at], f"B {where}")
    with_input, with_state = (by_gate(part, kind) for part in np.split(b, 2))
    initial = {
        field: real_array(getattr(tensors, field)[at], f"initial_{field[0]} {where}")
        for field in ("h0", "c0")
        if getattr(tensors, field) is not None and getattr(tensors, field)[at].any()
    }
    with np.errstate(over="ignore"):  # the cell refuses an infinite sum
        total = with_input + with_state
    if kind == "LSTM":
        return LSTM(w, r, total, name, **initial)
    if kind == "RNN":
        return RNN(w, r, total, activation.lower(), name, **initial)
    after, inner = bool(attribute(node, "linear_before_reset", 0)), np.zeros(hidden)
    if after:
        inner = with_state[2 * hidden :]
        total = np.concatenate([total[: 2 * hidden], with_input[2 * hidden :]])
    return GRU(w, r, total, inner, after, name, **initial)
