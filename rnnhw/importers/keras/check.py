"""A network held against the answers of the model that it was made of."""

from dataclasses import replace

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import complaint
from rnnhw.importers.keras.cells import array
from rnnhw.importers.keras.graph import input_name
from rnnhw.importers.keras.trace import sequence_input
from rnnhw.importers.tolerances import TOLERANCE_FLOAT32

# of float32, which is the most that all of Keras's backends compute in
_DTYPE, _ROUNDING = "float32", 2.0**-23
# how much larger than what changes of the weights by a rounding do a difference may be, and how large at most
_MARGIN, _MOST = 32.0, 1e-3


class Reference:
    """A copy of a model that computes in float32; the model itself is left as it is.

    The copy keeps no state from call to call and, where its layers allow it, takes batches of any size.

    Parameters
    ----------
    model : keras.Model
    keras : module

    Raises
    ------
    RnnhwError
        If Keras cannot copy the model.
    """

    def __init__(self, model, keras):
        self._keras = keras
        try:
            try:
                self._model = _copied(model, True, keras)
            except Exception:  # of whatever class: the layers may need the sizes that the model fixes
                self._model = _copied(model, False, keras)
        except Exception as error:
            raise RnnhwError(f"Keras cannot copy the model: {complaint(error)}") from error

    def run(self, arrays):
        """The outputs, a list of float64 arrays, for an array an input."""
        keras = self._keras
        given = [keras.ops.convert_to_tensor(x.astype(_DTYPE)) for x in arrays]
        try:
            results = self._model(_structured(self._model, given, keras), training=False)
        except Exception as error:  # a backend's own errors have no common class
            shapes = ", ".join(str(x.shape) for x in arrays)
            raise RnnhwError(f"the model cannot run inputs of shape {shapes}: {complaint(error)}") from error
        return [np.asarray(keras.ops.convert_to_numpy(y), dtype=np.float64) for y in keras.tree.flatten(results)]


def _structured(model, given, keras):
    """Inputs as a model takes them: one, a list or a dict."""
    if isinstance(model, keras.Sequential):
        return given[0]
    return keras.tree.pack_sequence_as(model.input, given)


def _copied(model, free, keras):
    def copied(layer):
        if isinstance(layer, keras.Model):
            return keras.models.clone_model(layer, clone_function=copied)
        return type(layer).from_config(_plain(layer.get_config()))

    def fresh(x):
        shape = (None, None, x.shape[2]) if free and len(x.shape) == 3 else (None, *x.shape[1:]) if free else x.shape
        return keras.Input(batch_shape=shape, dtype=_DTYPE, name=input_name(x))

    policy = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy(_DTYPE)  # of the models themselves, which have no configuration to change
        inputs = [fresh(x) for x in model.inputs]
        if isinstance(model, keras.Sequential):
            copy = keras.Sequential([*inputs, *map(copied, model.layers)])
        else:
            inputs = _structured(model, inputs, keras)
            copy = keras.models.clone_model(model, input_tensors=inputs, clone_function=copied)
        copy.set_weights([array(weight, keras) for weight in model.weights])
    finally:
        keras.config.set_dtype_policy(policy)
    return copy


def _plain(config):
    """A layer's configuration with one precision, no state from call to call and no fixed number of steps."""
    if isinstance(config, list | tuple):
        return type(config)(_plain(value) for value in config)
    if not isinstance(config, dict):
        return config
    fixed = {"dtype": _DTYPE, "stateful": False, "unroll": False}
    return {key: fixed[key] if key in fixed else _plain(value) for key, value in config.items()}


def check(net, trace, inputs, reference, rng):
    """Hold a network against the model on random data.

    Parameters
    ----------
    net : Network
    trace : Trace
        Of an example; its size is that of the data.
    inputs : list of KerasTensor
    reference : Reference
    rng : numpy.random.Generator

    Raises
    ------
    RnnhwError
        If an answer or a state differs, with both numbers.
    """
    p = trace.provenance
    x = _rounded(rng.normal(size=(p.sequences, p.steps, net.input_size)))
    lengths = None if trace.masked is None else p.lengths
    if lengths is not None:
        x[np.arange(p.steps) >= lengths[:, None]] = trace.masked
    with_states = any(state for call in trace.calls for cell in call.inputs for state in cell)
    for scale in (0.0, 1.0) if with_states else (None,):
        given, initial = _initial(net, trace, inputs, scale, rng)
        given[sequence_input(inputs)] = x
        answer, *states = reference.run(given)
        here, other = (
            each.run(x, lengths, initial_state=initial, return_state=True) for each in (net, _shaken(net, rng))
        )
        _compare(here[0], other[0], p.arranged(trace.answer, answer), "the answer")
        for number, (ids, value) in enumerate(zip(trace.states, states, strict=True), 1):
            _compare(*(_state_values(net, trace, state, ids) for _, state in (here, other)), value, f"output {number}")


def _rounded(x):
    """Values that float32 holds exactly."""
    return x.astype(np.float32).astype(np.float64)


def _columns(net, trace):
    """Where each vector of the state stands: call, cell, part, slice of the flat state."""
    begin, found = 0, []
    for layer, call in zip(net.recurrents, trace.calls, strict=True):
        order = list(range(len(layer.cells)))
        if len(order) > 1 and not np.array_equal(layer.cells[0].weight_hh, call.cells[0].weight_hh):
            order.reverse()  # the model gave the layer its input against time
        for number in order:
            units = call.cells[number].hidden_size
            for part in range(len(call.cells[number].initial_fields)):
                found.append((call, number, part, slice(begin, begin + units)))
                begin += units
    return found


def _initial(net, trace, inputs, scale, rng):
    """Arrays for the model's inputs that are initial states, and the same as the network takes them."""
    sequences = trace.provenance.sequences
    given = [None] * len(inputs)
    if scale is None:
        return given, None
    initial = np.tile(net.initial, (sequences, 1))
    for call, number, part, columns in _columns(net, trace):
        state = call.inputs[number][part]
        if state is not None:
            if given[state.index] is None:
                size = (sequences, columns.stop - columns.start)
                given[state.index] = _rounded(scale * rng.uniform(-1.0, 1.0, size=size))
            initial[:, columns] = given[state.index]
    for number, x in enumerate(inputs):
        if given[number] is None:
            given[number] = np.zeros((sequences, x.shape[-1]))
    return given, initial


def _state_values(net, trace, state, ids):
    """A network's final states where the ids of a further output stand."""
    values = {}
    for call, number, part, columns in _columns(net, trace):
        finals = call.finals[number][part]
        values |= dict(zip(finals.ravel().tolist(), state[:, columns].ravel().tolist(), strict=True))
    return np.array([values[key] for key in ids.ravel().tolist()]).reshape(ids.shape)


def _shaken(net, rng):
    """The network with all weights off by a rounding of float32."""

    def shaken(layer):
        if len(layer.cells) and layer.cells[0] is not layer:
            return replace(layer, **{side: shaken(getattr(layer, side)) for side in _sides(layer)})
        arrays = {field: getattr(layer, field) for field in layer.tensors}
        return replace(
            layer,
            **{field: a * (1.0 + rng.choice([-_ROUNDING, _ROUNDING], size=a.shape)) for field, a in arrays.items()},
        )

    return replace(net, layers=tuple(shaken(layer) for layer in net.layers))


def _sides(layer):
    return [side for side in ("forward", "backward", "cell") if hasattr(layer, side)]


def _compare(mine, other, theirs, what):
    """Refuse a difference that rounding in float32 does not explain; `other` is what a rounding makes of `mine`."""
    if mine.shape != theirs.shape:
        raise RnnhwError(f"{what} of the network has shape {mine.shape}, that of the model {theirs.shape}")
    difference, largest = np.abs(mine - theirs), np.abs(theirs).max()
    limit = np.clip(_MARGIN * np.abs(mine - other).max(), TOLERANCE_FLOAT32 * largest, _MOST * largest)
    if not (difference <= limit).all():
        at = np.unravel_index(np.argmax(np.nan_to_num(difference, nan=np.inf)), difference.shape)
        place = ", ".join(map(str, at))
        raise RnnhwError(
            f"the network does not compute what the model does: {what}[{place}] is {mine[at]:.9g} here "
            f"and {theirs[at]:.9g} in Keras"
        )
