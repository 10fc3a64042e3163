"""What recurrent layers of Keras do to ids."""

from dataclasses import dataclass, replace

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.keras.backend import called
from rnnhw.importers.keras.cells import array, translate_cell
from rnnhw.importers.keras.graph import State, Value
from rnnhw.importers.provenance import Provenance

#: Layers that keep a state.
RECURRENT = ("Bidirectional", "GRU", "LSTM", "RNN", "SimpleRNN")


@dataclass(frozen=True)
class Call:
    """A recurrent layer of the network.

    Attributes
    ----------
    cells : tuple of cells
        As `Provenance.recurrent` was given them, without None.
    finals : list of list of numpy.ndarray
        Ids of each cell's final states.
    inputs : list of list of State or None
        For each of them the input of the model that is the initial state.
    what : str
        What messages call it.
    """

    cells: tuple
    finals: list
    inputs: list
    what: str


def run_recurrent(layer, arguments, provenance, keras, curves):
    """Run a recurrent layer on ids.

    Parameters
    ----------
    layer : keras.layers.RNN or Bidirectional
    arguments : dict
        By name: "sequences" and, if given, "initial_state".
    provenance : Provenance
    keras : module
    curves : Curves

    Returns
    -------
    values : list of Value
        The layer's outputs.
    calls : list of Call

    Raises
    ------
    RnnhwError
        By its name: what is not understood.
    """
    value = arguments["sequences"]
    if not isinstance(value, Value):
        raise RnnhwError(f"{called(layer)} must take sequences, not an initial state")
    runs = _bidirectional if type(layer) is keras.layers.Bidirectional else _directed
    initial = arguments.get("initial_state")
    run = _Run(layer, value, provenance, keras, curves, [] if initial is None else keras.tree.flatten(initial))
    outputs, states = runs(run)
    if run.initial:
        raise RnnhwError(f"{called(layer)} is given {len(run.initial)} initial states too many")
    mask = value.mask if layer.return_sequences else None
    return [Value(outputs, mask), *(Value(ids) for ids in (states if layer.return_state else []))], run.calls


class _Run:
    """One call of a recurrent layer: what it is given, and what was made of it so far."""

    def __init__(self, layer, value, provenance, keras, curves, initial):
        self.layer, self.value, self.provenance = layer, value, provenance
        self.keras, self.curves, self.initial = keras, curves, initial
        self.calls = []

    def cell(self, cell):
        """A cell with its constant initial states, and the inputs of the model that are its other ones."""
        translated = translate_cell(cell, self.layer, self.keras, self.curves)
        inputs = [None] * len(translated.initial_fields)
        if self.initial:
            given, self.initial = self.initial[: len(inputs)], self.initial[len(inputs) :]
            if len(given) < len(inputs):
                raise RnnhwError(f"{called(self.layer)} is given {len(given)} initial states too few")
            for number, (field, state) in enumerate(zip(translated.initial_fields, given, strict=True)):
                if isinstance(state, State):
                    inputs[number] = state
                else:
                    constant = self._constant(state, translated.hidden_size)
                    translated = replace(translated, **{field: constant if constant.any() else None})
        return translated, inputs

    def _constant(self, state, units):
        """A constant initial state, the same for every sequence."""
        what = f"initial state of {called(self.layer)}"
        if isinstance(state, Value):
            raise RnnhwError(f"{what} is computed by other layers; it may be an input of the model or a constant")
        state = array(state, self.keras)
        if state.ndim != 2 or state.shape[1] != units or (state != state[:1]).any():
            raise RnnhwError(f"{what} must be the same {units} values for every sequence, not shape {state.shape}")
        return state[0]

    def recurrent(self, cells, ids, inputs):
        """Take one layer of the network up; returns its ids."""
        h, finals = self.provenance.recurrent(cells, ids)
        cells = tuple(cell for cell in cells if cell is not None)
        self.calls.append(Call(cells, finals, inputs, called(self.layer)))
        return h, finals

    def padded(self, h, layer):
        """The outputs of a forward layer behind a sequence's end, where Keras repeats the last one or gives zeros."""
        if self.value.mask is None or layer.zero_output_for_mask:
            return h
        last = np.minimum(np.arange(h.shape[1]), self.provenance.lengths[:, None] - 1)
        return h[np.arange(len(h))[:, None], last]

    def final(self, h, layer):
        """The final output, zeros where Keras gives zeros behind a sequence's end."""
        zero = layer.zero_output_for_mask and self.value.mask is not None
        ended = (self.provenance.lengths < self.provenance.steps)[:, None]
        return np.where(ended, Provenance.ZERO, h) if zero else h


def _directed(run):
    """A layer in one direction: one cell, or cells on top of each other."""
    layer, ids, states = run.layer, run.value.ids, []
    stacked = type(layer.cell) is run.keras.layers.StackedRNNCells
    for cell in layer.cell.cells if stacked else [layer.cell]:
        translated, inputs = run.cell(cell)
        ids, (finals,) = run.recurrent((None, translated) if layer.go_backwards else (translated,), ids, [inputs])
        states += finals
    if not layer.return_sequences:
        backwards = layer.go_backwards
        return (finals[0] if backwards else run.final(finals[0], layer)), states
    return (ids[:, ::-1] if layer.go_backwards else run.padded(ids, layer)), states


def _bidirectional(run):
    layer, value = run.layer, run.value
    if layer.merge_mode != "concat":
        raise RnnhwError(f"merge_mode of {called(layer)} must be 'concat', not {layer.merge_mode!r}")
    sides = layer.forward_layer, layer.backward_layer
    for side in sides:
        if type(side).__name__ not in RECURRENT or type(side) is not getattr(run.keras.layers, type(side).__name__):
            raise RnnhwError(f"{called(layer)} holds {called(side)}, which is not supported")
    if sides[0].go_backwards:
        raise RnnhwError(f"go_backwards of the forward layer of {called(layer)} must be False, not True")
    (forward, first), (backward, second) = (run.cell(side.cell) for side in sides)
    h, finals = run.recurrent((forward, backward), value.ids, [first, second])
    states = [*finals[0], *finals[1]]
    if layer.return_sequences:
        left, right = np.split(h, [forward.hidden_size], axis=2)
        return np.concatenate([run.padded(left, sides[0]), right], axis=2), states
    return np.concatenate([run.final(finals[0][0], sides[0]), finals[1][0]], axis=1), states
