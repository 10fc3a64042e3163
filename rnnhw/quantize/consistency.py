"""Whether the parts of a quantised network that came from a file belong together."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network.network import check_mode

from .build import BIAS_BITS, MAX_CELL_BITS
from .quantized import QuantizedLSTM, QuantizedNetwork


def check_whole(network: QuantizedNetwork) -> None:
    """Hold order, shapes, formats and values of all layers against each other.

    Raises
    ------
    RnnhwError
        At the first thing that does not fit, by the layer's name.
    """
    check_mode(network.mode)
    if not network.lstms or network.layers[: len(network.lstms)] != network.lstms:
        raise RnnhwError("layers must be one or more LSTM, then dense layers")
    names = [network.name, *(layer.name for layer in network.layers)]
    if not all(isinstance(name, str) for name in names) or len(set(names[1:])) < len(network.layers):
        raise RnnhwError(f"names must be texts, and those of layers differ, not {names}")
    before = None
    for layer in network.layers:
        parts = _lstm_parts(layer) if isinstance(layer, QuantizedLSTM) else _dense_parts(layer)
        for key, values, shape, forms in parts:
            if values.shape != shape:
                raise RnnhwError(f"{key} of {layer.name} must have shape {shape}, not {values.shape}")
            _check_values(f"{key} of {layer.name}", values, forms, network.config.weight_bits)
        limit = QFormat(BIAS_BITS, 0)
        if layer.bias_raw.min() < limit.min_raw or layer.bias_raw.max() > limit.max_raw:
            raise RnnhwError(f"bias_raw of {layer.name} must fit {BIAS_BITS} bits")
        if layer.x.width != network.config.activation_bits:
            bits = network.config.activation_bits
            raise RnnhwError(f"x of {layer.name} must have activation_bits = {bits} bits, not {layer.x.width}")
        _check_formats(layer, network.config.activation_bits, layer is network.layers[-1])
        if before is not None and (before.output, before.output_size) != (layer.x, layer.input_size):
            raise RnnhwError(f"{layer.name} must take what {before.name} gives")
        before = layer


def _lstm_parts(layer: QuantizedLSTM):
    """Name, values, shape and formats of the arrays; the alignment of the gates on the way."""
    rows = 4 * layer.hidden_size
    if len(layer.weight_ih) != 4 or len(layer.weight_hh) != 4:
        raise RnnhwError(f"{layer.name} must have four formats of weights, one a gate")
    if len({u.frac - w.frac for w, u in zip(layer.weight_ih, layer.weight_hh, strict=True)}) != 1:
        raise RnnhwError(f"weight formats of {layer.name} must differ by the same number of bits in each gate")
    yield "weight_ih_raw", layer.weight_ih_raw, (rows, layer.input_size), layer.weight_ih
    yield "weight_hh_raw", layer.weight_hh_raw, (rows, rows // 4), layer.weight_hh
    yield "bias_raw", layer.bias_raw, (rows,), ()


def _dense_parts(layer):
    yield "weight_raw", layer.weight_raw, (layer.output_size, layer.input_size), (layer.weight,)
    yield "bias_raw", layer.bias_raw, (layer.output_size,), ()


def _check_formats(layer, bits: int, last: bool) -> None:
    """The formats that golden takes from the layer and the hardware from the widths are the same."""
    forms = {"x": (layer.x, QFormat(bits, layer.x.frac))}
    if isinstance(layer, QuantizedLSTM):
        forms["h"] = layer.h, QFormat(bits, bits - 1)
        forms["c"] = layer.c, QFormat(min(2 * bits, MAX_CELL_BITS), layer.c.frac)
    else:
        forms["y"] = layer.y, QFormat(2 * bits if last else bits, layer.y.frac)
        if not isinstance(layer.relu, bool):
            raise RnnhwError(f"relu of {layer.name} must be true or false, not {layer.relu!r}")
    for key, (found, wanted) in forms.items():
        if found != wanted:
            raise RnnhwError(f"{key} of {layer.name} must be {wanted} and not symmetric, not {found}")


def _check_values(what: str, values: np.ndarray, forms, weight_bits: int) -> None:
    for form, part in zip(forms, np.split(values, len(forms) or 1), strict=False):
        if form.width != weight_bits:
            raise RnnhwError(f"{what} must have weight_bits = {weight_bits} bits, not {form.width}")
        if not form.signed or form.symmetric:
            raise RnnhwError(f"{what} must be signed and not symmetric")
        if part.size and (part.min() < form.min_raw or part.max() > form.max_raw):
            raise RnnhwError(f"{what} must be in {form.min_raw}..{form.max_raw}, not {part.min()}..{part.max()}")
