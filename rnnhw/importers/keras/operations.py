"""What layers and operations of Keras without a state do to ids."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called, check_plain, complaint
from rnnhw.importers.keras.cells import activation_name, array
from rnnhw.importers.keras.graph import Value
from rnnhw.importers.provenance import Provenance
from rnnhw.network.layer_checks import listed

#: Layers that do nothing when a model is run.
IDENTITIES = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "SpatialDropout1D",
)
#: Layers that only move values about: Keras runs them itself, on ids.
MOVING_LAYERS = ("Concatenate", "Cropping1D", "Flatten", "Permute", "Reshape")
#: The same for operations.
MOVING_OPERATIONS = (
    "Concatenate",
    "Copy",
    "ExpandDims",
    "Flip",
    "GetItem",
    "Hstack",
    "Moveaxis",
    "Ravel",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
    "Stack",
    "StopGradient",
    "Swapaxes",
    "Take",
    "Transpose",
    "Unstack",
    "Vstack",
)
#: Of these, those that join arrays.
_JOINS = ("Concatenate", "Hstack", "Stack", "Vstack")
#: Layers that compute.
ACTIVATIONS = ("Activation", "ReLU", "Softmax")
#: What a Dense layer may have as its activation, and what `Activation` may be.
_ALLOWED = ("linear", "relu", "softmax")
_HINTS = {
    "RepeatVector": "; a network whose answers are inputs has the mode one-to-many",
    "Lambda": ": it runs code of its own",
}


def is_layer(operation, names, keras):
    """Whether an operation is exactly one of Keras's own layers of these names."""
    name = type(operation).__name__
    return name in names and type(operation) is getattr(keras.layers, name, None)


def is_operation(operation, names):
    """The same for operations of keras.ops."""
    kind = type(operation)
    return kind.__name__ in names and kind.__module__.startswith("keras.src.ops.")


def not_supported(operation):
    """The refusal of a layer or operation."""
    return RnnhwError(f"{called(operation)} is not supported{_HINTS.get(type(operation).__name__, '')}")


def run_operation(operation, arguments, provenance, keras):
    """Run a layer or operation without a state on ids.

    Parameters
    ----------
    operation : keras.Operation
    arguments : dict
        By name; values are `Value`.
    provenance : Provenance
    keras : module

    Returns
    -------
    list of Value

    Raises
    ------
    RnnhwError
        By its name: what is not understood.
    """
    value = next(iter(arguments.values()), None)
    if is_layer(operation, MOVING_LAYERS, keras) or is_operation(operation, MOVING_OPERATIONS):
        return _moved(operation, arguments, keras)
    if is_operation(operation, ("Argmax",)):
        return _argmax(operation, value, provenance)
    if not isinstance(value, Value):
        raise not_supported(operation)
    if is_layer(operation, IDENTITIES, keras) or (is_operation(operation, ("Cast",)) and "float" in operation.dtype):
        return [value]
    if is_layer(operation, ("Dense",), keras):
        return [_dense(operation, value, provenance, keras)]
    kind = _activation(operation, value.ids.ndim, keras)
    return [_activated(value, kind, called(operation), provenance)]


def _activation(operation, axes, keras):
    """Name of the activation that an operation is."""
    if is_layer(operation, ("Activation",), keras):
        return activation_name(operation.activation, keras)
    if is_layer(operation, ("ReLU",), keras):
        options = {"max_value": None, "negative_slope": 0, "threshold": 0}
        for key, plain in options.items():
            if getattr(operation, key) != plain:
                raise RnnhwError(f"{key} of {called(operation)} must be {plain}, not {getattr(operation, key)}")
        return "relu"
    if is_operation(operation, ("Relu",)):
        return "relu"
    if is_layer(operation, ("Softmax",), keras) or is_operation(operation, ("Softmax",)):
        if operation.axis not in (-1, axes - 1):
            raise RnnhwError(f"axis of {called(operation)} must be the last one, -1, not {operation.axis}")
        return "softmax"
    raise not_supported(operation)


def _activated(value, kind, what, provenance):
    if kind not in _ALLOWED:
        raise RnnhwError(f"activation of {what} must be {listed(_ALLOWED)}, not {kind!r}")
    return value if kind == "linear" else Value(provenance.activate(value.ids, kind), value.mask)


def _dense(layer, value, provenance, keras):
    check_plain(layer, called(layer))
    bias = array(layer.bias, keras) if layer.use_bias else None
    ids = provenance.dense(array(layer.kernel, keras).T, bias, value.ids, layer.name)
    return _activated(Value(ids, value.mask), activation_name(layer.activation, keras), called(layer), provenance)


def _argmax(operation, value, provenance):
    if not isinstance(value, Value) or operation.axis not in (-1, value.ids.ndim - 1):
        raise RnnhwError(f"axis of {called(operation)} must be the last one, -1, not {operation.axis}")
    ids = provenance.activate(value.ids, "argmax")
    return [Value(ids if operation.keepdims else ids[..., 0])]


def _moved(operation, arguments, keras):
    """Let Keras move ids as it moves values."""
    masks, joins = [], type(operation).__name__ in _JOINS

    def constant(x):
        """Of constants among values only zeros have an id."""
        if not joins or np.ndim(x) == 0:
            return x
        if np.any(np.asarray(keras.ops.convert_to_numpy(x))):
            raise RnnhwError(f"{called(operation)} joins constants with values, which is not supported")
        return keras.ops.full(np.shape(x), Provenance.ZERO, dtype="int64")

    def given(x):
        if not isinstance(x, Value):
            return constant(x)
        masks.append(x.mask)
        return keras.ops.convert_to_tensor(x.ids)

    try:
        results = operation.call(**keras.tree.map_structure(given, arguments))
    except Exception as error:  # a backend's own errors have no common class
        shapes = ", ".join(str(x.ids.shape) for x in keras.tree.flatten(arguments) if isinstance(x, Value))
        raise RnnhwError(f"{called(operation)} cannot take values of shape {shapes}: {complaint(error)}") from error
    mask = masks[0] if masks and getattr(operation, "supports_masking", False) else None
    return [
        Value(np.asarray(keras.ops.convert_to_numpy(x)).astype(np.int64), mask) for x in keras.tree.flatten(results)
    ]
