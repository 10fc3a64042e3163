"""nn.LSTMCell, nn.GRUCell and nn.RNNCell that a module calls step by step.

What such a cell takes at its last step is known only when the module has run. So it runs several times: at first the
values of its cells are unknown; after each run one more cell, whose inputs are known by then, becomes a layer, and in
the next run its outputs are those of that layer.
"""

from itertools import pairwise

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.importers.pytorch.cells import Conventions, recurrent_layers
from rnnhw.importers.pytorch.recurrent import check_layout, member, started, told
from rnnhw.importers.pytorch.recurrent import named as under_path
from rnnhw.importers.pytorch.tracing import Traced, is_pending, plain, traced


class Loops:
    """The cells that are called step by step, over all runs of one module."""

    def __init__(self):
        self._inputs, self._cells = {}, {}
        self.begin()

    def begin(self):
        """Before each run."""
        self._calls, self._layers = {}, {}

    def cell(self, key, make):
        """The cell of a key, made once."""
        if key not in self._cells:
            self._cells[key] = make()
        return self._cells[key]

    def call(self, trace, key, cell, ids, states):
        """Ids of the state after one step: h, and c of an LSTM."""
        _, calls = self._calls.setdefault(key, (trace.where, []))
        number = len(calls)
        if key in self._inputs:
            if not number:
                self._layers[key] = told(trace, [started(trace, cell, states)], self._inputs[key])
            h, ((_, *others),) = self._layers[key]
            last = number == h.shape[1] - 1
            after = [h[:, number], *(part if last else trace.fresh(part.shape) for part in others)]
        else:
            after = [trace.fresh((len(ids), cell.hidden_size)) for _ in cell.initial_fields]
        calls.append((ids, [plain(state) for state in states], after))
        return after

    def next(self, lengths):
        """After a run: whether one more cell became a layer, so that the module must run again.

        Parameters
        ----------
        lengths : numpy.ndarray
            Of the sequences; what a cell goes on from behind them does not matter.

        Raises
        ------
        RnnhwError
            A cell that does not go on from its own state, or whose inputs depend on its outputs.
        """
        waiting = [key for key in self._calls if key not in self._inputs]
        for key in waiting:
            where, calls = self._calls[key]
            for number, ((_, _, before), (_, states, _)) in enumerate(pairwise(calls), 2):
                on = lengths >= number
                if not all(np.array_equal(one[on], two.numpy()[on]) for one, two in zip(before, states, strict=True)):
                    raise RnnhwError(f"{where} does not go on from its own state at its call {number}")
            inputs = np.stack([ids for ids, _, _ in calls], axis=1)
            if not is_pending(inputs):
                self._inputs[key] = inputs
                return True
        if waiting:
            raise RnnhwError(f"{self._calls[waiting[0]][0]} takes what is made of its own outputs as its next input")
        return False


def _step(trace, key, conventions, input, states, weights):
    """One call of a cell; its state as traced tensors."""
    if not isinstance(input, Traced):
        raise RnnhwError(f"{trace.where} runs over constants, not over the module's input")
    ids = plain(input).numpy()
    check_layout(trace, ids[:, None])
    cell = trace.loops.cell(key, lambda: _cell(trace, conventions, weights))
    return [traced(part) for part in trace.loops.call(trace, key, cell, ids, states)]


def _cell(trace, conventions, weights):
    """The cell of the module that is running."""
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    members = {
        (part, 0, False): member(trace, tensor, part)
        for part, tensor in zip(parts, weights, strict=False)
        if tensor is not None
    }
    (cell,) = recurrent_layers(trace.path, members, conventions)
    return under_path(trace, cell)


def lstm_cell(trace, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """nn.LSTMCell."""
    return tuple(_step(trace, id(w_hh), Conventions(), input, tuple(hx), (w_ih, w_hh, b_ih, b_hh)))


def gru_cell(trace, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """nn.GRUCell."""
    return _step(trace, id(w_hh), Conventions(), input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_tanh_cell(trace, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """nn.RNNCell with a tanh."""
    return _step(trace, id(w_hh), Conventions(nonlinearity="tanh"), input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]


def rnn_relu_cell(trace, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """nn.RNNCell with a relu."""
    return _step(trace, id(w_hh), Conventions(nonlinearity="relu"), input, (hx,), (w_ih, w_hh, b_ih, b_hh))[0]
