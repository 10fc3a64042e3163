"""Checks that every parameter array passes before it enters a layer."""

import numpy as np

from rnnhw.errors import RnnhwError


def first_index(bad):
    """Index of the first true element of a boolean array, as a list of Python ints for a message."""
    return np.argwhere(bad)[0].tolist()


def real_array(value, what):
    """A value as a float64 array of its own, or a refusal that names it.

    Parameters
    ----------
    value : array_like
        Real numbers (any float or integer type) of any shape.
    what : str
        How a message calls the array.

    Returns
    -------
    numpy.ndarray
        A float64 copy, in C order.

    Raises
    ------
    RnnhwError
        Not a regular array, not real numbers, empty, or NaN or infinity inside.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise RnnhwError(f"{what} must be a regular array, not rows of different lengths") from error
    if array.dtype.kind not in "fiu":
        raise RnnhwError(f"{what} must hold real numbers, not dtype {array.dtype}")
    if array.size == 0:
        raise RnnhwError(f"{what} must not be empty, its shape is {array.shape}")
    with np.errstate(over="ignore", invalid="ignore"):  # what becomes infinite or NaN is refused below
        array = np.array(array, dtype=np.float64, order="C")
    finite = np.isfinite(array)
    if not finite.all():
        raise RnnhwError(f"{what} must be finite, but holds NaN or infinity at {first_index(~finite)}")
    return array


def check_shape(array, what, shape, meaning):
    """Refuse an array whose shape differs from `shape`, where None stands for any size.

    Raises
    ------
    RnnhwError
        With the name of the array, the shape that it must have (in numbers and in words) and the one it has.
    """
    fits = len(shape) == array.ndim and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "")
        raise RnnhwError(f"{what} must have shape ({wanted}) = {meaning}, not {array.shape}")
