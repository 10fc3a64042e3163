"""`.keras` files, read without running anything that is stored in them."""

import json
import warnings
import zipfile

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import complaint, load_keras
from rnnhw.importers.keras.model import from_keras
from rnnhw.importers.keras.operations import ACTIVATIONS, IDENTITIES, MOVING_LAYERS
from rnnhw.importers.keras.recurrent import RECURRENT

_CELLS = ("GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells")
_WRAPPERS = ("Dense", "InputLayer", "Masking", "TimeDistributed")
_LAYERS = {*ACTIVATIONS, *IDENTITIES, *MOVING_LAYERS, *RECURRENT, *_CELLS, *_WRAPPERS}
_MODELS = {"Functional", "Model", "Sequential"}
# what stands for plain values in a configuration
_VALUES = {"__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__"}
# parts of Keras that other objects in a configuration may come from; none of them runs anything by itself
_PARTS = ("keras.constraints", "keras.dtype_policies", "keras.initializers", "keras.regularizers", "keras.src.ops.")
# and functions, which are looked at before they are used
_FUNCTIONS = ("keras.activations", "keras.ops")
# what concerns training only, and is not loaded
_IGNORED = ("compile_config",)


def read(path, name):
    """The network of a `.keras` file.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the network.

    Returns
    -------
    Network

    Raises
    ------
    RnnhwError
        A file of another kind, one that holds code or custom objects, or a model that `from_keras` refuses.
    """
    config, version = _described(path)
    _check_objects(config)
    if version.startswith("2.") and '"hard_sigmoid"' in json.dumps(config):
        raise RnnhwError(
            f"Keras {version} saved it, whose hard_sigmoid is clip(x / 5 + 1/2), but in Keras 3 it is clip(x / 6 + 1/2)"
        )
    keras = load_keras()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of optimisers and the like, which are of no concern here
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds
        raise RnnhwError(f"Keras cannot load it: {complaint(error)}") from error
    return from_keras(model, name)


def _described(path):
    """Configuration of the model in a file, and the version of Keras that wrote it."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json"))
        return config, str(metadata["keras_version"])
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RnnhwError("is no .keras file: it must be a zip with config.json and metadata.json") from error


def _check_objects(config):
    """Refuse objects that are not Keras's own, or that are not understood, before anything is made of them."""
    waiting = [(config, "the model")]
    while waiting:
        value, owner = waiting.pop()
        if isinstance(value, list):
            waiting += [(part, owner) for part in value]
        elif isinstance(value, dict):
            if "class_name" in value:
                owner = _checked(value, owner)
            waiting += [(part, owner) for key, part in value.items() if key not in _IGNORED]


def _checked(described, owner):
    """What messages call an object, or that which it belongs to; refused if it is not one of those allowed."""
    kind, module, inner = (described.get(key) for key in ("class_name", "module", "config"))
    module, registered = module or "keras", described.get("registered_name")
    if not isinstance(kind, str) or not isinstance(module, str):
        raise RnnhwError(f"{owner} holds an object without a name")
    if kind in _VALUES:
        return owner
    if kind == "__lambda__":
        raise RnnhwError(f"{owner} holds a Python lambda, which is not run")
    if kind == "function" and module in _FUNCTIONS:
        return owner
    if kind == "function":
        raise RnnhwError(f"{owner} holds the function {inner!r}, which is not run")
    if module.partition(".")[0] != "keras" or registered not in (None, kind):
        raise RnnhwError(f"{owner} holds the custom object {registered or kind!r} of {module!r}, whose code is not run")
    refusal = f"{owner} holds a {kind}, which is not supported"
    if isinstance(inner, dict) and "name" in inner and kind != "DTypePolicy":
        owner = f"{'model' if kind in _MODELS else 'layer'} {inner['name']!r} ({kind})"
        refusal = f"{owner} is not supported"
    for key in ("activation", "recurrent_activation"):
        if isinstance(inner, dict) and isinstance(inner.get(key), dict) and "class_name" not in inner[key]:
            raise RnnhwError(f"{key} of {owner} is a Python lambda, which is not run")  # as Keras 3.15 stores it
    if kind == "Lambda":
        raise RnnhwError(f"{refusal}: it runs code of its own")
    if kind not in _LAYERS and kind not in _MODELS and kind != "DTypePolicy" and not module.startswith(_PARTS):
        raise RnnhwError(refusal)
    return owner
