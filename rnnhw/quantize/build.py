"""Quantise a network: fractions from calibration data, then round the weights."""

from functools import partial

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network

from .cells import QuantizedCell, QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .config import MAX_CELL_BITS as MAX_CELL_BITS  # (of those above, which take it from here)
from .config import Quantization
from .integers import cell_arrays, dense_arrays
from .layers import QuantizedBidirectional, QuantizedDense
from .quantized import QuantizedNetwork
from .ranges import Ranges, aligned, weight_formats

ELEMENT_BITS = 16  # widest aligned element: a lane stays one 16 x 16 multiplier on every family
STATE_HEADROOM = 1.0  # bits above the calibrated range for c, p and y, which have bits to spare


_KINDS = {LSTM: QuantizedLSTM, GRU: QuantizedGRU, RNN: QuantizedRNN}


def quantize(net: Network, calibration, lengths=None, **options) -> QuantizedNetwork:
    """Quantise a network with fractions chosen from calibration data.

    Parameters
    ----------
    net : Network
    calibration : ndarray of float, shape (sequences, steps, inputs)
        Typical inputs; the ranges of inputs, states and outputs come from the float reference on them. What a
        one-to-many network feeds back counts as its input too.
    lengths : ndarray of int, shape (sequences,), optional
    **options
        Fields of `Quantization`.

    Returns
    -------
    QuantizedNetwork

    Raises
    ------
    RnnhwError
        For unusable options or calibration data, or a network that the options cannot hold.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network (rnnhw.load gives one), not {type(net).__name__}")
    config = Quantization(**options)
    _check_names(net, config)
    _, trace = net.run(calibration, lengths, trace=True)
    first = config.of(net.layers[0].name)
    bits, ranges = first.activation_bits, Ranges(trace, first)
    x, layers = QFormat(bits, ranges.fraction(bits, ranges.values(net.cells[0].name, "x"))), []
    for layer in net.layers:
        own = config.of(layer.name)
        ranges, final = Ranges(trace, own), layer is net.layers[-1]
        x = taken(layers[-1].output, own) if layers else x
        make = partial(_dense, final=final) if isinstance(layer, Dense) else _recurrent
        layers.append(make(layer, x, ranges, own))
    more = {key: getattr(net, key) for key in ("steps", "reading", "head", "sigmoid", "tanh")}
    return QuantizedNetwork(net.name, net.mode, tuple(layers), config, **more)


def _check_names(net: Network, config: Quantization) -> None:
    names = [layer.name for layer in net.layers]
    for name in config.layers:
        if name not in names:
            raise RnnhwError(f"layers must be named among {', '.join(names)}, not {name!r}")


def taken(before: QFormat, config: Quantization) -> QFormat:
    """The format in which a layer takes what the one before gives: with its own width, and no smaller a range."""
    bits = config.activation_bits
    return QFormat(bits, before.frac - max(0, before.width - bits))


def _recurrent(layer, x: QFormat, ranges: Ranges, config: Quantization):
    h = _hidden_format(layer, ranges, config)
    cells = [_cell(cell, x, h, ranges, config) for cell in layer.cells]
    return QuantizedBidirectional(layer.name, *cells) if isinstance(layer, Bidirectional) else cells[0]


def _hidden_format(layer, ranges: Ranges, config: Quantization) -> QFormat:
    """The format of h, one for all cells of a layer: below 1 but for relu, where calibration says."""
    bits = config.activation_bits
    relus = [isinstance(cell, RNN) and cell.activation == "relu" for cell in layer.cells]
    if not any(relus):
        return QFormat(bits, bits - 1)
    if not all(relus):
        raise RnnhwError(f"both cells of {layer.name} must be relu or neither, because their h has one format")
    initial = np.concatenate([cell.initial for cell in layer.cells])
    values = [ranges.values(cell.name, "h").reshape(-1) for cell in layer.cells]
    return _holding(QFormat(bits, ranges.fraction(bits, np.concatenate(values))), initial)


def _holding(form: QFormat, initial: np.ndarray) -> QFormat:
    """The format, coarser where that takes to hold a constant initial state."""
    if not initial.any():
        return form
    return QFormat(form.width, min(form.frac, largest_fraction(form.width, initial.min(), initial.max())))


def _cell(cell, x: QFormat, h: QFormat, ranges: Ranges, config: Quantization) -> QuantizedCell:
    """A cell of any kind: the arrays that all have, then what only its kind has."""
    binary, gates = config.weight_bits == 1, len(cell.gates)
    formats = []
    for key in ("weight_ih", "weight_hh"):
        weights = getattr(cell, key)
        groups = np.split(weights, gates) if config.per_gate else [weights] * gates
        formats.append(weight_formats(groups, config, f"{key} of {cell.name}"))
    limit = max(0, ELEMENT_BITS - config.activation_bits)
    ih, hh = aligned(*formats, h.frac - x.frac, limit, binary)
    accumulators = [max(x.frac + w.frac, h.frac + u.frac) for w, u in zip(ih, hh, strict=True)]
    own, states = {}, (h,)
    if isinstance(cell, LSTM):
        c = _holding(_wide_format(ranges.values(cell.name, "c"), ranges, config), np.split(cell.initial, 2)[1])
        own, states = {"c": c}, (h, c)
    elif isinstance(cell, GRU):
        p = _wide_format(ranges.values(cell.name, "p"), ranges, config) if cell.reset_after else None
        own = {"reset_after": cell.reset_after, "p": p}
    else:
        own = {"activation": cell.activation}
    arrays = cell_arrays(cell, (ih, hh), states, accumulators, config)
    return _KINDS[type(cell)](name=cell.name, **arrays, x=x, h=h, weight_ih=ih, weight_hh=hh, **own)


def _wide_format(values_f: np.ndarray, ranges: Ranges, config: Quantization) -> QFormat:
    """The format of c and of p; half a step of tanh's input or less acts like zero and needs no fraction bits."""
    width = config.cell_bits
    smallest = width + config.activation_bits - 1
    return QFormat(width, min(ranges.fraction(width, values_f, STATE_HEADROOM), smallest))


def _dense(layer, x: QFormat, ranges: Ranges, config: Quantization, final: bool) -> QuantizedDense:
    y_f = ranges.values(layer.name, "y")
    if layer.activation == "relu":
        y_f = np.maximum(y_f, 0.0)
    width = 2 * config.activation_bits if final else config.activation_bits
    y = QFormat(width, ranges.fraction(width, y_f, STATE_HEADROOM if final else 0.0))
    formats = weight_formats([layer.weight], config, f"weight of {layer.name}")
    arrays = dense_arrays(layer, formats[0], x, config)
    return QuantizedDense(layer.name, **arrays, x=x, y=y, weight=formats[0], relu=layer.activation == "relu")
