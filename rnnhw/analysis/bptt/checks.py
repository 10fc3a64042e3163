"""What the analysis of gradients asks of a network and its data."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network import MANY_TO_MANY, MANY_TO_ONE, check_batch


def check_mode_of(net) -> None:
    """Refuse networks whose gradients take other ways through time than the recurrences of their cells.

    Raises
    ------
    RnnhwError
        One-to-one, where a sequence has one step, or one-to-many, where answers are inputs.
    """
    if net.mode not in (MANY_TO_ONE, MANY_TO_MANY):
        why = "answers are inputs" if net.mode == "one-to-many" else "a sequence has one step"
        raise RnnhwError(f"mode must be {MANY_TO_ONE} or {MANY_TO_MANY} here, not {net.mode}, where {why}")


def check_weights(net) -> None:
    """Refuse networks of nothing but zeros, whose weights change by no share of themselves.

    Raises
    ------
    RnnhwError
        If there is no weight that is not zero.
    """
    parts = (*net.cells, *net.denses)
    if not any(np.any(getattr(part, key)) for part in parts for key in part.tensors if "weight" in key):
        raise RnnhwError("weights must not all be zero: nothing is learned from there")


def traced(net, x, lengths) -> dict:
    """The intermediates of a forward pass, see `Network.run`.

    Raises
    ------
    RnnhwError
        Values that leave the range of floats, naming the layer.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite or NaN is refused below
        _, trace = net.run(x, lengths, trace=True)
    for name, entry in trace.items():
        if name != "mask" and not all(np.isfinite(values).all() for values in entry.values()):
            raise RnnhwError(f"values of layer {name} leave the range of floats: its weights are too large")
    return trace


def checked_batch(net, x, lengths):
    """`rnnhw.network.check_batch` of a network that suits."""
    check_mode_of(net)
    return check_batch(x, lengths, net.input_size)


def checked_targets(net, y, lengths: np.ndarray, steps: int) -> np.ndarray:
    """Targets of a network's answers.

    Parameters
    ----------
    net : Network
    y : array_like
        Integers: the class of each answer, (sequences,), or many-to-many (sequences, steps). Floats: what each
        answer should be, with the outputs as the last axis, which may be left out where there is one.
    lengths : numpy.ndarray of int, shape (sequences,)
    steps : int

    Returns
    -------
    numpy.ndarray of int64 or float64
        Floats with the axis of the outputs.

    Raises
    ------
    RnnhwError
        Another shape or kind, NaN, infinity, or a class that the network does not have.
    """
    y = np.asarray(y)
    answers = (len(lengths),) if net.mode == MANY_TO_ONE else (len(lengths), steps)
    outputs = net.result_size
    counted = np.arange(steps) < lengths[:, None] if net.mode == MANY_TO_MANY else slice(None)
    if y.dtype.kind in "iu":
        return _classes(y.astype(np.int64), answers, outputs, counted)
    if y.dtype.kind != "f":
        raise RnnhwError(f"y must hold integers (classes) or real numbers, not dtype {y.dtype}")
    if net.head != "none":
        raise RnnhwError(f"y must hold integers, the classes, for a network with head {net.head}, not {y.dtype}")
    if outputs == 1 and y.shape == answers:
        y = y[..., None]
    if y.shape != (*answers, outputs):
        raise RnnhwError(f"y must have shape {(*answers, outputs)}, the network's answers, not {y.shape}")
    y = y.astype(np.float64)
    if not np.isfinite(y[counted]).all():
        raise RnnhwError("y must be finite, but holds NaN or infinity")
    return y


def _classes(y, answers, outputs, counted):
    if y.shape != answers:
        raise RnnhwError(f"y must hold one class an answer, shape {answers}, not {y.shape}")
    low, high = y[counted].min(), y[counted].max()
    if low < 0 or high >= outputs:
        kind = "; targets of a regression are floats" if outputs == 1 else ""
        raise RnnhwError(f"y must hold classes in 0..{outputs - 1}, not {low}..{high}{kind}")
    return y
