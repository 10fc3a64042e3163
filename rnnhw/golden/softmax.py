"""Softmax over a layer's outputs, in integers."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables


def softmax_raw(y_raw, y_format: QFormat, activation_bits: int) -> np.ndarray:
    """Softmax over the last axis (`rnnhw.fixedpoint.exponential` defines every bit of it).

    Parameters
    ----------
    y_raw : ndarray of int, shape (..., size)
        Raw integers in `y_format`; size is 1..1024.
    y_format : QFormat
    activation_bits : int
        ``n``, 4..16.

    Returns
    -------
    ndarray of int64, shape (..., size)
        Raw integers in ``QFormat(n + 1, n)``.

    Raises
    ------
    RnnhwError, TypeError
        If a value is outside of its format, or a parameter out of range or of the wrong kind.
    """
    y_raw = np.asarray(y_raw)
    if y_raw.dtype.kind not in "iu":
        raise TypeError(f"y_raw must hold integers, not {y_raw.dtype}")
    if not y_raw.ndim:
        raise RnnhwError("y_raw must have at least one axis")
    tables = softmax_tables(y_raw.shape[-1], y_format, activation_bits)
    if y_raw.size and (y_raw.min() < y_format.min_raw or y_raw.max() > y_format.max_raw):
        limits = f"{y_format.min_raw}..{y_format.max_raw}"
        raise RnnhwError(f"y_raw must be in {limits}, not {y_raw.min()}..{y_raw.max()}")
    y_raw = y_raw.astype(np.int64)
    if not y_raw.size:
        return y_raw
    e = tables.exponential(tables.distance(y_raw.max(axis=-1, keepdims=True) - y_raw))
    r, k = tables.reciprocal(e.sum(axis=-1, keepdims=True))
    return tables.share(e, r, k)
