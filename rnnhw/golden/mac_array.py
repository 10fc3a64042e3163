"""Exact integer matrix products.

While every partial sum stays below 2**53 (2**24) a float64 (float32) product is exact whatever the order
of summation, and BLAS is many times faster than integer loops. The bound comes from the real weights and
the input's format; past it int64 is used, and past 2**63 Python integers.
"""

import numpy as np


class ExactProduct:
    """``values @ weights.T`` in integers.

    Parameters
    ----------
    weights_raw : ndarray of int64, shape (rows, columns)
    shift : int
        Left shift of the values before the product (alignment).
    bound : int
        Largest magnitude of any sum that these products become part of.
    """

    def __init__(self, weights_raw: np.ndarray, shift: int, bound: int):
        self.shift = shift
        if bound < 2**24:
            self.dtype = np.dtype(np.float32)
        elif bound < 2**53:
            self.dtype = np.dtype(np.float64)
        elif bound < 2**63:
            self.dtype = np.dtype(np.int64)
        else:
            self.dtype = np.dtype(object)
        self._weights = np.ascontiguousarray(weights_raw.astype(self.dtype).T * 2**shift)

    def __call__(self, values_raw: np.ndarray) -> np.ndarray:
        """Sums of shape (..., rows), in `dtype` (floats hold exact integers)."""
        rows = values_raw.astype(self.dtype).reshape(-1, values_raw.shape[-1])  # one product of two matrices
        return (rows @ self._weights).reshape(*values_raw.shape[:-1], -1)


def to_int64(sums: np.ndarray) -> np.ndarray:
    """Exact sums as int64, or as they are where int64 may not hold them."""
    return sums if sums.dtype == object else sums.astype(np.int64)
