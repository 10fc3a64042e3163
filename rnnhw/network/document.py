"""The form in which rnnhw keeps a network in a file: named tensors, and JSON that says what they are."""

import json

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.cells import GRU, LSTM, RNN
from rnnhw.network.formats import read_formats, written_formats
from rnnhw.network.layer_checks import listed
from rnnhw.network.layers import Bidirectional, Dense, Reversed
from rnnhw.network.network import Network
from rnnhw.network.options import OPTIONS, agreed_mode

#: Metadata key (safetensors) or array name (npz) under which the JSON stands.
KEY = "rnnhw"
#: Version of the form; a reader refuses a newer one. Version 1 had LSTM and dense layers and no options.
FORMAT = 2

_KINDS = {make.kind: make for make in (LSTM, GRU, RNN, Bidirectional, Reversed, Dense)}
# the cells that a layer consists of, by the names of its fields
_PARTS = {"bidirectional": ("forward", "backward"), "reversed": ("cell",)}
# what the entry of a layer holds besides kind, name and tensors, and what it is if left out
_PROPERTIES = {"gru": {"reset_after": True}, "rnn": {"activation": "tanh"}, "dense": {"activation": "linear"}}


def encode(net):
    """Tensors and JSON of a network.

    Parameters
    ----------
    net : Network

    Returns
    -------
    tensors : dict of str to numpy.ndarray
        "<layer>.<tensor>" -> float32 where that loses nothing, else float64.
    text : str
        JSON object with "format", "name", "mode", options that are not the default, "formats" if there are any, and
        "layers".
    """
    tensors = {}
    document = {"format": FORMAT, "name": net.name, "mode": net.mode}
    document |= {key: getattr(net, key) for key in OPTIONS if getattr(net, key) != getattr(Network, key)}
    if net.formats:
        document["formats"] = written_formats(net.formats)
    document["layers"] = [_entry(layer, tensors) for layer in net.layers]
    return tensors, json.dumps(document)


def _entry(layer, tensors):
    """JSON entry of a layer; puts its arrays into `tensors`."""
    entry = {"kind": layer.kind, "name": layer.name}
    if layer.kind in _PARTS:
        return entry | {part: _entry(getattr(layer, part), tensors) for part in _PARTS[layer.kind]}
    for field in (*layer.tensors, *layer.initial_fields):
        if getattr(layer, field) is not None:
            tensors[f"{layer.name}.{field}"] = _smallest_exact(getattr(layer, field))
    return entry | {key: getattr(layer, key) for key in _PROPERTIES.get(layer.kind, ())}


def _smallest_exact(array):
    """The array as float32 if every value survives that, else as it is."""
    with np.errstate(over="ignore", under="ignore"):
        small = array.astype(np.float32)
    return small if np.array_equal(small.astype(np.float64), array) else array


def decode(tensors, text, mode=None, name=None):
    """The network that `encode` was given.

    Parameters
    ----------
    tensors : mapping of str to numpy.ndarray
    text : str
        JSON as from `encode`.
    mode : str, optional
        If given, it must be the stored one.
    name : str, optional
        Replaces the stored name.

    Raises
    ------
    RnnhwError
        A newer format, JSON that is damaged, or tensors that are missing or left over.
    """
    document = _versioned(text)
    try:
        entries = [dict(entry) for entry in document.pop("layers")]
        stored = {"mode": document.pop("mode"), "name": document.pop("name")}
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged("it must hold name, mode and layers") from error
    options = {key: document.pop(key) for key in OPTIONS if key in document}
    formats = _read_formats(document.pop("formats", {}))
    if document:
        raise RnnhwError(f"the {KEY!r} entry has an unknown property {min(document)!r}")
    left = dict(tensors)
    layers = [_layer(entry, left) for entry in entries]
    if left:
        raise RnnhwError(f"tensor {min(left)!r} belongs to no layer of the {KEY!r} entry")
    if not isinstance(stored["name"], str):
        raise _damaged("names must be texts")
    if "steps" in options and (not isinstance(options["steps"], int) or isinstance(options["steps"], bool)):
        raise _damaged(f"steps must be an int, not {options['steps']!r}")
    if "clip" in options and (not isinstance(options["clip"], int | float) or isinstance(options["clip"], bool)):
        raise _damaged(f"clip must be a number, not {options['clip']!r}")
    stored["name"] = stored["name"] if name is None else name
    return Network(layers, agreed_mode(mode, stored["mode"]), stored["name"], **options, formats=formats)


def _read_formats(document):
    try:
        return read_formats(document)
    except (TypeError, RnnhwError) as error:
        raise _damaged(str(error)) from None


def _versioned(text):
    """The JSON object without its version, which is one that can be read."""
    try:
        document = json.loads(text)
        version = document.pop("format")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged("it must be JSON with a format version") from error
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RnnhwError(f"format of the file must be a version from 1 to {FORMAT}, not {version!r}")
    if version > FORMAT:
        raise RnnhwError(f"format {version} of the file is newer than this rnnhw reads (up to {FORMAT})")
    return document


def _damaged(rule):
    return RnnhwError(f"the {KEY!r} entry is damaged: {rule}")


def _layer(entry, left, allowed=tuple(_KINDS)):
    """One layer from its JSON entry; takes its tensors out of `left`."""
    kind, name = entry.pop("kind", None), entry.pop("name", None)
    if not isinstance(name, str):
        raise _damaged("names must be texts")
    if not isinstance(kind, str) or kind not in allowed:
        raise RnnhwError(f"kind of layer {name!r} in the {KEY!r} entry must be {listed(allowed)}, not {kind!r}")
    if kind in _PARTS:
        found = {part: _part(entry.pop(part, None), part, name, left) for part in _PARTS[kind]}
    else:
        defaults = _PROPERTIES.get(kind, {})
        found = {key: entry.pop(key, default) for key, default in defaults.items()}
        if not isinstance(found.get("reset_after", True), bool):
            raise _damaged(f"reset_after of {name!r} must be true or false, not {found['reset_after']!r}")
        found |= _arrays(_KINDS[kind], name, left)
    if entry:
        raise RnnhwError(f"layer {name!r} in the {KEY!r} entry has an unknown property {min(entry)!r}")
    return _KINDS[kind](**found, name=name)


def _part(entry, part, name, left):
    """A cell of layer `name`, under the name of its field."""
    if not isinstance(entry, dict):
        raise _damaged(f"{part} of layer {name!r} must be a layer")
    return _layer(dict(entry), left, allowed=("lstm", "gru", "rnn"))


def _arrays(make, name, left):
    """The arrays of one cell or dense layer, taken out of `left`."""
    arrays = {}
    for field in make.tensors:
        if f"{name}.{field}" not in left:
            raise RnnhwError(f"tensor '{name}.{field}' is missing")
        arrays[field] = left.pop(f"{name}.{field}")
    initial = {field: left.pop(f"{name}.{field}") for field in make.initial_fields if f"{name}.{field}" in left}
    return arrays | initial
