"""Fractions: from calibration data for what flows, from the weights themselves for weights."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction

from .config import Quantization


class Ranges:
    """Ranges of the signals of a float run.

    Parameters
    ----------
    trace : dict
        From `Network.run`.
    config : Quantization
    """

    def __init__(self, trace: dict, config: Quantization):
        self._trace, self._config = trace, config

    def values(self, layer: str, signal: str) -> np.ndarray:
        """The values of a signal at all steps that count, shape (samples, units)."""
        values = self._trace[layer][signal]
        return values[self._trace["mask"]] if values.ndim == 3 else values

    def fraction(self, width: int, values_f: np.ndarray, headroom: float = 0.0) -> int:
        """Fraction bits by the configured range of `values_f`, with `headroom` bits above it."""
        if values_f.size == 0:
            raise RnnhwError("calibration data must hold at least one step")
        if self._config.method == "percentile":
            peak = float(np.percentile(np.abs(values_f), self._config.percentile))
            low, high = max(-peak, float(values_f.min())), min(peak, float(values_f.max()))
        else:
            low, high = float(values_f.min()), float(values_f.max())
        scale = 2.0**headroom
        return largest_fraction(width, low * scale, high * scale)


def weight_formats(groups, config: Quantization, what: str) -> tuple[QFormat, ...]:
    """A format for each group of weights: the finest that holds all of them, or that of a binary scale.

    Parameters
    ----------
    groups : sequence of ndarray
    config : Quantization
    what : str
        Name for messages.
    """
    return tuple(_weight_format(group, config, what) for group in groups)


def _weight_format(group: np.ndarray, config: Quantization, what: str) -> QFormat:
    if config.weight_bits > 1:
        width, symmetric = config.weight_bits, config.symmetric_weights
        low, high = float(group.min()), float(group.max())
        return QFormat(width, largest_fraction(width, low, high, symmetric=symmetric), symmetric=symmetric)
    mean = float(np.abs(group).mean())
    if not 2.0**-200 < mean < 2.0**200:
        raise RnnhwError(f"{what} has magnitudes of {mean:g} on average, which weights of 1 bit cannot hold")
    return QFormat(2, -int(np.floor(np.log2(mean) + 0.5)), symmetric=True)


def aligned(ih, hh, offset: int, limit: int, binary: bool):
    """Change fractions till ``hh - ih`` is one number for all gates and the alignment fits.

    The product fractions then differ by ``(hh + h.frac) - (ih + x.frac)``, the same for each gate, with
    magnitude at most `limit`; `offset` is ``h.frac - x.frac``. A lower fraction makes weights coarser; but
    those of 1 bit larger, so that there both matrices meet half-way.

    Parameters
    ----------
    ih, hh : tuple of QFormat
        Formats of both matrices, by gate.
    offset, limit : int
    binary : bool

    Returns
    -------
    ih, hh : tuple of QFormat
    """
    width, symmetric = ih[0].width, ih[0].symmetric
    ih_frac, hh_frac = (np.array([form.frac for form in forms]) for forms in (ih, hh))
    wanted = int(np.round(np.mean(hh_frac - ih_frac)))
    difference = min(max(wanted, -limit - offset), limit - offset)
    met = hh_frac - difference
    ih_frac = (ih_frac + met + 1) // 2 if binary else np.minimum(ih_frac, met)
    return tuple(
        tuple(QFormat(width, frac, symmetric=symmetric) for frac in fractions.tolist())
        for fractions in (ih_frac, ih_frac + difference)
    )
