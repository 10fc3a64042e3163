"""One simple recurrent cell in integers (docs/arithmetic.md)."""

import numpy as np

from .cell import GoldenCell
from .mac_array import to_int64


class GoldenRNN(GoldenCell):
    """``h' = tanh(R(a))``, or ``h' = max(0, R(a))`` without a table."""

    def __init__(self, cell, network, trace):
        super().__init__(cell, network, trace)
        self.product = self.state_product()
        self.relu = cell.activation == "relu"
        self.to_z = None if self.relu else self.point("z", self.z_tanh, "z")
        self.to_h = self.point("h", cell.h, "h") if self.relu else None

    def advance(self, projected, states, alive):
        """New h."""
        a_raw = to_int64(projected + self.product(states[0])) + self.cell.bias_raw
        frac = self.cell.accumulator_frac(0)
        if self.relu:
            return [np.maximum(self.to_h(a_raw, frac, alive), 0)], {"a": a_raw}
        z_raw = self.to_z(a_raw, frac, alive)
        return [self.tanh(z_raw)], {"a": a_raw, "z": z_raw}
