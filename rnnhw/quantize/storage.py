"""One file for a quantised network: integers as tensors, everything else as JSON in the header.

The container is safetensors: no pickle, memory-mapped, the same bytes for the same network.
"""

import json
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.files import write_whole
from rnnhw.fixedpoint import QFormat

from .config import Quantization
from .consistency import check_whole
from .quantized import QuantizedDense, QuantizedLSTM, QuantizedNetwork

FORMAT_VERSION = 1
_KEY = "rnnhw_quantized"
_TENSORS = {"lstm": ("weight_ih_raw", "weight_hh_raw", "bias_raw"), "dense": ("weight_raw", "bias_raw")}


def save_quantized(network: QuantizedNetwork, path) -> None:
    """Write `network` to `path`; an existing file is replaced only once the new one is complete."""
    from safetensors.numpy import save

    path = Path(path)
    tensors, layers = {}, []
    for index, layer in enumerate(network.layers):
        kind = "lstm" if isinstance(layer, QuantizedLSTM) else "dense"
        for key in _TENSORS[kind]:
            tensors[f"{index}.{key}"] = np.asarray(getattr(layer, key))
        layers.append({"kind": kind, "name": layer.name, **_formats(layer, kind)})
    header = {
        "format_version": FORMAT_VERSION,
        "name": network.name,
        "mode": network.mode,
        "config": network.config.model_dump(),
        "layers": layers,
    }
    write_whole(path, save(tensors, {_KEY: json.dumps(header, sort_keys=True)}))


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
        raise RnnhwError(f"{path}: format version {version}, this rnnhw reads {FORMAT_VERSION}")
    try:
        layers = tuple(_layer(index, layer, tensors) for index, layer in enumerate(header["layers"]))
        network = QuantizedNetwork(header["name"], header["mode"], layers, Quantization(**header["config"]))
        check_whole(network)
    except KeyError as error:
        raise RnnhwError(f"{path}: damaged, {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise RnnhwError(f"{path}: damaged, {error}") from None
    return network


def _formats(layer, kind: str) -> dict:
    if kind == "dense":
        return {"relu": layer.relu, **{key: _pack(getattr(layer, key)) for key in ("x", "y", "weight")}}
    single = {key: _pack(getattr(layer, key)) for key in ("x", "h", "c")}
    return single | {key: [_pack(form) for form in getattr(layer, key)] for key in ("weight_ih", "weight_hh")}


def _pack(form: QFormat) -> list:
    return [form.width, form.frac, form.signed, form.symmetric]


def _layer(index: int, header: dict, tensors: dict):
    kind, values = header["kind"], dict(header)
    del values["kind"]
    for key in _TENSORS[kind]:
        values[key] = tensors[f"{index}.{key}"]
        if values[key].dtype != np.int64:
            raise RnnhwError(f"{index}.{key} must be int64, not {values[key].dtype}")
        axes = 1 if key == "bias_raw" else 2
        if values[key].ndim != axes:
            raise RnnhwError(f"{index}.{key} must have {axes} axes, not shape {values[key].shape}")
    for key in ("x", "y", "h", "c", "weight"):
        if key in values:
            values[key] = QFormat(*values[key])
    for key in ("weight_ih", "weight_hh"):
        if key in values:
            values[key] = tuple(QFormat(*form) for form in values[key])
    return (QuantizedLSTM if kind == "lstm" else QuantizedDense)(**values)
