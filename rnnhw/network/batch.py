"""The checks that every batch of sequences passes, in float and in quantised networks alike."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.tensors import check_shape, first_index, real_array


def check_batch(x, lengths, input_size, one_step=False):
    """Check a batch of sequences and bring it to one form.

    Parameters
    ----------
    x : array_like of real numbers, shape (sequences, steps, inputs)
        Finite everywhere, padding included.
    lengths : array_like of int, shape (sequences,), or None
        Steps of each sequence that count, in 1..steps; None means all of them.
    input_size : int
        What the last axis of `x` must measure.
    one_step : bool
        Whether every sequence must have exactly one step.

    Returns
    -------
    x : numpy.ndarray of float64, shape (sequences, steps, inputs)
    lengths : numpy.ndarray of int64, shape (sequences,)

    Raises
    ------
    RnnhwError
        Wrong number of axes or size, nothing inside, NaN or infinity, a length outside 1..steps.
    """
    x = _check_x(x, input_size)
    sequences, steps, _ = x.shape
    if one_step and steps != 1:
        raise RnnhwError(f"x must have one step a sequence (second axis) in this mode, not {steps}")
    if lengths is None:
        return x, np.full(sequences, steps, dtype=np.int64)
    return x, _check_lengths(lengths, sequences, steps)


def _check_x(x, input_size):
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise RnnhwError("x must be a regular array; pad the sequences and give their lengths") from error
    if x.dtype.kind not in "fiu":
        raise RnnhwError(f"x must hold real numbers, not dtype {x.dtype}")
    if x.ndim != 3:
        raise RnnhwError(f"x must have 3 axes (sequences, steps, inputs), not shape {x.shape}")
    if 0 in x.shape[:2]:
        raise RnnhwError(f"x must hold at least one sequence and one step, not shape {x.shape}")
    if x.shape[2] != input_size:
        raise RnnhwError(f"x must have {input_size} inputs a step (last axis), not {x.shape[2]}")
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite or NaN is refused below
        x = x.astype(np.float64)
    finite = np.isfinite(x)
    if not finite.all():
        raise RnnhwError(f"x must be finite, but holds NaN or infinity at {first_index(~finite)}")
    return x


def _check_lengths(lengths, sequences, steps):
    try:
        lengths = np.asarray(lengths)
    except ValueError as error:
        raise RnnhwError("lengths must be a regular array, one int a sequence") from error
    if lengths.dtype.kind not in "iu":
        raise RnnhwError(f"lengths must be ints, not dtype {lengths.dtype}")
    if lengths.shape != (sequences,):
        raise RnnhwError(f"lengths must have shape ({sequences},), one a sequence, not {lengths.shape}")
    bad = (lengths < 1) | (lengths > steps)
    if bad.any():
        (at,) = first_index(bad)
        raise RnnhwError(f"lengths[{at}] must be in 1..{steps}, not {lengths[at]}")
    return lengths.astype(np.int64)


def check_state(state, sequences, state_size):
    """Check the initial states of a batch of sequences and bring them to one form.

    Parameters
    ----------
    state : array_like of real numbers, shape (sequences, state_size)
    sequences, state_size : int

    Returns
    -------
    numpy.ndarray of float64, shape (sequences, state_size)

    Raises
    ------
    RnnhwError
        Another shape, or not finite real numbers.
    """
    state = real_array(state, "initial_state")
    check_shape(state, "initial_state", (sequences, state_size), "(sequences, elements of the state)")
    return state
