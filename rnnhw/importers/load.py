"""Reading a network from a file."""

from importlib import import_module
from pathlib import Path

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.state_dict import from_state_dict
from rnnhw.importers.readers import READERS
from rnnhw.network.document import KEY, decode
from rnnhw.network.options import agreed_mode

#: Modules whose `read(path, name)` makes a network of a whole model: its file says everything that is to be known.
WHOLE_MODELS = {
    ".keras": "rnnhw.importers.keras",
    ".onnx": "rnnhw.importers.onnx",
    ".pt2": "rnnhw.importers.pytorch.exported",
}
#: Extensions of all files that can be loaded.
EXTENSIONS = (*READERS, *WHOLE_MODELS)


def load(path, mode=None, name=None, layers=None, **facts):
    """Read a network from a file that rnnhw, PyTorch, Keras or an exporter to ONNX wrote.

    Parameters
    ----------
    path : str or path-like
        .safetensors or .npz, with what `save` writes or with the tensors of a PyTorch state dict; .pt or
        .pth with a state dict, or with a checkpoint that has one under "state_dict" (needs PyTorch; no
        code in the file is run); .pt2 of `torch.export.save`; .onnx; .keras.
    mode : {"one-to-one", "one-to-many", "many-to-one", "many-to-many"}, optional
        Needed for a state dict whose file does not say it in its metadata; others say it themselves.
    name : str, optional
        Name of the network; without it the one stored in the file, or else the file's name without extension.
    layers : str or sequence of str, optional
        Order of the modules of a state dict, see `from_state_dict`.
    steps, reading, head, sigmoid, tanh, clip, nonlinearity, update_gate, reset_after : optional
        What a state dict leaves open besides, see `from_state_dict`.

    Returns
    -------
    Network

    Raises
    ------
    RnnhwError
        In one line with the path: a file that is missing, unreadable, of another kind, or refused for
        what it holds.
    """
    path = Path(path)
    if path.is_dir():
        raise RnnhwError(f"{path}: is a folder, not a file")
    kind = path.suffix.lower()
    if kind not in EXTENSIONS:
        raise RnnhwError(f"{path}: cannot load {path.suffix!r} files; allowed are {', '.join(EXTENSIONS)}")
    try:
        if kind in WHOLE_MODELS:
            return _whole_model(path, WHOLE_MODELS[kind], mode, name, {"layers": layers, **facts})
        read = READERS[kind]
        tensors, metadata = read(path)
        if KEY in metadata:
            for key, value in {"layers": layers, **facts}.items():
                if value is not None:
                    raise RnnhwError(f"{key} must not be given, the file says what it is")
            return decode(tensors, metadata[KEY], mode, name)
        stored = metadata.get("name", path.stem) if name is None else name
        return from_state_dict(tensors, mode=mode, layers=layers, metadata=metadata, name=stored, **facts)
    except FileNotFoundError as error:
        raise RnnhwError(f"{path}: no such file") from error
    except OSError as error:
        raise RnnhwError(f"{path}: cannot be read: {error.strerror or error}") from error
    except RnnhwError as error:
        raise RnnhwError(f"{path}: {error}") from error


def _whole_model(path, module, mode, name, facts):
    """A network from a file that holds a whole model, not only its tensors."""
    with path.open("rb"):  # what is missing or may not be read is said here, whatever the framework would say
        pass
    for key, value in facts.items():
        if value is not None:
            raise RnnhwError(f"{key} must not be given, the file says what it is")
    net = import_module(module).read(path, path.stem if name is None else name)
    agreed_mode(mode, net.mode)
    return net
