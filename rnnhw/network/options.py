"""What a network may be told besides its layers: how a sequence is answered, and by which curves."""

from math import isfinite
from numbers import Integral, Real

from rnnhw.errors import RnnhwError
from rnnhw.network.layer_checks import check_choice

#: Every sequence has one step and one answer.
ONE_TO_ONE = "one-to-one"
#: One input step, then every answer is the next input.
ONE_TO_MANY = "one-to-many"
#: One answer a sequence, at its last step.
MANY_TO_ONE = "many-to-one"
#: One answer a step.
MANY_TO_MANY = "many-to-many"
#: What the mode of a network may be.
MODES = (ONE_TO_ONE, ONE_TO_MANY, MANY_TO_ONE, MANY_TO_MANY)

#: What leaves a bidirectional or reversed layer, many-to-one: each direction's final state, or both at the last step.
READINGS = ("final", "last-step")
#: What is done to the last layer's outputs.
HEADS = ("none", "argmax", "softmax")
#: Sigmoids: the true one, clip(a / 6 + 1/2) as PyTorch and Keras 3, clip(a / 5 + 1/2) as Keras 2 and ONNX.
SIGMOIDS = ("logistic", "hard", "hard-0.2")
#: Hyperbolic tangents: the true one, or clip(a) to -1..1.
TANHS = ("tanh", "hard")
#: Options of a network, besides its mode.
OPTIONS = ("steps", "reading", "head", "sigmoid", "tanh", "clip")


def check_mode(mode):
    """Return `mode` if it is one of `MODES`, else raise RnnhwError."""
    check_choice(mode, MODES, "mode")
    return mode


def check_options(mode, steps, reading, head, sigmoid, tanh):
    """Hold what a network is told, in float or quantised, against what there is.

    Raises
    ------
    RnnhwError
        An unknown choice, or `steps` missing or out of place.
    TypeError
        `steps` that is not an int.
    """
    check_mode(mode)
    check_choice(reading, READINGS, "reading")
    check_choice(head, HEADS, "head")
    check_choice(sigmoid, SIGMOIDS, "sigmoid")
    check_choice(tanh, TANHS, "tanh")
    if mode != ONE_TO_MANY:
        if steps is not None:
            raise RnnhwError(f"steps must not be given with mode {mode!r}, only with {ONE_TO_MANY!r}")
        return
    if steps is None:
        raise RnnhwError(f"steps is missing: the number of answers of mode {ONE_TO_MANY!r}")
    if not isinstance(steps, Integral) or isinstance(steps, bool):
        raise TypeError(f"steps must be an int, not {type(steps).__name__}")
    if steps < 1:
        raise RnnhwError(f"steps must be at least 1, not {steps}")
    if head != "none":
        raise RnnhwError(f"head must be 'none' with mode {ONE_TO_MANY!r}, where answers are inputs, not {head!r}")


def check_clip(clip, cells):
    """Hold the clip of the pre-activations, in float or quantised, against the cells that it is for.

    Parameters
    ----------
    clip : float or None
    cells : iterable of cells

    Raises
    ------
    RnnhwError
        No finite number above 0, or a cell that a clip of its activations' arguments does not suit.
    TypeError
        No number at all.
    """
    if clip is None:
        return
    if not isinstance(clip, Real) or isinstance(clip, bool):
        raise TypeError(f"clip must be a number, not {type(clip).__name__}")
    if not (clip > 0 and isfinite(clip)):
        raise RnnhwError(f"clip must be a finite number above 0, not {clip}")
    for cell in cells:
        if cell.kind == "lstm":
            raise RnnhwError(f"clip has no place with LSTM {cell.name!r}, whose cell state passes the same tanh")
        if getattr(cell, "activation", "tanh") == "relu":
            raise RnnhwError(f"clip has no place with RNN {cell.name!r}, whose activation is relu")


def check_feedback(input_size, output_size, whole):
    """Hold the shape of a one-to-many network against its feedback.

    Parameters
    ----------
    input_size, output_size : int
    whole : str or None
        Name of a layer that needs whole sequences (bidirectional or reversed), if there is one.

    Raises
    ------
    RnnhwError
        A layer that needs whole sequences, or answers that cannot be inputs.
    """
    if whole is not None:
        raise RnnhwError(f"layer {whole!r}, which needs whole sequences, has no place in mode {ONE_TO_MANY!r}")
    if output_size != input_size:
        raise RnnhwError(
            f"mode {ONE_TO_MANY!r} needs as many outputs as inputs, since answers are inputs, "
            f"not {output_size} for {input_size}"
        )


def agreed_mode(given, stored):
    """The mode that the caller gave, or else the one stored in a file; None if there is neither.

    Raises
    ------
    RnnhwError
        An unknown mode, or two that differ.
    """
    for mode in (given, stored):
        if mode is not None:
            check_mode(mode)
    if given is not None and stored is not None and given != stored:
        raise RnnhwError(f"mode {given!r} contradicts the file, which says {stored!r}")
    return stored if given is None else given
