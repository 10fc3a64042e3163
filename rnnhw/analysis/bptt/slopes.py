"""Slopes of the curves of the cells: derivatives of `rnnhw.network.curves`, by the names that a network gives them.

At the kinks of the hard curves and of relu the slope is 0, at the bounds of a clip it is that of the curve: the
subgradients that PyTorch takes (hardsigmoid, hardtanh, relu, clamp).
"""

import numpy as np

from rnnhw.network.curves import sigmoid


def sigmoid_slope(z):
    """sigma (1 - sigma), accurate at both ends."""
    return sigmoid(z) * sigmoid(-z)


def hard_sigmoid_slope(z):
    """1/6 within -3..3."""
    return (np.abs(z) < 3.0) / 6.0


def hard_sigmoid_fifth_slope(z):
    """1/5 within -2.5..2.5."""
    return (np.abs(z) < 2.5) / 5.0


def tanh_slope(z):
    """1 - tanh(z)^2, as 4 sigma(2 z) (1 - sigma(2 z)), which does not cancel."""
    return 4.0 * sigmoid_slope(2.0 * z)


def hard_tanh_slope(z):
    """1 within -1..1."""
    return (np.abs(z) < 1.0).astype(np.float64)


def relu_slope(z):
    """1 above 0."""
    return (z > 0.0).astype(np.float64)


def cell_slopes(net):
    """Slopes of the sigmoid and the tanh of a network's cells, its clip included.

    Parameters
    ----------
    net : Network

    Returns
    -------
    tuple of (callable, callable)
    """
    slopes = SIGMOID_SLOPES[net.sigmoid], TANH_SLOPES[net.tanh]
    if net.clip is None:
        return slopes
    return tuple(lambda z, slope=slope: np.where(np.abs(z) <= net.clip, slope(z), 0.0) for slope in slopes)


#: By the names of the options of a network.
SIGMOID_SLOPES = {"logistic": sigmoid_slope, "hard": hard_sigmoid_slope, "hard-0.2": hard_sigmoid_fifth_slope}
TANH_SLOPES = {"tanh": tanh_slope, "hard": hard_tanh_slope}
