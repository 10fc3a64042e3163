"""The formats that a network brings with it: the widths that follow from them, and whether they can be kept."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import RNN, Dense, Network

from .config import Quantization


def widths_given(net: Network, options: dict) -> Quantization:
    """The options, with the widths that the network's formats fix where none are given.

    Raises
    ------
    RnnhwError
        For options that contradict the formats, or formats that the arithmetic does not have.
    """
    if not net.formats:
        return Quantization(**options)
    fixed = {layer.name: _layer_widths(net, layer) for layer in net.layers}
    symmetric = _symmetric(net, options)
    options = options | ({} if symmetric is None else {"symmetric_weights": symmetric})
    for key in ("weight_bits", "activation_bits"):
        found = {widths[key] for widths in fixed.values() if key in widths}
        if key not in options and len(found) == 1:
            options |= {key: found.pop()[0]}
    asked = Quantization(**options)
    layers = dict(asked.layers)
    for name, widths in fixed.items():
        own = asked.layers.get(name)
        for key, (bits, what) in widths.items():
            said = getattr(own, key, None) or (getattr(asked, key) if key in options else None)
            if said not in (None, bits):
                raise RnnhwError(f"{key} of layer {name} must be {bits} as its {what} is, not {said}")
        needed = {key: bits for key, (bits, _) in widths.items() if getattr(asked.of(name), key) != bits}
        if needed:
            layers[name] = (own.model_dump() if own else {}) | needed
    return Quantization(**(options | {"layers": layers}))


def given_fraction(net: Network, key: str) -> int | None:
    """The fraction of a format that the network brings."""
    form = net.formats.get(key)
    return None if form is None else form.frac


def given_fractions(net: Network, key: str, gates: int) -> list[int] | None:
    """The fractions of a cell's weights that the network brings, one a gate."""
    form = net.formats.get(key)
    if form is None:
        return None
    return [one.frac for one in form] if isinstance(form, tuple) else [form.frac] * gates


def _layer_widths(net: Network, layer) -> dict[str, tuple[int, str]]:
    """Weight and activation width of a layer, each with what says so."""
    found = {}
    for key, form in _formats_of(net, layer):
        weights = ".weight" in key
        kind, bits = ("weight_bits", form.width) if weights else ("activation_bits", form.width)
        if not weights:
            bits = _activation_width(net, layer, key, form)
        low = 2 if weights else 4
        if not form.signed or not low <= bits <= 16:
            raise RnnhwError(f"format of {key} must be signed with {low}..16 bits, not {form}")
        text = f"format {form} of {key}"
        before, what = found.setdefault(kind, (bits, text))
        if before != bits:
            raise RnnhwError(f"layer {layer.name} must have one width, not the {what} and the {text}")
    return found


def _formats_of(net: Network, layer):
    """Names and single formats that the network brings for a layer."""
    keys = ["input"] if layer is net.layers[0] else []
    for cell in layer.cells:
        keys += [f"{cell.name}.{part}" for part in ("weight_ih", "weight_hh", "h")]
    if isinstance(layer, Dense):
        keys += [f"{layer.name}.weight", f"{layer.name}.y"]
    for key in keys:
        form = net.formats.get(key)
        if form is not None:
            yield from ((key, one) for one in (form if isinstance(form, tuple) else (form,)))


def _activation_width(net: Network, layer, key: str, form: QFormat) -> int:
    """The activation width that a format of an input, a hidden state or a dense output stands for."""
    if form.symmetric:
        raise RnnhwError(f"format of {key} must not be symmetric")
    if layer is net.layers[-1] and isinstance(layer, Dense):
        if form.width % 2:
            raise RnnhwError(f"format of {key} must have twice the bits of activations as a last layer's, not {form}")
        return form.width // 2
    if key == "input" or isinstance(layer, Dense):
        return form.width
    relu = any(isinstance(cell, RNN) and cell.activation == "relu" for cell in layer.cells)
    if not relu and form.frac != form.width - 1:
        wanted = QFormat(form.width, form.width - 1)
        raise RnnhwError(f"format of {key} must be {wanted}, because tanh and sigmoid are below 1, not {form}")
    first = next(net.formats[f"{cell.name}.h"] for cell in layer.cells if f"{cell.name}.h" in net.formats)
    if form != first:
        raise RnnhwError(f"format of {key} must be {first} as that of the other cell of {layer.name}, not {form}")
    return form.width


def _symmetric(net: Network, options: dict) -> bool | None:
    """Whether the weights' formats leave out the most negative value; None if there are none."""
    found = {form.symmetric for layer in net.layers for key, form in _formats_of(net, layer) if ".weight" in key}
    if len(found) > 1:
        raise RnnhwError("formats of weights must all be symmetric or none of them")
    symmetric = next(iter(found), None)
    if symmetric is not None and options.get("symmetric_weights", symmetric) != symmetric:
        raise RnnhwError(f"symmetric_weights must be {symmetric}, as the formats of the network's weights are")
    return symmetric
