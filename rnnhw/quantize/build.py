"""Quantise a network: fractions from calibration data, then round the weights."""

from functools import partial

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network, Reversed

from .calibration import Calibration, calibrated
from .cells import QuantizedCell, QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .config import MAX_CELL_BITS, Quantization
from .given import given_fraction, given_fractions, widths_given
from .integers import cell_arrays, dense_arrays
from .layers import QuantizedBidirectional, QuantizedDense, QuantizedReversed
from .quantized import QuantizedNetwork
from .ranges import fraction
from .weights import ELEMENT_BITS, Matrix, aligned, aligned_to

STATE_HEADROOM = 1.0  # bits above the calibrated range for c, p and y, where they have bits to spare


_KINDS = {LSTM: QuantizedLSTM, GRU: QuantizedGRU, RNN: QuantizedRNN}


def quantize(net: Network, calibration, lengths=None, **options) -> QuantizedNetwork:
    """Quantise a network with fractions chosen from calibration data.

    Parameters
    ----------
    net : Network
    calibration : ndarray of float, shape (sequences, steps, inputs), or Calibration
        Typical inputs; the formats of inputs, states and outputs come from the float reference on them. What a
        one-to-many network feeds back counts as its input too. To quantise a network many times, make one
        `Calibration`, which runs it once.
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
    config = widths_given(net, options)
    _check_names(net, config)
    known = calibrated(net, calibration, lengths)
    first, layers = config.of(net.layers[0].name), []
    x = _format(known, "input", first.activation_bits, known.values(net.cells[0].name, "x"), first)
    for layer in net.layers:
        own, final = config.of(layer.name), layer is net.layers[-1]
        x = taken(layers[-1].output, own) if layers else x
        make = partial(_dense, final=final) if isinstance(layer, Dense) else _recurrent
        layers.append(make(layer, x, known, own))
    more = {key: getattr(net, key) for key in ("steps", "reading", "head", "sigmoid", "tanh", "clip")}
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


def _recurrent(layer, x: QFormat, known: Calibration, config: Quantization):
    h = _hidden_format(layer, known, config)
    cells = [_cell(cell, x, h, known, config) for cell in layer.cells]
    made = {Bidirectional: QuantizedBidirectional, Reversed: QuantizedReversed}.get(type(layer))
    return cells[0] if made is None else made(layer.name, *cells)


def _hidden_format(layer, known: Calibration, config: Quantization) -> QFormat:
    """The format of h, one for all cells of a layer: below 1 but for relu, where calibration says."""
    bits = config.activation_bits
    relus = [isinstance(cell, RNN) and cell.activation == "relu" for cell in layer.cells]
    if not any(relus):
        return QFormat(bits, bits - 1)
    if not all(relus):
        raise RnnhwError(f"both cells of {layer.name} must be relu or neither, because their h has one format")
    initial = np.concatenate([cell.initial for cell in layer.cells])
    values = np.concatenate([known.values(cell.name, "h").reshape(-1) for cell in layer.cells])
    for cell in layer.cells:
        if f"{cell.name}.h" in known.net.formats:
            return known.net.formats[f"{cell.name}.h"]
    return _holding(QFormat(bits, fraction(bits, values, config)), initial)


def _format(known: Calibration, key: str, width: int, values_f, config: Quantization, headroom: float = 0.0) -> QFormat:
    """The format that the network brings for something, or one for its values."""
    brought = given_fraction(known.net, key)
    return QFormat(width, fraction(width, values_f, config, headroom) if brought is None else brought)


def _holding(form: QFormat, initial: np.ndarray) -> QFormat:
    """The format, coarser where that takes to hold a constant initial state."""
    if not initial.any():
        return form
    return QFormat(form.width, min(form.frac, largest_fraction(form.width, initial.min(), initial.max())))


def _cell(cell, x: QFormat, h: QFormat, known: Calibration, config: Quantization) -> QuantizedCell:
    """A cell of any kind: the arrays that all have, then what only its kind has."""
    ih, hh = _weight_formats(cell, h.frac - x.frac, known, config)
    accumulators = [max(x.frac + w.frac, h.frac + u.frac) for w, u in zip(ih, hh, strict=True)]
    own, states = {}, (h,)
    if isinstance(cell, LSTM):
        c = _holding(_wide_format(known.values(cell.name, "c"), config), np.split(cell.initial, 2)[1])
        own, states = {"c": c}, (h, c)
    elif isinstance(cell, GRU):
        p = _wide_format(known.values(cell.name, "p"), config) if cell.reset_after else None
        own = {"reset_after": cell.reset_after, "p": p}
    else:
        own = {"activation": cell.activation}
    means = _means(cell, known) if config.bias_correction else None
    arrays = cell_arrays(cell, (ih, hh), states, accumulators, config, means)
    return _KINDS[type(cell)](name=cell.name, **arrays, x=x, h=h, weight_ih=ih, weight_hh=hh, **own)


def _weight_formats(cell, offset: int, known: Calibration, config: Quantization):
    """The formats of both weight matrices, one a gate."""
    gates = len(cell.gates)
    _, x = known.moments(known.values(cell.name, "x"))
    with_x = [np.broadcast_to(x, part.shape) for part in np.split(cell.weight_ih, gates)]
    with_h = [
        np.broadcast_to(known.moments(known.state(cell, gate))[1], part.shape)
        for gate, part in enumerate(np.split(cell.weight_hh, gates))
    ]
    brought = [given_fractions(known.net, f"{cell.name}.{key}", gates) for key in ("weight_ih", "weight_hh")]
    sides = []
    for key, seen in (("weight_ih", with_x), ("weight_hh", with_h)):
        weights, what = getattr(cell, key), f"{key} of {cell.name}"
        groups = np.split(weights, gates), seen
        if not config.per_gate and not any(brought):
            groups = [weights], [np.concatenate(seen)]
        sides.append([Matrix(part, square, config, what) for part, square in zip(*groups, strict=True)])
    limit = max(0, ELEMENT_BITS - config.activation_bits)
    pairs = list(zip(*sides, strict=True))
    if any(brought):
        fractions = aligned_to(pairs, brought, offset, limit, cell.name)
    else:
        fractions = aligned(pairs, offset, limit, config)
    forms = [tuple(side[0].form(frac) for frac in fracs) for side, fracs in zip(sides, fractions, strict=True)]
    return [form * (gates // len(form)) for form in forms]


def _means(cell, known: Calibration):
    """The mean of x, and of what each gate's recurrent weights see."""
    states = [known.moments(known.state(cell, gate))[0] for gate in range(len(cell.gates))]
    return known.moments(known.values(cell.name, "x"))[0], states


def _wide_format(values_f: np.ndarray, config: Quantization) -> QFormat:
    """The format of c and of p; half a step of tanh's input or less acts like zero and needs no fraction bits."""
    width, bits = config.cell_bits, config.activation_bits
    headroom = STATE_HEADROOM if width >= min(2 * bits, MAX_CELL_BITS) else 0.0
    return QFormat(width, min(fraction(width, values_f, config, headroom), width + bits - 1))


def _dense(layer, x: QFormat, known: Calibration, config: Quantization, final: bool) -> QuantizedDense:
    y_f = known.values(layer.name, "y")
    if layer.activation == "relu":
        y_f = np.maximum(y_f, 0.0)
    width = 2 * config.activation_bits if final else config.activation_bits
    y = _format(known, f"{layer.name}.y", width, y_f, config, STATE_HEADROOM if final else 0.0)
    mean, seen = known.moments(known.values(layer.name, "x"))
    matrix = Matrix(layer.weight, np.broadcast_to(seen, layer.weight.shape), config, f"weight of {layer.name}")
    brought = given_fraction(known.net, f"{layer.name}.weight")
    weight = matrix.form(matrix.best() if brought is None else brought)
    arrays = dense_arrays(layer, weight, x, config, mean if config.bias_correction else None)
    return QuantizedDense(layer.name, **arrays, x=x, y=y, weight=weight, relu=layer.activation == "relu")
