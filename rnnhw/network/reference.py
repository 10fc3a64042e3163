"""The float64 reference: what the network means, vectorised over the batch."""

from dataclasses import dataclass

import numpy as np

from rnnhw.network.cell_steps import STEPS
from rnnhw.network.curves import cell_curves
from rnnhw.network.options import MANY_TO_ONE, ONE_TO_MANY


def run_cell(cell, x, lengths, state, curves, backward=False, trace=False):
    """Run one cell over all steps.

    Parameters
    ----------
    cell : LSTM, GRU or RNN
    x : numpy.ndarray, shape (sequences, steps, inputs)
    lengths : numpy.ndarray of int, shape (sequences,)
        Past a sequence's length its state stays as it is.
    state : numpy.ndarray, shape (sequences, state_size)
        Before a sequence's first step, which for a backward cell is its last one.
    curves : (callable, callable)
        Sigmoid and tanh.
    backward : bool
        Whether to go from the last step to the first.
    trace : bool
        Whether to keep the intermediates.

    Returns
    -------
    signals : dict of str to numpy.ndarray
        "h", and the intermediates if kept, each (sequences, steps, hidden) by time step; zeros past each
        length.
    state : numpy.ndarray, shape (sequences, state_size)
        After a sequence's last step, which for a backward cell is step 0.
    """
    step, steps, hidden = STEPS[cell.kind], x.shape[1], cell.hidden_size
    projected = x @ cell.weight_ih.T + cell.bias
    signals = {"h": np.zeros((len(x), steps, hidden))}
    for t in reversed(range(steps)) if backward else range(steps):
        alive = (t < lengths)[:, None]
        after, values = step(cell, projected[:, t], state, *curves)
        state = np.where(alive, after, state)
        for key, value in {"h": after[:, :hidden], **(values if trace else {})}.items():
            if key not in signals:
                signals[key] = np.zeros((len(x), steps, hidden))
            signals[key][:, t] = np.where(alive, value, 0.0)
    return signals, state


def dense_sums(layer, x):
    """weight @ x + bias over the last axis of `x`, before the activation."""
    return x @ layer.weight.T + layer.bias


def activate(layer, sums):
    """The layer's activation of its sums."""
    return np.maximum(sums, 0.0) if layer.activation == "relu" else sums


def apply_head(head, y):
    """What the head makes of the last layer's outputs (last axis)."""
    if head == "argmax":
        return np.argmax(y, axis=-1, keepdims=True).astype(np.float64)
    if head == "softmax":
        powers = np.exp(y - y.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
    return y


@dataclass
class _Batch:
    """A batch on its way through the layers."""

    x: np.ndarray
    lengths: np.ndarray
    mask: np.ndarray
    curves: tuple
    records: dict | None

    def recurrent(self, layer, state):
        """Run a recurrent layer; returns its state after the sequence and what a final reading takes of it."""
        outputs, states, finals, begin = [], [], [], 0
        for cell, backward in zip(layer.cells, layer.backwards, strict=True):
            part = state[:, begin : begin + cell.state_size]
            begin += cell.state_size
            trace = self.records is not None
            signals, after = run_cell(cell, self.x, self.lengths, part, self.curves, backward, trace)
            if trace:
                self.records[cell.name] = {"x": self.x * self.mask[..., None], **signals}
            outputs.append(signals["h"])
            states.append(after)
            finals.append(after[:, : cell.hidden_size])
        self.x = np.concatenate(outputs, axis=2)
        return np.concatenate(states, axis=1), np.concatenate(finals, axis=1)


def run_network(net, x, lengths, state, trace=False):
    """Run a network over a checked batch.

    Parameters
    ----------
    net : Network
    x : numpy.ndarray, shape (sequences, steps, inputs)
    lengths : numpy.ndarray of int, shape (sequences,)
    state : numpy.ndarray, shape (sequences, state_size)
    trace : bool
        Whether to keep every intermediate.

    Returns
    -------
    y, state : numpy.ndarray
    records : dict
        Empty without `trace`; for all three see `Network.run`.
    """
    if net.mode != ONE_TO_MANY:
        return _run_once(net, x, lengths, state, trace)
    answers, traces = [], []
    for _ in range(net.steps):
        x, state, records = _run_once(net, x, lengths, state, trace)
        answers.append(x)
        traces.append(records)
    return np.concatenate(answers, axis=1), state, _joined(traces)


def _joined(traces):
    """The traces of single steps as one."""
    first = traces[0]
    return {
        name: {key: np.concatenate([trace[name][key] for trace in traces], axis=1) for key in entry}
        if isinstance(entry, dict)
        else np.concatenate([trace[name] for trace in traces], axis=1)
        for name, entry in first.items()
    }


def _run_once(net, x, lengths, state, trace):
    mask = np.arange(x.shape[1]) < lengths[:, None]
    records = {"mask": mask} if trace else {}
    curves = cell_curves(net)
    batch = _Batch(x, lengths, mask, curves, records if trace else None)
    states, begin, final = [], 0, None
    for layer in net.recurrents:
        after, final = batch.recurrent(layer, state[:, begin : begin + layer.state_size])
        begin += layer.state_size
        states.append(after)
    x, keep = batch.x, mask[..., None]
    if net.mode == MANY_TO_ONE:
        x, keep = final if net.reading == "final" else x[np.arange(len(x)), lengths - 1], True
    for layer in net.denses:
        sums = dense_sums(layer, x)
        if trace:
            records[layer.name] = {"x": x * keep, "y": sums * keep}
        x = activate(layer, sums)
    return apply_head(net.head, x) * keep, np.concatenate(states, axis=1), records
