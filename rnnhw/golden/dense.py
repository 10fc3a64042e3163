"""One dense layer in integers."""

import numpy as np

from rnnhw.quantize import QuantizedDense, QuantizedNetwork

from .mac_array import ExactProduct, to_int64
from .trace import Point, Trace


class GoldenDense:
    """``y = R(V x + b)``, then relu where the layer has one.

    Parameters
    ----------
    layer : QuantizedDense
    network : QuantizedNetwork
    trace : Trace or None
    """

    def __init__(self, layer: QuantizedDense, network: QuantizedNetwork, trace: Trace | None):
        self.layer, self.trace = layer, trace
        self.product = ExactProduct(layer.weight_raw, 0, layer.accumulator_bound)
        self.to_y = Point(layer.name, "y", layer.y, network.config.rounding["y"], trace)

    def run(self, x_raw: np.ndarray, valid: np.ndarray, where: tuple, steps: int) -> np.ndarray:
        """The layer's outputs, shape (..., outputs).

        Parameters
        ----------
        x_raw : ndarray of int64, shape (..., inputs)
        valid : ndarray of bool, shape (...)
            Which of them count.
        where : tuple
            Index of all of them among (sequences, steps), for the trace.
        steps : int
            Steps in all, for the trace.
        """
        a_raw = to_int64(self.product(x_raw)) + self.layer.bias_raw
        y_raw = self.to_y(a_raw, self.layer.accumulator_frac, valid)
        if self.layer.relu:
            y_raw = np.maximum(y_raw, 0)
        if self.trace is not None:
            self.trace.put(self.layer.name, "a", where, steps, a_raw)
            self.trace.put(self.layer.name, "y", where, steps, y_raw)
        return y_raw
