"""One reader for each kind of model file: from a path to named arrays and the file's text metadata.

A reader may raise `RnnhwError` or OSError; `load` adds the path to the message.
"""

import warnings
import zipfile
from collections.abc import Mapping

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.network.document import KEY

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
_UNFOLDED = 8  # values for a byte of the file: tensors may share what they hold, but not without end
_CHECKPOINT_KEYS = ("state_dict", "model_state_dict", "model", "net")


def read_safetensors(path):
    """Arrays and metadata of a .safetensors file; bfloat16 becomes float32, which holds it exactly."""
    from safetensors import SafetensorError, deserialize, safe_open

    data = path.read_bytes()
    try:
        entries = deserialize(data)
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise RnnhwError(f"not a readable safetensors file: {error}") from error
    return {key: _safetensor(key, **entry) for key, entry in entries}, metadata


def _safetensor(key, dtype, shape, data):
    if dtype == "BF16":
        array = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif dtype in _DTYPES:
        array = np.frombuffer(data, _DTYPES[dtype])
    else:
        raise RnnhwError(f"tensor {key!r} must be F64, F32, F16 or BF16, not {dtype}")
    return array.reshape(shape)


def read_npz(path):
    """Arrays of an .npz file, never unpickled; the text under the name "rnnhw" becomes the metadata."""
    with path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            raise RnnhwError("not a readable npz file: it is no zip archive")
        stream.seek(0)
        try:
            with np.load(stream, allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
        except Exception as error:  # a damaged archive makes zipfile, zlib and numpy raise nearly anything
            raise RnnhwError(f"not a readable npz file: {_first_line(error)}") from error
    text = arrays.pop(KEY, None)
    if text is None:
        return arrays, {}
    if text.dtype.kind != "U" or text.ndim != 0:
        raise RnnhwError(f"the {KEY!r} entry is damaged: it must be one text")
    return arrays, {KEY: text.item()}


def read_torch(path):
    """Arrays of a state dict in a .pt or .pth file, or under "state_dict" in a checkpoint; runs no code."""
    try:
        import torch
    except ImportError as error:
        raise RnnhwError("reading it needs PyTorch: pip install 'rnnhw[torch]'") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about TorchScript and pickle versions; what matters is raised
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # a damaged file makes torch.load raise nearly anything
        raise RnnhwError(_torch_refusal(str(error))) from error
    if isinstance(content, Mapping):
        inner = [content[key] for key in _CHECKPOINT_KEYS if isinstance(content.get(key), Mapping)]
        content = inner[0] if inner else content
    if not isinstance(content, Mapping):
        raise RnnhwError(f"must hold a state dict, not a {type(content).__name__}")
    for key, value in content.items():
        _check_torch(key, value, torch)
    values = sum(value.numel() for value in content.values())
    if values > _UNFOLDED * path.stat().st_size:
        raise RnnhwError(f"its tensors repeat what is stored: {values:,} values in all, far more than the file holds")
    return {str(key): _torch_array(value, torch) for key, value in content.items()}, {}


def _torch_refusal(message):
    how = "save the weights alone with torch.save(model.state_dict(), path), or use rnnhw.from_torch"
    if "TorchScript" in message:
        return f"a TorchScript archive is not supported; {how}"
    if "unsupported global" in message.lower() or "unsupported class" in message.lower():
        return f"holds Python objects, which would have to be run as code; {how}"
    return "not a readable PyTorch file"


def _check_torch(key, value, torch):
    if not isinstance(value, torch.Tensor):
        raise RnnhwError(f"entry {key!r} must be a tensor, not a {type(value).__name__}")
    if value.layout is not torch.strided or value.is_quantized:
        raise RnnhwError(f"tensor {key!r} must be dense and not quantised")
    if value.is_meta:
        raise RnnhwError(f"tensor {key!r} has no values: it was saved from the device 'meta'")


def _torch_array(value, torch):
    if value.is_floating_point():
        value = value.to(torch.float64)
    return value.detach().numpy()


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


#: Reader for each extension.
READERS = {".safetensors": read_safetensors, ".npz": read_npz, ".pt": read_torch, ".pth": read_torch}
