"""One file for a quantised network: integers as tensors, everything else as JSON in the header.

The container is safetensors: no pickle, memory-mapped, the same bytes for the same network.
"""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.files import write_whole
from rnnhw.fixedpoint import QFormat

from .cells import QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .config import Quantization
from .consistency import check_whole
from .layers import WHOLE, QuantizedDense
from .quantized import QuantizedNetwork

FORMAT_VERSION = 3
_KEY = "rnnhw_quantized"
_OPTIONS = ("name", "mode", "steps", "reading", "head", "sigmoid", "tanh")
_KINDS = {kind.kind: kind for kind in (QuantizedLSTM, QuantizedGRU, QuantizedRNN, QuantizedDense)}
_MATRICES = ("weight_ih_raw", "weight_hh_raw", "weight_raw")
_WHOLE = {kind.kind: kind for kind in WHOLE}


def save_quantized(network: QuantizedNetwork, path) -> None:
    """Write `network` to `path`; an existing file is replaced only once the new one is complete."""
    write_whole(Path(path), quantized_bytes(network))


def quantized_bytes(network: QuantizedNetwork) -> bytes:
    """What `save_quantized` writes; the same for the same network."""
    from safetensors.numpy import save

    tensors = {}
    header = {
        "format_version": FORMAT_VERSION,
        **{key: getattr(network, key) for key in _OPTIONS},
        **({} if network.clip is None else {"clip": network.clip}),
        "config": network.config.model_dump(),
        "layers": [_written(layer, str(index), tensors) for index, layer in enumerate(network.layers)],
    }
    return save(tensors, {_KEY: json.dumps(header, sort_keys=True)})


def load_quantized(path) -> QuantizedNetwork:
    """Read what `save_quantized` wrote.

    Raises
    ------
    RnnhwError
        If the file is missing, is not one, is damaged, or is of another format version.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if path.is_dir():
        raise RnnhwError(f"{path}: is a folder, not a file")
    if not path.is_file():
        raise RnnhwError(f"{path}: no such file")
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(_KEY, "null"))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise RnnhwError(f"{path}: not a quantised network ({error})") from None
    if not isinstance(header, dict):
        raise RnnhwError(f"{path}: not a quantised network; rnnhw.load reads float models")
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise RnnhwError(f"{path}: format version {version}, this rnnhw reads {FORMAT_VERSION}; quantise once more")
    try:
        layers = tuple(_read(layer, str(index), tensors) for index, layer in enumerate(header["layers"]))
        options = {key: header[key] for key in _OPTIONS} | {key: header[key] for key in ("clip",) if key in header}
        network = QuantizedNetwork(layers=layers, config=Quantization(**header["config"]), **options)
        check_whole(network)
    except KeyError as error:
        raise RnnhwError(f"{path}: damaged, {error} is missing") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise RnnhwError(f"{path}: damaged, {error}") from None
    return network


def _written(layer, place: str, tensors: dict) -> dict:
    """A layer's entry in the header; its arrays go to `tensors`, by the place of the layer and their name."""
    if isinstance(layer, WHOLE):
        cells = {key: _written(getattr(layer, key), f"{place}.{key}", tensors) for key in layer.parts}
        return {"kind": layer.kind, "name": layer.name, **cells}
    tensors.update({f"{place}.{key}": np.asarray(getattr(layer, key)) for key in layer.arrays})
    values = {field.name: getattr(layer, field.name) for field in fields(layer) if field.name not in layer.arrays}
    return {"kind": layer.kind, **{key: _pack(value) for key, value in values.items()}}


def _pack(value):
    """A field as JSON; a format is a table of its four numbers."""
    if isinstance(value, QFormat):
        return {field.name: getattr(value, field.name) for field in fields(QFormat)}
    return [_pack(form) for form in value] if isinstance(value, tuple) else value


def _unpack(value):
    if isinstance(value, dict):
        return QFormat(**value)
    return tuple(_unpack(form) for form in value) if isinstance(value, list) else value


def _read(header: dict, place: str, tensors: dict):
    kind, values = header["kind"], {key: value for key, value in header.items() if key != "kind"}
    if kind in _WHOLE:
        cells = {key: _read(values[key], f"{place}.{key}", tensors) for key in _WHOLE[kind].parts}
        return _WHOLE[kind](**(values | cells))
    if kind not in _KINDS:
        raise RnnhwError(f"kind of layer {place} must be one of {', '.join(_KINDS)}, not {kind!r}")
    values = {key: _unpack(value) for key, value in values.items()}
    for key in _KINDS[kind].arrays:
        name = f"{place}.{key}"
        values[key] = tensors[name]
        if values[key].dtype != np.int64:
            raise RnnhwError(f"{name} must be int64, not {values[key].dtype}")
        axes = 2 if key in _MATRICES else 1
        if values[key].ndim != axes:
            raise RnnhwError(f"{name} must have {axes} axes, not shape {values[key].shape}")
    return _KINDS[kind](**values)
