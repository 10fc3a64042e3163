"""The form in which rnnhw keeps a network in a file: named tensors, and JSON that says what they are."""

import json

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.layers import LSTM, Dense
from rnnhw.network.network import Network
from rnnhw.network.state_dict import agreed_mode

#: Metadata key (safetensors) or array name (npz) under which the JSON stands.
KEY = "rnnhw"
#: Version of the form; a reader refuses a newer one.
FORMAT = 1

_KINDS = {LSTM.kind: LSTM, Dense.kind: Dense}


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
        JSON object with "format", "name", "mode" and "layers".
    """
    tensors, layers = {}, []
    for layer in net.layers:
        entry = {"kind": layer.kind, "name": layer.name}
        if isinstance(layer, Dense):
            entry["activation"] = layer.activation
        layers.append(entry)
        for field in layer.tensors:
            tensors[f"{layer.name}.{field}"] = _smallest_exact(getattr(layer, field))
    return tensors, json.dumps({"format": FORMAT, "name": net.name, "mode": net.mode, "layers": layers})


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
    try:
        document = json.loads(text)
        version = document["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise RnnhwError(f"the {KEY!r} entry is damaged: it must be JSON with a format version") from error
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise RnnhwError(f"format of the file must be a version from 1 to {FORMAT}, not {version!r}")
    if version > FORMAT:
        raise RnnhwError(f"format {version} of the file is newer than this rnnhw reads (up to {FORMAT})")
    try:
        entries = [dict(entry) for entry in document["layers"]]
        stored = {"mode": document["mode"], "name": document["name"]}
    except (KeyError, TypeError, ValueError) as error:
        raise RnnhwError(f"the {KEY!r} entry is damaged: it must hold name, mode and layers") from error
    if not all(isinstance(text, str) for text in (stored["name"], *(entry.get("name") for entry in entries))):
        raise RnnhwError(f"the {KEY!r} entry is damaged: names must be texts")
    left = dict(tensors)
    layers = [_layer(entry, left) for entry in entries]
    if left:
        raise RnnhwError(f"tensor {min(left)!r} belongs to no layer of the {KEY!r} entry")
    return Network(layers, agreed_mode(mode, stored["mode"]), stored["name"] if name is None else name)


def _layer(entry, left):
    """One layer from its JSON entry; takes its tensors out of `left`."""
    kind, name = entry.pop("kind", None), entry.pop("name", None)
    if not isinstance(kind, str) or kind not in _KINDS:
        allowed = " or ".join(map(repr, _KINDS))
        raise RnnhwError(f"kind of layer {name!r} in the {KEY!r} entry must be {allowed}, not {kind!r}")
    make = _KINDS[kind]
    options = {"activation": entry.pop("activation", "linear")} if make is Dense else {}
    if entry:
        raise RnnhwError(f"layer {name!r} in the {KEY!r} entry has an unknown property {min(entry)!r}")
    arrays = {}
    for field in make.tensors:
        if f"{name}.{field}" not in left:
            raise RnnhwError(f"tensor '{name}.{field}' is missing")
        arrays[field] = left.pop(f"{name}.{field}")
    return make(**arrays, **options, name=name)
