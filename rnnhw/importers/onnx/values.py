"""What a walk through a graph carries: numbers, and ids of values that depend on the model's input."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Constant:
    """Numbers that do not depend on the input.

    Parameters
    ----------
    array : numpy.ndarray
    step : numpy.ndarray or None
        Of numbers that were dequantised: the scale of each, same shape.
    bits : int or None
        Of the integers that they were.
    """

    array: np.ndarray
    step: np.ndarray | None = None
    bits: int | None = None


@dataclass(frozen=True)
class Numbered:
    """Values of the input, of a layer's outputs or of an initial state, by their ids.

    Parameters
    ----------
    ids : numpy.ndarray of int64
        Below `STATES` those of initial states that are inputs of the model.
    scale : float or None
        Between a QuantizeLinear and a DequantizeLinear: how large a step of the integers is.
    bits : int or None
        Of these integers.
    indices : bool
        Whether the values are whole numbers, those of an argmax.
    """

    ids: np.ndarray
    scale: float | None = None
    bits: int | None = None
    indices: bool = False


#: Ids of the elements of initial states count down from here.
STATES = -2
