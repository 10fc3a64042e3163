"""The loss of a network's answers and its gradient at them."""

import numpy as np

from rnnhw.network import MANY_TO_MANY

#: What the loss is called, by the kind of the targets.
LOSSES = {"f": "mean squared error", "i": "cross-entropy"}


def loss_gradient(net, answers: np.ndarray, y: np.ndarray, lengths: np.ndarray) -> tuple[float, np.ndarray]:
    """The loss, the mean over all answers that count, and its gradient.

    Mean squared error for floats (also over the outputs, as torch.nn.MSELoss), cross-entropy of a softmax for
    classes (as torch.nn.CrossEntropyLoss).

    Parameters
    ----------
    net : Network
    answers : numpy.ndarray, shape (sequences, outputs) or (sequences, steps, outputs)
        Of the last layer, before the head.
    y : numpy.ndarray
        As `rnnhw.analysis.bptt.checks.checked_targets` gives them.
    lengths : numpy.ndarray of int, shape (sequences,)

    Returns
    -------
    loss : float
    gradient : numpy.ndarray
        Of the shape of `answers`; zeros past each sequence's length.
    """
    counted = np.ones(answers.shape[:-1], dtype=bool)
    if net.mode == MANY_TO_MANY:
        counted = np.arange(answers.shape[1]) < lengths[:, None]
    part = _entropy if y.dtype.kind == "i" else _squares
    loss, gradient = np.zeros(()), np.zeros_like(answers)
    loss, gradient[counted] = part(answers[counted], y[counted])
    return float(loss), gradient


def _squares(answers, y):
    difference = answers - y
    return np.mean(difference**2), 2.0 * difference / difference.size


def _entropy(answers, y):
    shifted = answers - answers.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    at = np.arange(len(y)), y
    gradient = np.exp(logs)
    gradient[at] -= 1.0
    return -logs[at].mean(), gradient / len(y)
