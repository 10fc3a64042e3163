"""What a model uses of its recurrent layers, found out by letting it move numbered values about.

Every value of an example's input, of a recurrent layer's outputs and final states and of a dense layer's outputs gets
a number of its own (an *id*). A framework then executes whatever stands between the layers (transpositions, slices,
concatenations) on arrays of ids instead of floats, and what arrives at the next layer says exactly which values it
takes: of which layer, at which steps, in which order. Nothing is assumed of the model's code.
"""

from dataclasses import replace

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.assembly import EVERY_STEP, FINAL, INPUT, LAST_STEP, Assembly
from rnnhw.importers.ids import ZERO, Ids
from rnnhw.network.layers import Bidirectional, Dense, Reversed


class Provenance:
    """The ids of one example, and the layers met so far.

    Parameters
    ----------
    sequences, steps : int
        Of the example, at least 2 each, so that its axes can be told apart.
    lengths : sequence of int, optional
        Steps of each sequence that count, at least 2, for models that are told; all without.

    Members
    -------
    ZERO : int
        The id of the zeros that frameworks pad with.
    """

    ZERO = ZERO

    def __init__(self, sequences: int, steps: int, lengths=None):
        lengths = np.full(sequences, steps) if lengths is None else np.asarray(lengths)
        if sequences < 2 or steps < 2 or lengths.shape != (sequences,) or lengths.min() < 2 or lengths.max() > steps:
            raise ValueError("an example must have at least 2 sequences of at least 2 steps")
        self.sequences, self.steps, self.lengths = sequences, steps, lengths
        self._ids = Ids(sequences, steps, lengths)
        self._layers = Assembly()

    def input(self, features: int) -> np.ndarray:
        """Ids of the model's input, shape (sequences, steps, features)."""
        return self._ids.new(INPUT, self.steps, features)

    def recurrent(self, cells, ids: np.ndarray):
        """A recurrent layer that takes `ids`.

        Parameters
        ----------
        cells : tuple of cells or None
            (forward,), (forward, backward) or (None, backward), with their weights.
        ids : ndarray of int, shape (sequences, steps, features)
            What it takes, in the order of its steps.

        Returns
        -------
        h : ndarray of int64, shape (sequences, steps, units of all cells)
            At the step of `ids` that each belongs to, the forward cell's first; `ZERO` past a sequence's length.
        finals : list of list of ndarray of int64, shape (sequences, units)
            For each cell its final h, and c of an LSTM.

        Raises
        ------
        RnnhwError
            If `ids` is not the whole input or the whole output of one layer, in the order of time or against it.
        """
        present = [cell for cell in cells if cell is not None]
        name = f"recurrent layer {present[0].name!r}"
        source, mirrored = self._ids.sequence(np.asarray(ids), name, self._layers)
        forward, backward = (*cells, None)[:2]
        if mirrored:  # what is forward for the model goes against time
            forward, backward = backward, forward
        if len(present) == 2:
            layer = Bidirectional(forward, backward)
        else:
            layer = forward if backward is None else Reversed(backward)
        number = self._layers.append(layer, source, name)
        h = self._ids.new(number, self.steps, layer.output_size)
        h[np.arange(self.steps) >= self.lengths[:, None]] = ZERO
        parts = np.split(h, np.cumsum([cell.hidden_size for cell in layer.cells])[:-1], axis=2)
        finals = [self._finals(number, *each) for each in zip(layer.cells, parts, layer.backwards, strict=True)]
        if mirrored:  # back to the model's order
            return self._ids.mirrored(np.concatenate(parts[::-1], axis=2)), finals[::-1]
        return h, finals

    def _finals(self, number: int, cell, h: np.ndarray, backward: bool) -> list[np.ndarray]:
        """Final states of a cell; h is its output at its own last step."""
        last = np.zeros(self.sequences, int) if backward else self.lengths - 1
        finals = [h[np.arange(self.sequences), last]]
        if len(cell.initial_fields) > 1:
            finals.append(self._ids.new(number, 1, cell.hidden_size, "the final c")[:, 0])
        return finals

    def dense(self, weight, bias, ids: np.ndarray, name: str) -> np.ndarray:
        """A dense layer over the last axis of `ids`; returns the ids of its outputs, shape (..., outputs).

        Parameters
        ----------
        weight : array_like, shape (outputs, features)
        bias : array_like, shape (outputs,), or None
        ids : ndarray of int, shape (..., features)
        name : str
            What messages call it.
        """
        weight = np.asarray(weight, dtype=np.float64)
        what = f"linear layer {name!r}"
        source, sequence, place = self._vectors(ids, what)
        layer = Dense(weight, np.zeros(len(weight)) if bias is None else bias)
        return self._outputs(self._layers.append(layer, source, what), layer.output_size, sequence, place)

    def add(self, ids: np.ndarray, constant) -> np.ndarray:
        """The sum of a dense layer's outputs and a constant, which becomes part of its bias.

        Raises
        ------
        RnnhwError
            Behind anything but a dense layer without activation, or with another constant for each step.
        """
        source, sequence, place = self._vectors(ids, "a sum with a constant")
        layer = self._layers.plain_dense(source, "a sum with a constant")
        constant = np.asarray(constant, dtype=np.float64)
        if constant.shape not in ((), (1,), layer.bias.shape, (1, *layer.bias.shape), (1, 1, *layer.bias.shape)):
            raise RnnhwError(f"a sum with a constant must have shape {layer.bias.shape}, not {constant.shape}")
        layer = replace(layer, bias=layer.bias + constant.reshape(-1))
        return self._outputs(self._layers.changed(source, layer), layer.output_size, sequence, place)

    def activate(self, ids: np.ndarray, kind: str) -> np.ndarray:
        """What "relu", "softmax" or "argmax" makes of vectors of outputs (last axis); argmax keeps an axis of one."""
        source, sequence, place = self._vectors(ids, f"a {kind}")
        size = np.shape(ids)[-1]
        if kind == "relu":
            layer = replace(self._layers.plain_dense(source, "a relu"), activation="relu")
            return self._outputs(self._layers.changed(source, layer), size, sequence, place)
        return self._outputs(self._layers.append_head(kind, source), 1 if kind == "argmax" else size, sequence, place)

    def _vectors(self, ids, what: str):
        """Number of the part whose whole vectors `ids` holds, and the sequence and place of each of them."""
        return self._ids.vectors(np.asarray(ids), what, self._layers)

    def _outputs(self, number: int, size: int, sequence: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Ids of a part's outputs: a place for each step, and one for what is read of the final states."""
        new = self._ids.new(number, self.steps + 1, size)[sequence, place]
        new[place < 0] = ZERO
        return new

    def network(self, ids: np.ndarray, name: str, states=(), **options):
        """The network whose answer is `ids`.

        Parameters
        ----------
        ids : ndarray of int
            The answer, with any order of axes and any axes of length 1.
        name : str
            Name of the network.
        states : sequence of ndarray
            Ids of further outputs, which must be final states.
        **options
            Of `Network`: sigmoid, tanh and so on.

        Returns
        -------
        Network
            Its layers named by their kinds and numbers.

        Raises
        ------
        RnnhwError
            If the answer is anything but all outputs of one layer at every step or after each sequence.
        """
        for state in states:
            self._ids.check_state(np.asarray(state), self._layers)
        source, reading = self._answer(np.asarray(ids))
        return self._layers.network(source, reading, name, **options)

    def _answer(self, ids: np.ndarray):
        """The part that gives the answer, and how it is read."""
        source, place = self._ids.answer(ids, self._layers)
        layer = self._layers.last_recurrent(source)
        if layer is None:
            raise RnnhwError("the answer must come from a recurrent layer, not from the input alone")
        if place.ndim > 1:
            return source, EVERY_STEP
        if (place == self.steps).all() or (layer.backwards == (True,) and not place.any()):
            return source, FINAL
        if (place == self.lengths - 1).all():
            return source, LAST_STEP if any(layer.backwards) else FINAL
        steps = ", ".join(map(str, sorted(set(place.tolist()))))
        raise RnnhwError(
            f"the answer is taken from step {steps} of {self.steps} of {self._layers.called(source)}; "
            "only every step, the last one and the final states can be"
        )

    def arranged(self, ids: np.ndarray, values: np.ndarray) -> np.ndarray:
        """A framework's answer in the order of `Network.run`: (sequences, steps, outputs) or (sequences, outputs).

        Parameters
        ----------
        ids : ndarray of int
            The answer's, as given to `network`.
        values : ndarray, of the same shape

        Returns
        -------
        ndarray
            Zeros at steps past a sequence's length.
        """
        return self._ids.arranged(np.asarray(ids), np.asarray(values), self._layers)
