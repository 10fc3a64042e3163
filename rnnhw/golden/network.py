"""The layers of a quantised network one after the other, over a batch of sequences."""

import numpy as np

from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import QuantizedGRU, QuantizedLSTM, QuantizedNetwork, QuantizedRNN

from .dense import GoldenDense
from .gru import GoldenGRU
from .head import apply_head
from .lstm import GoldenLSTM
from .rnn import GoldenRNN
from .trace import Point, Trace

_CELLS = {QuantizedLSTM: GoldenLSTM, QuantizedGRU: GoldenGRU, QuantizedRNN: GoldenRNN}


class _GoldenLayer:
    """A layer: its cells or its dense product, and how it takes what the layer before gives."""

    def __init__(self, layer, before: QFormat, network: QuantizedNetwork, trace: Trace | None):
        self.cells = [_CELLS[type(cell)](cell, network, trace) for cell in layer.cells]
        self.dense = None if self.cells else GoldenDense(layer, network, trace)
        self.backwards = layer.backwards
        self.name, self.trace, self._before = layer.name, trace, before.frac
        self._to_x = Point(layer.name, "x", layer.x, network.config.rounding["y"], trace) if layer.x != before else None

    def take(self, value: np.ndarray, valid: np.ndarray, where: tuple, steps: int) -> np.ndarray:
        """Values of the layer before, in this layer's format of x; parameters as for `GoldenDense.run`."""
        if self._to_x is None:
            return value
        value = self._to_x(value, self._before, valid)
        if self.trace is not None:
            self.trace.put(self.name, "x", where, steps, value)
        return value


class GoldenNetwork:
    """A network whose `answers` are exact.

    Parameters
    ----------
    network : QuantizedNetwork
    trace : Trace or None
    """

    def __init__(self, network: QuantizedNetwork, trace: Trace | None):
        self.network, self.trace = network, trace
        self.layers, before = [], network.input
        for layer in network.layers:
            self.layers.append(_GoldenLayer(layer, before, network.of(layer), trace))
            before = layer.output
        self.recurrents = [golden for golden in self.layers if golden.cells]
        self.denses = [golden for golden in self.layers if not golden.cells]
        self.to_input = Point("input", "x", network.input, network.config.rounding["y"], trace)

    def answers(self, x_raw: np.ndarray, lengths: np.ndarray, state_raw: np.ndarray):
        """The answers to all sequences, and their states afterwards.

        Parameters
        ----------
        x_raw : ndarray of int64, shape (sequences, steps, inputs)
        lengths : ndarray of int64, shape (sequences,)
        state_raw : ndarray of int64, shape (sequences, state_size)

        Returns
        -------
        y_raw : ndarray of int64
            (sequences, outputs) if many-to-one, else (sequences, steps, outputs), zero past each length.
        state_raw : ndarray of int64, shape (sequences, state_size)
        """
        if self.network.mode != "one-to-many":
            return self._run(x_raw, lengths, state_raw, 0, x_raw.shape[1])
        answers, steps = [], self.network.steps
        for step in range(steps):
            if step:
                x_raw = self.to_input(answers[-1], self.network.result.frac, np.ones(x_raw.shape[:2], bool))
            y_raw, state_raw = self._run(x_raw, lengths, state_raw, step, steps)
            answers.append(y_raw)
        return np.concatenate(answers, axis=1), state_raw

    def _run(self, x_raw, lengths, state_raw, at: int, steps: int):
        """All layers over steps from `at` on."""
        sequences, here, _ = x_raw.shape
        if self.trace is not None:
            self.trace.put("input", "x", (slice(None), slice(at, at + here)), steps, x_raw)
        valid = np.arange(here) < lengths[:, None]
        value, final, state_raw = self._recur(x_raw, valid, state_raw, at, steps)
        if self.network.mode == "many-to-one":
            where = np.arange(sequences), lengths - 1
            value = final if self.network.reading == "final" else value[where]
            valid = np.ones(sequences, bool)
        else:
            where = slice(None), slice(at, at + here)
        for layer in self.denses:
            value = layer.take(value, valid, where, steps)
            value = layer.dense.run(value, valid, where, steps)
        return np.where(valid[..., None], apply_head(self.network, value), 0), state_raw

    def _recur(self, value, valid, state_raw, at: int, steps: int):
        """The recurrent layers: their outputs at every step, the last layer's final h, and all states."""
        states, finals, begin = [], [], 0
        where = slice(None), slice(at, at + value.shape[1])
        for layer in self.recurrents:
            outputs, finals = [], []
            value = layer.take(value, valid, where, steps)
            for golden, backward in zip(layer.cells, layer.backwards, strict=True):
                part = state_raw[:, begin : begin + golden.cell.state_size]
                begin += golden.cell.state_size
                output, after = golden.run(value, part, valid, at, steps, backward)
                outputs.append(output)
                states.append(after)
                finals.append(after[:, : golden.cell.hidden_size])
            value = np.concatenate(outputs, axis=2) if len(outputs) > 1 else outputs[0]
        return value, np.concatenate(finals, axis=1), np.concatenate(states, axis=1)
