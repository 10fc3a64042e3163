"""Keras itself: imported on first use, with a backend that is there."""

import json
import os
import re
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from rnnhw.errors import RnnhwError

_KEY = "KERAS_BACKEND"
_LONGEST = 200


class KerasWarning(UserWarning):
    """A model was understood, but it is run in another way here than in Keras."""


def load_keras():
    """The module keras, at least version 3.

    If Keras was not imported yet and the user has named no backend that is there, PyTorch is used.

    Raises
    ------
    RnnhwError
        Keras is missing, older, or cannot import its backend.
    """
    if "keras" not in sys.modules and find_spec("keras") is None:
        raise RnnhwError("a Keras model needs Keras 3: pip install 'rnnhw[keras]'")
    try:
        with _backend():
            import keras
    except ImportError as error:
        raise RnnhwError(
            f"Keras cannot be imported with its backend ({error}): set {_KEY} to one that is installed, "
            "or pip install 'rnnhw[keras]'"
        ) from error
    if int(keras.__version__.partition(".")[0]) < 3:
        raise RnnhwError(f"a Keras model needs Keras 3, not {keras.__version__}: pip install 'rnnhw[keras]'")
    return keras


@contextmanager
def _backend():
    """Name PyTorch as Keras's backend while it is imported, unless the user has made a choice that can be kept."""
    if "keras" in sys.modules or os.environ.get(_KEY) or find_spec(_configured()) or not find_spec("torch"):
        yield
        return
    os.environ[_KEY] = "torch"
    try:
        yield
    finally:
        del os.environ[_KEY]


def _configured():
    """The backend in Keras's own configuration; without one that which Keras takes."""
    home = os.environ.get("KERAS_HOME")
    folder = Path(home) if home else Path.home() / ".keras"
    try:
        backend = json.loads((folder / "keras.json").read_text())["backend"]
    except (OSError, ValueError, LookupError, TypeError):
        return "tensorflow"
    return backend if isinstance(backend, str) and backend.isidentifier() else "tensorflow"


def called(operation):
    """What messages call a layer or an operation of a model."""
    kind = "operation" if type(operation).__module__.startswith("keras.src.ops.") else "layer"
    return f"{kind} {operation.name!r} ({type(operation).__name__})"


def check_plain(layer, what):
    """Refuse a layer or cell whose weights Keras has quantised."""
    mode = getattr(layer, "quantization_mode", None) or getattr(layer.dtype_policy, "quantization_mode", None)
    if mode:
        raise RnnhwError(f"{what} is quantised ({mode}), which is not supported")


def complaint(error):
    """What an exception of Keras or its backend says, in one short line: of several inside each other the innermost."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).rpartition("Exception encountered: ")[2]
    lines = [line.strip() for line in text.splitlines() if line.strip() and "Exception encountered" not in line]
    line = lines[0] if lines else ""
    short = line if len(line) <= _LONGEST else f"{line[:_LONGEST]} ..."
    return f"{type(error).__name__}: {short}" if short else type(error).__name__
