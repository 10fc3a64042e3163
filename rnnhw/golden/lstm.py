"""One LSTM cell in integers (docs/arithmetic.md)."""

import numpy as np

from rnnhw.fixedpoint import shift_round

from .cell import GoldenCell
from .mac_array import to_int64


class GoldenLSTM(GoldenCell):
    """``c' = R(f c + i g)``, ``h' = R(o tanh(R(c')))``."""

    def __init__(self, cell, network, trace):
        super().__init__(cell, network, trace)
        self.product = self.state_product()
        self.to_z = {
            gate: self.point(f"z_{gate}", self.z_tanh if gate == "g" else self.z_sigmoid, "z") for gate in cell.gates
        }
        self.to_c = self.point("c", cell.c, "c")
        self.to_zc = self.point("zc", self.z_tanh, "z")
        self.to_h = self.point("h", cell.h, "h")

    def advance(self, projected, states, alive):
        """New h and c."""
        cell, signals, (h_raw, c_raw) = self.cell, {}, states
        a_raw = to_int64(projected + self.product(h_raw)) + cell.bias_raw
        for index, (gate, part) in enumerate(zip(cell.gates, np.split(a_raw, 4, axis=1), strict=True)):
            z_raw = self.to_z[gate](part, cell.accumulator_frac(index), alive)
            act = self.tanh(z_raw) if gate == "g" else self.sigmoid(z_raw)
            signals |= {f"a_{gate}": part, f"z_{gate}": z_raw, gate: act}
        kept_frac, fresh_frac = self.gate_frac + cell.c.frac, 2 * self.gate_frac - 1
        frac = max(kept_frac, fresh_frac)
        kept = shift_round(signals["f"] * c_raw, kept_frac - frac)
        fresh = shift_round(signals["i"] * signals["g"], fresh_frac - frac)
        c_raw = self.to_c(kept + fresh, frac, alive)
        zc_raw = self.to_zc(c_raw, cell.c.frac, alive)
        tc_raw = self.tanh(zc_raw)
        h_raw = self.to_h(signals["o"] * tc_raw, fresh_frac, alive)
        return [h_raw, c_raw], signals | {"c": c_raw, "zc": zc_raw, "tc": tc_raw}
