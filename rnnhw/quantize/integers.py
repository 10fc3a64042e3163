"""The integers of a layer, once its formats are chosen: rounded weights, biases and initial states."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import GRU

from .config import Quantization

BIAS_BITS = 48


def cell_arrays(cell, formats, states, accumulators, config: Quantization, means=None) -> dict[str, np.ndarray]:
    """The arrays of a quantised cell, by field.

    Parameters
    ----------
    cell : LSTM, GRU or RNN
    formats : (tuple of QFormat, tuple of QFormat)
        Of both weight matrices, one a gate.
    states : tuple of QFormat
        Of h, and of an LSTM's c.
    accumulators : list of int
        Fraction bits of the accumulator, one a gate.
    config : Quantization
        That of the layer.
    means : (ndarray, list of ndarray), optional
        Mean of x, and of what each gate's recurrent weights see: then the biases take up the mean error of the
        products.
    """
    raw = [round_weights(getattr(cell, key), forms, config) for key, forms in zip(_WEIGHTS, formats, strict=True)]
    bias, bias_hn = cell.bias, cell.bias_hn if isinstance(cell, GRU) else None
    if means is not None:
        apart = [
            np.split(getattr(cell, key) - weights_to_float(part, forms), len(forms))
            for key, part, forms in zip(_WEIGHTS, raw, formats, strict=True)
        ]
        bias = bias + np.concatenate([part @ means[0] for part in apart[0]])
        recurrent = [part @ mean for part, mean in zip(apart[1], means[1], strict=True)]
        if bias_hn is not None and cell.reset_after:
            bias_hn, recurrent[-1] = bias_hn + recurrent[-1], np.zeros(cell.hidden_size)
        bias = bias + np.concatenate(recurrent)
    arrays = {
        "weight_ih_raw": raw[0],
        "weight_hh_raw": raw[1],
        "bias_raw": _by_gate(bias, accumulators, f"bias of {cell.name}"),
        "initial_raw": _initial(cell, states),
    }
    if bias_hn is not None:
        arrays["bias_hn_raw"] = _by_gate(bias_hn, accumulators[-1:], f"bias_hn of {cell.name}")
    return arrays


_WEIGHTS = ("weight_ih", "weight_hh")


def dense_arrays(layer, weight: QFormat, x: QFormat, config: Quantization, mean=None) -> dict[str, np.ndarray]:
    """The arrays of a quantised dense layer, by field; `mean` of x corrects the bias."""
    raw = round_weights(layer.weight, (weight,), config)
    bias = layer.bias if mean is None else layer.bias + (layer.weight - weight.to_float(raw)) @ mean
    return {"weight_raw": raw, "bias_raw": _by_gate(bias, [x.frac + weight.frac], f"bias of {layer.name}")}


def round_weights(values_f: np.ndarray, formats, config: Quantization) -> np.ndarray:
    """Raw weights, whose rows are split among the `formats`; of 1 bit the signs, and 0 counts as +1."""
    if config.weight_bits == 1:
        return np.where(values_f >= 0, 1, -1)
    parts = np.split(values_f, len(formats))
    return np.concatenate([form.from_float(part) for part, form in zip(parts, formats, strict=True)])


def weights_to_float(raw: np.ndarray, formats) -> np.ndarray:
    """The values of raw weights, whose rows are split among the `formats`."""
    parts = np.split(raw, len(formats))
    return np.concatenate([form.to_float(part) for part, form in zip(parts, formats, strict=True)])


def state_from_float(form: QFormat, values_f: np.ndarray, what: str) -> np.ndarray:
    """Raw values of a part of a state; the end of a format that leaves out its upper bound takes the bound.

    Raises
    ------
    RnnhwError
        If a value is outside the format's range.
    """
    low, high = form.to_float(form.min_raw), form.to_float(form.max_raw + 1)
    outside = (values_f < low - form.ulp / 2) | (values_f > high)
    if outside.any():
        raise RnnhwError(f"{what} must be in {low:g}..{high:g}, not {values_f[outside][0]:g}")
    return form.from_float(values_f)


def _initial(cell, formats) -> np.ndarray:
    """The constant initial state in integers."""
    parts = zip(("h0", "c0"), formats, np.split(cell.initial, len(formats)), strict=False)
    return np.concatenate([state_from_float(form, part, f"{key} of {cell.name}") for key, form, part in parts])


def _by_gate(bias: np.ndarray, fractions, what: str) -> np.ndarray:
    """A bias in the accumulators' formats; they have to hold it without clipping."""
    raw = []
    for part, frac in zip(np.split(bias, len(fractions)), fractions, strict=True):
        form = QFormat(BIAS_BITS, frac)
        if np.abs(part).max() * 2.0**frac > form.max_raw:
            raise RnnhwError(f"{what} reaches {np.abs(bias).max():g}, too large beside its weights")
        raw.append(form.from_float(part))
    return np.concatenate(raw)
