"""Quantise a network: fractions from calibration data, then round the weights."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction
from rnnhw.network import LSTM, Network

from .config import Quantization
from .quantized import QuantizedDense, QuantizedLSTM, QuantizedNetwork

ELEMENT_BITS = 16  # widest aligned element: a lane stays one 16 x 16 multiplier on every family
STATE_HEADROOM = 1.0  # bits above the calibrated range for c and y, which have bits to spare
MAX_CELL_BITS = 24
BIAS_BITS = 48


def quantize(net: Network, calibration, lengths=None, **options) -> QuantizedNetwork:
    """Quantise a network with fractions chosen from calibration data.

    Parameters
    ----------
    net : Network
    calibration : ndarray of float, shape (sequences, steps, inputs)
        Typical inputs; the ranges of inputs, cell states and outputs come from the float reference on them.
    lengths : ndarray of int, shape (sequences,), optional
    **options
        Fields of `Quantization`: weight_bits, activation_bits, method, percentile, per_gate, table, rounding.

    Returns
    -------
    QuantizedNetwork

    Raises
    ------
    RnnhwError
        For unusable options or calibration data.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network (rnnhw.load gives one), not {type(net).__name__}")
    config = Quantization(**options)
    _, trace = net.run(calibration, lengths, trace=True)
    bits = config.activation_bits
    form = QFormat(bits, _fraction(config, bits, _steps(trace, net.layers[0].name, "x")))
    layers = []
    for layer in net.layers:
        if isinstance(layer, LSTM):
            layers.append(_lstm(layer, form, _steps(trace, layer.name, "c"), config))
        else:
            final = layer is net.layers[-1]
            layers.append(_dense(layer, form, _steps(trace, layer.name, "y"), config, final))
        form = layers[-1].output
    return QuantizedNetwork(net.name, net.mode, tuple(layers), config)


def _steps(trace: dict, layer: str, signal: str) -> np.ndarray:
    """The values of a signal at all valid steps, in one row."""
    values = trace[layer][signal]
    return (values[trace["mask"]] if values.ndim == 3 else values).reshape(-1)


def _fraction(config: Quantization, width: int, values_f: np.ndarray, headroom: float = 0.0) -> int:
    """Fraction bits by the configured range of `values_f`."""
    if values_f.size == 0:
        raise RnnhwError("calibration data must hold at least one step")
    if config.method == "percentile":
        peak = float(np.percentile(np.abs(values_f), config.percentile))
        low, high = max(-peak, float(values_f.min())), min(peak, float(values_f.max()))
    else:
        low, high = float(values_f.min()), float(values_f.max())
    scale = 2.0**headroom
    return largest_fraction(width, low * scale, high * scale)


def _weight_fractions(groups, width: int) -> np.ndarray:
    """Largest fraction that holds each group of weights."""
    return np.array([largest_fraction(width, float(g.min()), float(g.max())) for g in groups])


def _aligned(ih: np.ndarray, hh: np.ndarray, offset: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Lower fractions till ``hh - ih`` is one number for all gates and the alignment fits.

    The product fractions then differ by ``(hh + h.frac) - (ih + x.frac)``, the same for each gate, with
    magnitude at most `limit`; `offset` is ``h.frac - x.frac``.
    """
    wanted = int(np.round(np.mean(hh - ih)))
    difference = min(max(wanted, -limit - offset), limit - offset)
    ih = np.minimum(ih, hh - difference)
    return ih, ih + difference


def _lstm(layer: LSTM, x: QFormat, c_f: np.ndarray, config: Quantization) -> QuantizedLSTM:
    bits, width = config.activation_bits, config.weight_bits
    h = QFormat(bits, bits - 1)
    cell_bits = min(2 * bits, MAX_CELL_BITS)
    smallest = cell_bits + bits - 1  # a cell state of half a step of tanh's input or less acts like zero
    c = QFormat(cell_bits, min(_fraction(config, cell_bits, c_f, STATE_HEADROOM), smallest))
    if config.per_gate:
        groups = [np.split(weights, 4) for weights in (layer.weight_ih, layer.weight_hh)]
    else:
        groups = [[weights] * 4 for weights in (layer.weight_ih, layer.weight_hh)]
    ih, hh = _aligned(
        _weight_fractions(groups[0], width),
        _weight_fractions(groups[1], width),
        h.frac - x.frac,
        max(0, ELEMENT_BITS - bits),
    )
    weight_ih = tuple(QFormat(width, frac) for frac in ih.tolist())
    weight_hh = tuple(QFormat(width, frac) for frac in hh.tolist())
    accumulators = [max(x.frac + i.frac, h.frac + u.frac) for i, u in zip(weight_ih, weight_hh, strict=True)]
    return QuantizedLSTM(
        layer.name,
        _by_gate(layer.weight_ih, weight_ih),
        _by_gate(layer.weight_hh, weight_hh),
        _by_gate(layer.bias, [_bias_format(frac, layer) for frac in accumulators]),
        x,
        h,
        c,
        weight_ih,
        weight_hh,
    )


def _by_gate(values_f: np.ndarray, formats) -> np.ndarray:
    parts = np.split(values_f, len(formats))
    return np.concatenate([form.from_float(part) for part, form in zip(parts, formats, strict=True)])


def _bias_format(frac: int, layer) -> QFormat:
    """The accumulator's format for the bias; it has to hold the bias without clipping."""
    form = QFormat(BIAS_BITS, frac)
    if np.abs(layer.bias).max(initial=0.0) * 2.0**frac > form.max_raw:
        raise RnnhwError(f"bias of {layer.name} reaches {np.abs(layer.bias).max():g}, too large beside its weights")
    return form


def _dense(layer, x: QFormat, y_f: np.ndarray, config: Quantization, final: bool) -> QuantizedDense:
    if layer.activation == "relu":
        y_f = np.maximum(y_f, 0.0)
    width = 2 * config.activation_bits if final else config.activation_bits
    y = QFormat(width, _fraction(config, width, y_f, STATE_HEADROOM if final else 0.0))
    weight = QFormat(config.weight_bits, int(_weight_fractions([layer.weight], config.weight_bits)[0]))
    bias = _bias_format(x.frac + weight.frac, layer).from_float(layer.bias)
    return QuantizedDense(layer.name, weight.from_float(layer.weight), bias, x, y, weight, layer.activation == "relu")
