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

    def step(self, x_raw: np.ndarray, step: int, steps: int, valid: np.ndarray) -> np.ndarray:
        """Outputs of shape (sequences, outputs) for inputs of shape (sequences, inputs)."""
        a_raw = to_int64(self.product(x_raw)) + self.layer.bias_raw
        y_raw = self.to_y(a_raw, self.layer.accumulator_frac, valid)
        if self.layer.relu:
            y_raw = np.maximum(y_raw, 0)
        if self.trace is not None:
            self.trace.put(self.layer.name, "a", step, steps, a_raw)
            self.trace.put(self.layer.name, "y", step, steps, y_raw)
        return y_raw
