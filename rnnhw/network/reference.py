"""The float64 reference: what the network means, vectorised over the batch.

The LSTM is that of PyTorch's `nn.LSTM` (Hochreiter and Schmidhuber 1997 with the forget gate of Gers,
Schmidhuber and Cummins 2000). With W = `weight_ih`, U = `weight_hh`, b = `bias`, whose rows stand in the
order i, f, g, o:

    z_i, z_f, z_g, z_o = W x_t + U h_(t-1) + b          h_0 = c_0 = 0
    c_t = sigmoid(z_f) * c_(t-1) + sigmoid(z_i) * tanh(z_g)
    h_t = sigmoid(z_o) * tanh(c_t)
"""

import numpy as np

from rnnhw.network.layers import GATES, LSTM


def sigmoid(z):
    """1 / (1 + exp(-z)) without overflow, accurate relative to the result on both sides."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def run_lstm(layer, x, trace=None):
    """Run one LSTM layer from the zero state over all steps.

    Parameters
    ----------
    layer : LSTM
    x : numpy.ndarray, shape (sequences, steps, inputs)
    trace : dict or None
        Filled with the arrays "c", "z_i", "z_f", "z_g", "z_o", each (sequences, steps, hidden), if given.

    Returns
    -------
    numpy.ndarray, shape (sequences, steps, hidden)
        The output h of every step.
    """
    sequences, steps, _ = x.shape
    shape = (sequences, steps, layer.hidden_size)
    outputs = np.empty(shape)
    if trace is not None:
        trace.update({key: np.empty(shape) for key in ("c", *(f"z_{gate}" for gate in GATES))})
    h = c = np.zeros((sequences, layer.hidden_size))
    for t in range(steps):
        z = np.split(x[:, t] @ layer.weight_ih.T + h @ layer.weight_hh.T + layer.bias, 4, axis=1)
        i, f, g, o = sigmoid(z[0]), sigmoid(z[1]), np.tanh(z[2]), sigmoid(z[3])
        c = f * c + i * g
        h = o * np.tanh(c)
        outputs[:, t] = h
        if trace is not None:
            trace["c"][:, t] = c
            for gate, z_gate in zip(GATES, z, strict=True):
                trace[f"z_{gate}"][:, t] = z_gate
    return outputs


def dense_sums(layer, x):
    """weight @ x + bias over the last axis of `x`, before the activation."""
    return x @ layer.weight.T + layer.bias


def activate(layer, sums):
    """The layer's activation of its sums."""
    return np.maximum(sums, 0.0) if layer.activation == "relu" else sums


def run_layers(layers, x, lengths, last_only, trace=False):
    """Run LSTMs, then dense layers, over a checked batch.

    Parameters
    ----------
    layers : sequence of LSTM and Dense
        LSTMs first.
    x : numpy.ndarray, shape (sequences, steps, inputs)
    lengths : numpy.ndarray of int, shape (sequences,)
    last_only : bool
        Whether only each sequence's last step leaves the LSTMs (many-to-one).
    trace : bool
        Whether to keep every intermediate.

    Returns
    -------
    y : numpy.ndarray
        (sequences, outputs) if `last_only`, else (sequences, steps, outputs) with zeros past each length.
    records : dict
        Empty without `trace`; otherwise see `Network.run`.
    """
    mask = np.arange(x.shape[1]) < lengths[:, None]
    records = {"mask": mask} if trace else {}
    recurrent = [layer for layer in layers if isinstance(layer, LSTM)]
    for layer in recurrent:
        record = {} if trace else None
        h = run_lstm(layer, x, record)
        if trace:
            record.update(x=x, h=h)
            records[layer.name] = {key: array * mask[..., None] for key, array in record.items()}
        x = h
    keep = mask[..., None]
    if last_only:
        x, keep = x[np.arange(len(x)), lengths - 1], True
    for layer in layers[len(recurrent) :]:
        sums = dense_sums(layer, x)
        if trace:
            records[layer.name] = {"x": x * keep, "y": sums * keep}
        x = activate(layer, sums)
    return x * keep, records
