"""The curves of the cells in float64, by the names that a network gives them."""

import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)) without overflow, accurate relative to the result on both sides."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def hard_sigmoid(z):
    """clip(z / 6 + 1/2) to 0..1: PyTorch's, Keras 3's."""
    return np.clip(z / 6.0 + 0.5, 0.0, 1.0)


def hard_sigmoid_fifth(z):
    """clip(z / 5 + 1/2) to 0..1: Keras 2's, the default of ONNX."""
    return np.clip(0.2 * z + 0.5, 0.0, 1.0)


def hard_tanh(z):
    """clip(z) to -1..1."""
    return np.clip(z, -1.0, 1.0)


def cell_curves(options):
    """Sigmoid and tanh of a network's cells, its clip included.

    Parameters
    ----------
    options : Network
        Or anything else with `sigmoid`, `tanh` and `clip`.

    Returns
    -------
    tuple of (callable, callable)
    """
    curves = SIGMOID_CURVES[options.sigmoid], TANH_CURVES[options.tanh]
    if options.clip is None:
        return curves
    return tuple(lambda z, curve=curve: curve(np.clip(z, -options.clip, options.clip)) for curve in curves)


#: Sigmoid and tanh of a network, by its options of these names.
SIGMOID_CURVES = {"logistic": sigmoid, "hard": hard_sigmoid, "hard-0.2": hard_sigmoid_fifth}
TANH_CURVES = {"tanh": np.tanh, "hard": hard_tanh}
