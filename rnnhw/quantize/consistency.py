"""Whether the parts of a quantised network that came from a file belong together."""

from itertools import pairwise

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network.options import ONE_TO_MANY, check_clip, check_feedback, check_options

from .build import taken
from .cells import QuantizedCell, QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .integers import BIAS_BITS
from .layers import WHOLE, QuantizedDense
from .quantized import QuantizedNetwork


def check_whole(network: QuantizedNetwork) -> None:
    """Hold order, shapes, formats and values of all layers against each other.

    Raises
    ------
    RnnhwError
        At the first thing that does not fit, by the layer's name.
    """
    check_options(network.mode, network.steps, network.reading, network.head, network.sigmoid, network.tanh)
    check_clip(network.clip, network.cells)
    count = len(network.recurrents)
    if not count or network.layers[:count] != network.recurrents:
        raise RnnhwError("layers must be one or more recurrent ones, then dense layers")
    parts = [part for layer in network.layers for part in (layer, *(c for c in layer.cells if c is not layer))]
    names = [network.name, *(part.name for part in parts)]
    if not all(isinstance(name, str) for name in names) or len(set(names[1:])) < len(parts):
        raise RnnhwError(f"names must be texts, and those of layers differ, not {names}")
    for name in network.config.layers:
        if name not in [layer.name for layer in network.layers]:
            raise RnnhwError(f"config has widths of a layer {name!r}, which there is none of")
    for part in parts:
        config = network.of(part).config
        if isinstance(part, WHOLE):
            _check_directions(part)
        else:
            _check_arrays(part, config)
            _check_formats(part, config, part is network.layers[-1])
    for before, layer in pairwise(network.layers):
        wanted = taken(before.output, network.of(layer).config)
        if (wanted, before.output_size) != (layer.x, layer.input_size):
            raise RnnhwError(f"{layer.name} must take what {before.name} gives")
    if network.mode == ONE_TO_MANY:
        both = (layer.name for layer in network.layers if isinstance(layer, WHOLE))
        check_feedback(network.input_size, network.output_size, next(both, None))


def _check_directions(layer) -> None:
    if not all(isinstance(cell, QuantizedCell) for cell in layer.cells):
        raise RnnhwError(f"all parts of {layer.name} must be recurrent cells")
    forward, backward = layer.cells[0], layer.cells[-1]
    if (forward.x, forward.input_size, forward.h) != (backward.x, backward.input_size, backward.h):
        raise RnnhwError(f"both cells of {layer.name} must take the same input and give the same format")


def _check_arrays(layer, config) -> None:
    """Shapes of all arrays, and values of weights, biases and states against their formats."""
    parts = _cell_parts(layer) if isinstance(layer, QuantizedCell) else _dense_parts(layer)
    for key, values, shape, forms in parts:
        what = f"{key} of {layer.name}"
        if values.shape != shape:
            raise RnnhwError(f"{what} must have shape {shape}, not {values.shape}")
        if key.startswith("bias"):
            limit = QFormat(BIAS_BITS, 0)
            if values.min() < limit.min_raw or values.max() > limit.max_raw:
                raise RnnhwError(f"{what} must fit {BIAS_BITS} bits")
            continue
        if key.startswith("weight"):
            _check_weight_formats(what, forms, config)
        for form, part in zip(forms, np.split(values, len(forms)), strict=True):
            if part.min() < form.min_raw or part.max() > form.max_raw:
                raise RnnhwError(f"{what} must be in {form.min_raw}..{form.max_raw}, not {part.min()}..{part.max()}")
        if key.startswith("weight") and config.weight_bits == 1 and not values.all():
            raise RnnhwError(f"{what} must be -1 or 1, not 0, with weight_bits = 1")


def _check_weight_formats(what: str, forms, config) -> None:
    wanted = max(config.weight_bits, 2)  # -1 and +1 take two bits
    symmetric = config.symmetric_weights or config.weight_bits == 1
    for form in forms:
        if form.width != wanted:
            raise RnnhwError(f"{what} must have {wanted} bits for weight_bits = {config.weight_bits}, not {form.width}")
        if not form.signed or form.symmetric != symmetric:
            raise RnnhwError(f"{what} must be signed and {'' if symmetric else 'not '}symmetric")


def _cell_parts(cell: QuantizedCell):
    """Name, values, shape and formats of the arrays; the alignment of the gates on the way."""
    gates, units = len(cell.gates), cell.hidden_size
    if len(cell.weight_ih) != gates or len(cell.weight_hh) != gates:
        raise RnnhwError(f"{cell.name} must have formats of weights for {gates} gates")
    if len({u.frac - w.frac for w, u in zip(cell.weight_ih, cell.weight_hh, strict=True)}) != 1:
        raise RnnhwError(f"weight formats of {cell.name} must differ by the same number of bits in each gate")
    yield "weight_ih_raw", cell.weight_ih_raw, (gates * units, cell.input_size), cell.weight_ih
    yield "weight_hh_raw", cell.weight_hh_raw, (gates * units, units), cell.weight_hh
    yield "bias_raw", cell.bias_raw, (gates * units,), ()
    yield "initial_raw", cell.initial_raw, (cell.state_size,), cell.state_formats
    if isinstance(cell, QuantizedGRU):
        yield "bias_hn_raw", cell.bias_hn_raw, (units,), ()


def _dense_parts(layer: QuantizedDense):
    yield "weight_raw", layer.weight_raw, (layer.output_size, layer.input_size), (layer.weight,)
    yield "bias_raw", layer.bias_raw, (layer.output_size,), ()


def _check_formats(layer, config, last: bool) -> None:
    """The formats that golden takes from the layer and the hardware from the widths are the same."""
    bits, wide = config.activation_bits, config.cell_bits
    forms = {"x": (layer.x, QFormat(bits, layer.x.frac))}
    if isinstance(layer, QuantizedDense):
        forms["y"] = layer.y, QFormat(2 * bits if last else bits, layer.y.frac)
        _check_bool(layer, "relu")
    else:
        relu = isinstance(layer, QuantizedRNN) and layer.activation == "relu"
        forms["h"] = layer.h, QFormat(bits, layer.h.frac if relu else bits - 1)
    if isinstance(layer, QuantizedRNN) and layer.activation not in ("tanh", "relu"):
        raise RnnhwError(f"activation of {layer.name} must be 'tanh' or 'relu', not {layer.activation!r}")
    if isinstance(layer, QuantizedLSTM):
        forms["c"] = layer.c, QFormat(wide, layer.c.frac)
    if isinstance(layer, QuantizedGRU):
        _check_reset(layer)
        if layer.reset_after:
            forms["p"] = layer.p, QFormat(wide, layer.p.frac)
    for key, (found, wanted) in forms.items():
        if found != wanted:
            raise RnnhwError(f"{key} of {layer.name} must be {wanted} and not symmetric, not {found}")


def _check_reset(cell: QuantizedGRU) -> None:
    _check_bool(cell, "reset_after")
    if cell.reset_after != isinstance(cell.p, QFormat):
        raise RnnhwError(f"p of {cell.name} must be a format with reset after, and none with reset before")
    if not cell.reset_after and cell.bias_hn_raw.any():
        raise RnnhwError(f"bias_hn_raw of {cell.name} must be zero with reset before")


def _check_bool(layer, key: str) -> None:
    value = getattr(layer, key)
    if not isinstance(value, bool):
        raise RnnhwError(f"{key} of {layer.name} must be true or false, not {value!r}")
