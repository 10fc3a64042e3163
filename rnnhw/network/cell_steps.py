"""One step of each kind of cell in float64.

With W = `weight_ih`, U = `weight_hh`, b = `bias`, sigma and tanh the network's curves, all products by element:

LSTM, that of PyTorch (Hochreiter and Schmidhuber 1997 with the forget gate of Gers, Schmidhuber and Cummins
2000), rows in the order i, f, g, o:

    z_i, z_f, z_g, z_o = W x + U h + b
    c' = sigma(z_f) c + sigma(z_i) tanh(z_g)            h' = sigma(z_o) tanh(c')

GRU (Cho et al. 2014; the reset after is cuDNN's and PyTorch's), rows in the order r, z, n:

    z_r, z_z = W x + U h + b                            r = sigma(z_r), z = sigma(z_z)
    reset after:   p = U_n h + bias_hn                  z_n = W_n x + b_n + r p
    reset before:                                       z_n = W_n x + b_n + U_n (r h)
    n = tanh(z_n)                                       h' = n + z (h - n)

RNN (Elman 1990):

    z = W x + U h + b                                   h' = tanh(z) or max(0, z)
"""

import numpy as np


def lstm_step(cell, projected, state, sigma, tanh):
    """One step of an LSTM.

    Parameters
    ----------
    cell : LSTM
    projected : numpy.ndarray, shape (sequences, rows)
        W x + b of this step.
    state : numpy.ndarray, shape (sequences, state_size)
        As it was after the step before.
    sigma, tanh : callable

    Returns
    -------
    state : numpy.ndarray
    signals : dict of str to numpy.ndarray
        What the trace keeps besides x and h, each (sequences, hidden).
    """
    h, c = np.split(state, 2, axis=1)
    z_i, z_f, z_g, z_o = np.split(projected + h @ cell.weight_hh.T, 4, axis=1)
    c = sigma(z_f) * c + sigma(z_i) * tanh(z_g)
    state = np.concatenate([sigma(z_o) * tanh(c), c], axis=1)
    return state, {"c": c, "z_i": z_i, "z_f": z_f, "z_g": z_g, "z_o": z_o}


def gru_step(cell, projected, h, sigma, tanh):
    """One step of a GRU; parameters and results as for `lstm_step`."""
    hidden = cell.hidden_size
    z_r, z_z = np.split(projected[:, : 2 * hidden] + h @ cell.weight_hh[: 2 * hidden].T, 2, axis=1)
    r, z = sigma(z_r), sigma(z_z)
    signals = {"z_r": z_r, "z_z": z_z}
    if cell.reset_after:
        signals["p"] = h @ cell.weight_hh[2 * hidden :].T + cell.bias_hn
        z_n = projected[:, 2 * hidden :] + r * signals["p"]
    else:
        z_n = projected[:, 2 * hidden :] + (r * h) @ cell.weight_hh[2 * hidden :].T
    n = tanh(z_n)
    return n + z * (h - n), signals | {"z_n": z_n}


def rnn_step(cell, projected, h, sigma, tanh):
    """One step of an RNN; parameters and results as for `lstm_step`."""
    z = projected + h @ cell.weight_hh.T
    return (tanh(z) if cell.activation == "tanh" else np.maximum(z, 0.0)), {"z": z}


#: The step of each kind of cell.
STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}
