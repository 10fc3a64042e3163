"""One example's way through a model of Keras, as ids: which layers there are, and what is used of them."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called
from rnnhw.importers.keras.cells import Curves
from rnnhw.importers.keras.graph import State, Value, input_name, model_graph, run_graph
from rnnhw.importers.keras.masks import check_masked, with_mask, without_repeats
from rnnhw.importers.keras.operations import is_layer, run_operation
from rnnhw.importers.keras.recurrent import RECURRENT, run_recurrent
from rnnhw.importers.provenance import Provenance


class Trace:
    """What a model does to an example.

    Parameters
    ----------
    model : keras.Model
    keras : module
    sequences, steps : int
        Size of the example.
    lengths : sequence of int, optional
        For models with a Masking layer.

    Attributes
    ----------
    provenance : Provenance
    calls : list of Call
        The recurrent layers.
    answer, states : numpy.ndarray, list of numpy.ndarray
        Ids of the model's first output and of its further ones.
    masked : float or None
        Value of the Masking layer.
    stateful : list of str
        Layers that keep their state from call to call.

    Raises
    ------
    RnnhwError
        By its name: what is not understood.
    """

    def __init__(self, model, keras, sequences, steps, lengths=None):
        self._keras, self._curves = keras, Curves()
        self.provenance = Provenance(sequences, steps, lengths)
        self.calls, self.stateful, self.masked = [], [], None
        self._variable = lengths is not None
        inputs, outputs = model_graph(model, keras)
        sequence = sequence_input(inputs)
        self._input = self.provenance.input(inputs[sequence].shape[2])
        values = {id(x): State(number, input_name(x)) for number, x in enumerate(inputs)}
        values[id(inputs[sequence])] = Value(self._input)
        results = run_graph(outputs, values, self._execute, keras)
        for result in results:
            if isinstance(result, State):
                raise RnnhwError(f"input {result.name!r} is an output too, which is not supported")
        self.answer, *self.states = (without_repeats(result.ids, self.provenance) for result in results)

    def network(self, name):
        """The network that the model is.

        Raises
        ------
        RnnhwError
            If its outputs are not what a network can answer, or a recurrent layer has no part in the answer.
        """
        net = self.provenance.network(self.answer, name, self.states, **self._curves.options)
        taken = iter(net.recurrents)
        for call in self.calls:
            layer = next(taken, None)
            if layer is None or not any(
                np.array_equal(cell.weight_hh, call.cells[0].weight_hh) for cell in layer.cells
            ):
                raise RnnhwError(f"{call.what} has no part in the first output, which is the answer")
        return net

    def _execute(self, operation, arguments, masks):
        keras = self._keras
        for value, masked in masks:
            self._mask(value, masked, operation)
        if masks:
            arguments = with_mask(arguments, masks[0][1], keras)
        if isinstance(operation, keras.Model):
            return self._nested(operation, arguments)
        if is_layer(operation, RECURRENT, keras):
            return self._recurrent(operation, arguments)
        for value in keras.tree.flatten(arguments):
            if isinstance(value, State):
                raise RnnhwError(f"{called(operation)} must not take input {value.name!r}, which is an initial state")
        if is_layer(operation, ("Masking",), keras):
            (value,) = arguments.values()
            return [Value(value.ids, self._mask(value, float(operation.mask_value), operation))]
        if is_layer(operation, ("TimeDistributed",), keras):
            return self._each_step(operation, arguments)
        return run_operation(operation, arguments, self.provenance, keras)

    def _mask(self, value, masked, operation):
        """Note that steps of the input that hold the value `masked` do not count."""
        if not np.array_equal(value.ids, self._input):
            raise RnnhwError(f"{called(operation)} masks something else than the model's input, which is not supported")
        if self.masked not in (None, masked):
            raise RnnhwError(f"{called(operation)} masks {masked}, but another layer {self.masked}")
        self.masked = masked
        return masked

    def _nested(self, model, arguments):
        """A model that is a layer of another one."""
        inputs, outputs = model_graph(model, self._keras)
        given = [x for x in self._keras.tree.flatten(arguments) if isinstance(x, Value | State)]
        if len(given) != len(inputs):
            raise RnnhwError(f"{called(model)} is given {len(given)} inputs for its {len(inputs)}")
        values = {id(x): value for x, value in zip(inputs, given, strict=True)}
        return run_graph(outputs, values, self._execute, self._keras)

    def _each_step(self, wrapper, arguments):
        """TimeDistributed: run its layer on all steps of all sequences."""
        layer, value = wrapper.layer, arguments["inputs"]
        if is_layer(layer, (*RECURRENT, "Masking", "TimeDistributed"), self._keras):
            raise RnnhwError(f"{called(layer)} inside {called(wrapper)} is not supported")
        merged = Value(value.ids.reshape(-1, *value.ids.shape[2:]))
        (result,) = self._execute(layer, {"inputs": merged}, [])
        return [Value(result.ids.reshape(*value.ids.shape[:2], *result.ids.shape[1:]), value.mask)]

    def _recurrent(self, layer, arguments):
        value = arguments["sequences"]
        if isinstance(value, Value):
            check_masked(layer, value, self.provenance, self._variable)
        values, calls = run_recurrent(layer, arguments, self.provenance, self._keras, self._curves)
        self.calls += calls
        if layer.stateful:
            self.stateful.append(called(layer))
        return values


def sequence_input(inputs):
    """Number of the model's input that is a sequence.

    Raises
    ------
    RnnhwError
        None or several, another number of axes, or anything but floating point.
    """
    for x in inputs:
        name = input_name(x)
        if len(x.shape) not in (2, 3) or (len(inputs) == 1 and len(x.shape) == 2):
            raise RnnhwError(f"input {name!r} must have 3 axes (sequences, steps, features), not shape {x.shape}")
        if x.shape[-1] is None:
            raise RnnhwError(f"input {name!r} must have a given number of features (last axis), not shape {x.shape}")
        if "float" not in x.dtype:
            raise RnnhwError(f"input {name!r} must be floating point, not {x.dtype}")
    found = [number for number, x in enumerate(inputs) if len(x.shape) == 3]
    if len(found) != 1:
        names = ", ".join(repr(input_name(inputs[number])) for number in found) or "none"
        raise RnnhwError(f"the model must have one input of sequences, with 3 axes, not {len(found)} ({names})")
    return found[0]
