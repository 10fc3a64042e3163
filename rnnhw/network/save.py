"""Writing a network to a file that `load` reads back to an equal one."""

import io
from pathlib import Path

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.files import write_whole
from rnnhw.network.document import KEY, encode
from rnnhw.network.network import Network


def _as_safetensors(tensors, text):
    from safetensors.numpy import save

    return save(tensors, metadata={KEY: text})


def _as_npz(tensors, text):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **tensors, **{KEY: np.array(text)})
    return buffer.getvalue()


_WRITERS = {".safetensors": _as_safetensors, ".npz": _as_npz}


def save(net, path):
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    net : Network
    path : str or path-like
        Ends in .safetensors or .npz. An existing file is replaced.

    Raises
    ------
    RnnhwError
        Another extension, or a place that cannot be written to.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net must be a Network, not {type(net).__name__}")
    path = Path(path)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise RnnhwError(f"{path}: cannot save as {path.suffix!r}; allowed are {', '.join(_WRITERS)}")
    data = write(*encode(net))
    write_whole(path, data)
