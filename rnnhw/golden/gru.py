"""One GRU cell in integers, with the reset after or before the candidate's product (docs/arithmetic.md)."""

import numpy as np

from rnnhw.fixedpoint import shift_round

from .cell import GoldenCell
from .mac_array import to_int64


class GoldenGRU(GoldenCell):
    """``h' = R(n + z (h - n))``; the candidate n sees the reset state in one of two places.

    Reset after: ``p = R(U_n h + b_hn)``, ``n = tanh(R(W_n x + b_n + r p))``.
    Reset before: ``s = R(r h)``, ``n = tanh(R(W_n x + U_n s + b_n))``.
    """

    def __init__(self, cell, network, trace):
        super().__init__(cell, network, trace)
        self.gate_product = self.state_product(slice(0, 2 * cell.hidden_size))
        self.candidate_product = self.state_product(slice(2 * cell.hidden_size, None))
        self.to_z = {gate: self.point(f"z_{gate}", self.z_sigmoid, "z") for gate in "rz"}
        self.to_zn = self.point("z_n", self.z_tanh, "z")
        self.to_p = self.point("p", cell.p, "c") if cell.reset_after else None
        self.to_s = None if cell.reset_after else self.point("s", cell.h, "h")
        self.to_h = self.point("h", cell.h, "h")

    def advance(self, projected, states, alive):
        """New h."""
        cell, signals, (h_raw,) = self.cell, {}, states
        units = cell.hidden_size
        both = to_int64(projected[:, : 2 * units] + self.gate_product(h_raw)) + cell.bias_raw[: 2 * units]
        for index, (gate, part) in enumerate(zip("rz", np.split(both, 2, axis=1), strict=True)):
            z_raw = self.to_z[gate](part, cell.accumulator_frac(index), alive)
            signals |= {f"a_{gate}": part, f"z_{gate}": z_raw, gate: self.sigmoid(z_raw)}
        candidate = self._after if cell.reset_after else self._before
        zn_raw, more = candidate(projected[:, 2 * units :], h_raw, signals["r"], alive)
        n_raw = self.tanh(zn_raw)
        total = (n_raw << self.gate_frac) + signals["z"] * (h_raw - n_raw)
        h_raw = self.to_h(total, 2 * self.gate_frac - 1, alive)
        return [h_raw], signals | more | {"z_n": zn_raw, "n": n_raw}

    def _after(self, projected, h_raw, r_raw, alive):
        """The candidate's pre-activation with the product of the state as a value of its own."""
        cell, units = self.cell, self.cell.hidden_size
        sum_frac = cell.accumulator_frac(2)
        a_nx = to_int64(projected) + cell.bias_raw[2 * units :]
        a_nh = to_int64(self.candidate_product(h_raw)) + cell.bias_hn_raw
        p_raw = self.to_p(a_nh, sum_frac, alive)
        scaled_frac = self.gate_frac + cell.p.frac
        frac = max(sum_frac, scaled_frac)
        total = shift_round(a_nx, sum_frac - frac) + shift_round(r_raw * p_raw, scaled_frac - frac)
        return self.to_zn(total, frac, alive), {"a_nx": a_nx, "a_nh": a_nh, "p": p_raw}

    def _before(self, projected, h_raw, r_raw, alive):
        """The candidate's pre-activation over the reset state."""
        cell, units = self.cell, self.cell.hidden_size
        s_raw = self.to_s(r_raw * h_raw, self.gate_frac + cell.h.frac, alive)
        a_n = to_int64(projected + self.candidate_product(s_raw)) + cell.bias_raw[2 * units :]
        return self.to_zn(a_n, cell.accumulator_frac(2), alive), {"s": s_raw, "a_n": a_n}
