"""The activations that a recurrent node names, their parameters, and its clip."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.onnx.nodes import attribute, title
from rnnhw.network.curves import SIGMOID_CURVES, TANH_CURVES

# what each gate's activation is without the attribute, and may be: sigmoids of the gates, tanh of what passes them
_DEFAULTS = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
_ALLOWED = {"Sigmoid": ("Sigmoid", "HardSigmoid"), "Tanh": ("Tanh",), "RNN": ("Tanh", "Relu")}
# parameters that functions take, and what they are if not given
_ALPHAS = {
    "affine": None, "leakyrelu": 0.01, "thresholdedrelu": 1.0, "scaledtanh": None, "hardsigmoid": 0.2, "elu": 1.0,
}  # fmt: skip
_BETAS = {"affine": None, "scaledtanh": None, "hardsigmoid": 0.5}
# slopes of the hard sigmoids that networks know
_SLOPES = {np.float32(0.2): "hard-0.2", np.float32(1 / 6): "hard"}
# a curve that changes by less than this beyond the clip is the same curve
_NOTHING = 2.0**-52


def activation_names(node, count):
    """The activations of each direction, as the specification writes them.

    Parameters
    ----------
    node : onnx.NodeProto
    count : int
        Directions.

    Returns
    -------
    list of tuple of str

    Raises
    ------
    RnnhwError
        Too few or too many names, or one that its place may not have.
    """
    defaults = _DEFAULTS[node.op_type]
    names = attribute(node, "activations") or list(defaults) * count
    if node.op_type == "RNN" and len(names) == 2 and count == 1 and names == ["Tanh", "Tanh"]:
        names = names[:1]  # the specification's own default, whatever the direction
    if len(names) != count * len(defaults):
        raise RnnhwError(
            f"activations of {title(node)} must be {count * len(defaults)} "
            f"({len(defaults)} for each direction), not {len(names)}: {', '.join(names)}"
        )
    found = []
    for at, name in enumerate(names):
        place = "RNN" if node.op_type == "RNN" else defaults[at % len(defaults)]
        known = {allowed.lower(): allowed for allowed in _ALLOWED[place]}
        if name.lower() not in known:
            raise RnnhwError(
                f"activation {name}{_with_parameters(node, names, at)} (number {at + 1}) of {title(node)} "
                f"is not supported; there {' or '.join(_ALLOWED[place])} is"
            )
        found.append(known[name.lower()])
    return [tuple(found[at : at + len(defaults)]) for at in range(0, len(found), len(defaults))]


def _parameter(node, names, at, which, defaults):
    """Parameter of the activation number `at`: the values are used up by those functions that take one."""
    takers = [k for k, name in enumerate(names) if name.lower() in defaults]
    values = attribute(node, f"activation_{which}") or []
    if at not in takers:
        return None
    by_order = values[takers.index(at)] if takers.index(at) < len(values) else defaults[names[at].lower()]
    if len(values) > len(takers):  # some write one for every function
        by_place = values[at] if at < len(values) else None
        if by_place != by_order:
            raise RnnhwError(
                f"activation_{which} of {title(node)} has {len(values)} values "
                f"for {len(takers)} activation{'s' * (len(takers) != 1)} that take one: it is not clear whose is whose"
            )
    return by_order


def _with_parameters(node, names, at):
    """The parameters of an activation in brackets, for a message that refuses it."""
    found = []
    for which, defaults in (("alpha", _ALPHAS), ("beta", _BETAS)):
        if names[at].lower() in defaults:
            found.append(f"{which}={_shown(_parameter(node, names, at, which, defaults))}")
    return f" ({', '.join(found)})" if found else ""


def _shown(value):
    return "none" if value is None else f"{value:.7g}"


def sigmoid_of(node, names):
    """The sigmoid of a node's gates, by the name that a network's option gives it.

    Parameters
    ----------
    node : onnx.NodeProto
    names : list of tuple of str
        As from `activation_names`.

    Raises
    ------
    RnnhwError
        Two different ones, or a hard one with parameters that rnnhw does not know.
    """
    flat, found = [name for part in names for name in part], []
    for at in range(0, len(flat), len(names[0])):
        if flat[at] == "Sigmoid":
            found.append("logistic")
            continue
        alpha = _parameter(node, flat, at, "alpha", _ALPHAS)
        beta = _parameter(node, flat, at, "beta", _BETAS)
        if np.float32(alpha) not in _SLOPES or np.float32(beta) != 0.5:
            raise RnnhwError(
                f"activation HardSigmoid (alpha={_shown(alpha)}, beta={_shown(beta)}) of {title(node)} is not "
                "supported; alpha must be 0.2 or 1/6, beta 0.5"
            )
        found.append(_SLOPES[np.float32(alpha)])
    if len(set(found)) > 1:
        raise RnnhwError(f"both directions of {title(node)} must have the same activations, not {', '.join(flat)}")
    return found[0]


def clip_of(node, names, sigmoid):
    """Where a node cuts off its pre-activations.

    Parameters
    ----------
    node : onnx.NodeProto
    names : list of tuple of str
        As from `activation_names`.
    sigmoid : str or None
        As from `sigmoid_of`.

    Returns
    -------
    float or None
        None also where the clip lies beyond the point at which all curves are flat.

    Raises
    ------
    RnnhwError
        A clip that is no positive number, or one that a network cannot have.
    """
    clip = attribute(node, "clip")
    if clip is None:
        return None
    if not clip > 0:
        raise RnnhwError(f"clip of {title(node)} must be above 0, not {clip:.7g}")
    if any("Relu" in part for part in names):
        raise RnnhwError(f"clip={clip:.7g} of {title(node)} is not supported with Relu")
    curves = [TANH_CURVES["tanh"]] + ([SIGMOID_CURVES[sigmoid]] if sigmoid else [])
    if all(abs(curve(side * np.inf) - curve(side * clip)) < _NOTHING for curve in curves for side in (-1.0, 1.0)):
        return None
    if node.op_type == "LSTM":
        raise RnnhwError(
            f"clip={clip:.7g} of {title(node)} is not supported: "
            "its cell state passes the same tanh, and implementations differ in whether they clip it"
        )
    return float(clip)
