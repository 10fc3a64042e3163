"""Fractions of weights: by their range, or by the error that rounding them makes in the pre-activations."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction

from .config import Quantization
from .integers import round_weights
from .ranges import best_fraction, rounding_error

ELEMENT_BITS = 16  # widest aligned element: a lane stays one 16 x 16 multiplier on every family
_BINARY_STEPS = 4  # that a scale of weights of 1 bit may be larger than their mean magnitude, for a smaller error


class Matrix:
    """Rows of a weight matrix that share a format.

    Parameters
    ----------
    weights : ndarray, shape (rows, columns)
    seen : ndarray
        Mean squares of what the columns are multiplied by; of the same shape.
    config : Quantization
        That of the layer.
    what : str
        Name for messages.
    """

    def __init__(self, weights: np.ndarray, seen: np.ndarray, config: Quantization, what: str):
        self._weights, self._seen, self._config = weights, seen, config
        self._errors = {}
        self.widest = self._binary(what) if config.weight_bits == 1 else self._holding()

    def form(self, frac: int) -> QFormat:
        """The format with a fraction."""
        binary = self._config.weight_bits == 1
        return QFormat(
            2 if binary else self._config.weight_bits, frac, symmetric=binary or self._config.symmetric_weights
        )

    def error(self, frac: int) -> tuple[float, float]:
        """Squared error of the pre-activations, and the part of it that is due to clipped weights."""
        if frac not in self._errors:
            self._errors[frac] = self._error(frac)
        return self._errors[frac]

    def best(self) -> int:
        """The fraction with the smallest error, or that of the range, as the method says."""
        if self._config.method != "mse":
            return self.widest
        return best_fraction(self.error, self.widest - (_BINARY_STEPS if self._config.weight_bits == 1 else 0))

    def _error(self, frac: int) -> tuple[float, float]:
        form = self.form(frac)
        if self._config.weight_bits > 1:
            return rounding_error(self._weights, form, self._seen)
        apart = self._weights - form.to_float(round_weights(self._weights, (form,), self._config))
        squares = apart**2 * self._seen
        return float(squares.sum()), float(squares[np.abs(self._weights) > form.ulp].sum())

    def _holding(self) -> int:
        low, high = float(self._weights.min()), float(self._weights.max())
        return largest_fraction(self._config.weight_bits, low, high, symmetric=self._config.symmetric_weights)

    def _binary(self, what: str) -> int:
        mean = float(np.abs(self._weights).mean())
        if not 2.0**-200 < mean < 2.0**200:
            raise RnnhwError(f"{what} has magnitudes of {mean:g} on average, which weights of 1 bit cannot hold")
        return -int(np.floor(np.log2(mean) + 0.5))


def aligned(pairs, offset: int, limit: int, config: Quantization):
    """Fractions of both matrices' groups, where ``hh - ih`` is one number for all and the alignment fits.

    The product fractions then differ by ``(hh + h.frac) - (ih + x.frac)``, the same for each gate, with
    magnitude at most `limit`. By range, the finer matrix becomes coarser; those of 1 bit, which a lower fraction
    makes larger, meet half-way. By error, all that are allowed are tried.

    Parameters
    ----------
    pairs : list of (Matrix, Matrix)
        Of the input and of the state, by group of gates.
    offset : int
        ``h.frac - x.frac``.
    limit : int
    config : Quantization

    Returns
    -------
    ih, hh : list of int
        Fractions, one a group.
    """
    ih, hh = (np.array([pair[side].best() for pair in pairs]) for side in (0, 1))
    allowed = range(-limit - offset, limit - offset + 1)
    if config.method == "mse":
        found = [_together(pairs, ih, hh, difference) for difference in allowed]
        best = min(range(len(found)), key=lambda at: (found[at][0], abs(allowed[at] + offset)))
        ih, difference = np.array(found[best][1]), allowed[best]
    else:
        difference = min(max(int(np.round(np.mean(hh - ih))), allowed[0]), allowed[-1])
        met = hh - difference
        ih = (ih + met + 1) // 2 if config.weight_bits == 1 else np.minimum(ih, met)
    return ih.tolist(), (ih + difference).tolist()


def _together(pairs, ih, hh, difference: int):
    """The smallest error of all groups with a difference between the fractions, and the input's fractions then."""
    total, chosen = 0.0, []
    for (with_x, with_h), first, second in zip(pairs, ih.tolist(), (hh - difference).tolist(), strict=True):
        between = range(min(first, second), max(first, second) + 1)  # beyond its own best one, each gets only worse
        errors = [with_x.error(frac)[0] + with_h.error(frac + difference)[0] for frac in between]
        at = int(np.argmin(errors))
        total, chosen = total + errors[at], [*chosen, between[at]]
    return total, chosen


def aligned_to(pairs, given, offset: int, limit: int, what: str):
    """As `aligned`, where the fractions of one matrix, or of both, are given (one a gate, None: not given).

    The other one is made as fine as it can be without clipping.

    Raises
    ------
    RnnhwError
        If the given fractions have no alignment, by the name of the cell.
    """
    widest = [np.array([pair[side].widest for pair in pairs]) for side in (0, 1)]
    ih, hh = (free if fixed is None else np.array(fixed) for fixed, free in zip(given, widest, strict=True))
    difference = int((hh - ih).max() if given[0] is None else (hh - ih).min())
    low, high = -limit - offset, limit - offset
    difference = max(difference, low) if given[0] is None else min(difference, high) if given[1] is None else difference
    if None not in given and len(set((hh - ih).tolist())) > 1:
        raise RnnhwError(f"weight formats of {what} must differ by the same number of bits in each gate")
    if not low <= difference <= high:
        raise RnnhwError(
            f"weight formats of {what} cannot be kept: those of weight_hh must have {low}..{high} fraction bits "
            f"more than those of weight_ih, not {difference}, for elements of at most {ELEMENT_BITS} bits"
        )
    return (hh - difference if given[0] is None else ih).tolist(), (
        ih + difference if given[1] is None else hh
    ).tolist()
