"""Fractions of what flows: by the range of its values, or by the error that rounding and clipping them makes."""

import numpy as np

from rnnhw.fixedpoint import QFormat, largest_fraction

from .config import Quantization

FARTHEST = 64  # fractions above the one that clips nothing that are looked at; the error says when to stop long before


def fraction(width: int, values_f: np.ndarray, config: Quantization, headroom: float = 0.0) -> int:
    """Fraction bits of a signed format for some values, by the configured method.

    Parameters
    ----------
    width : int
    values_f : ndarray
    config : Quantization
    headroom : float
        Bits that the range is made larger by.
    """
    scale = 2.0**headroom
    low, high = float(values_f.min()) * scale, float(values_f.max()) * scale
    if config.method == "percentile":
        peak = float(np.percentile(np.abs(values_f), config.percentile)) * scale
        low, high = max(-peak, low), min(peak, high)
    widest = largest_fraction(width, low, high)
    if config.method != "mse":
        return widest
    return best_fraction(lambda frac: rounding_error(values_f * scale, QFormat(width, frac)), widest)


def best_fraction(error, widest: int) -> int:
    """The fraction with the smallest error, from the `widest` range, which clips nothing, to ever smaller ones.

    Parameters
    ----------
    error : callable
        Of a fraction: the whole error, and the part of it that clipping makes. That part grows with the fraction,
        so the search ends where it alone is as large as the best error.
    widest : int
    """
    best, (smallest, _) = widest, error(widest)
    for frac in range(widest + 1, widest + FARTHEST):
        whole, clipped = error(frac)
        if clipped >= smallest:
            break
        if whole < smallest:
            best, smallest = frac, whole
    return best


def rounding_error(values_f: np.ndarray, form: QFormat, weights: np.ndarray | float = 1.0) -> tuple[float, float]:
    """The squared error that a format makes, summed with `weights`, and the part of it from clipped values."""
    squares = (values_f - form.to_float(form.from_float(values_f))) ** 2 * weights
    clipped = (values_f > form.to_float(form.max_raw)) | (values_f < form.to_float(form.min_raw))
    return float(squares.sum()), float(squares[clipped].sum())
