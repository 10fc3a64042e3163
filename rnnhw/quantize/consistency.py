"""Whether the parts of a quantised network that came from a file belong together."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.network import check_mode

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
    before = None
    for layer in network.layers:
        parts = _lstm_parts(layer) if isinstance(layer, QuantizedLSTM) else _dense_parts(layer)
        for key, values, shape, forms in parts:
            if values.shape != shape:
                raise RnnhwError(f"{key} of {layer.name} must have shape {shape}, not {values.shape}")
            _check_values(f"{key} of {layer.name}", values, forms, network.config.weight_bits)
        if layer.x.width != network.config.activation_bits:
            bits = network.config.activation_bits
            raise RnnhwError(f"x of {layer.name} must have activation_bits = {bits} bits, not {layer.x.width}")
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


def _check_values(what: str, values: np.ndarray, forms, weight_bits: int) -> None:
    for form, part in zip(forms, np.split(values, len(forms) or 1), strict=False):
        if form.width != weight_bits:
            raise RnnhwError(f"{what} must have weight_bits = {weight_bits} bits, not {form.width}")
        if part.size and (part.min() < form.min_raw or part.max() > form.max_raw):
            raise RnnhwError(f"{what} must be in {form.min_raw}..{form.max_raw}, not {part.min()}..{part.max()}")
