"""One LSTM layer in integers, a step at a time over the batch (docs/arithmetic.md)."""

import numpy as np

from rnnhw.fixedpoint import shift_round
from rnnhw.quantize import GATES, QuantizedLSTM, QuantizedNetwork

from .activation_unit import lookup
from .mac_array import ExactProduct, to_int64
from .trace import Point, Trace


class GoldenLSTM:
    """An LSTM layer with its state.

    Parameters
    ----------
    layer : QuantizedLSTM
    network : QuantizedNetwork
        Whose table and rounding modes are used.
    trace : Trace or None
    """

    def __init__(self, layer: QuantizedLSTM, network: QuantizedNetwork, trace: Trace | None):
        self.layer, self.trace = layer, trace
        x_shift, h_shift = layer.shifts
        self.input_product = ExactProduct(layer.weight_ih_raw, x_shift, layer.accumulator_bound)
        self.state_product = ExactProduct(layer.weight_hh_raw, h_shift, layer.accumulator_bound)
        self.sigmoid, self.tanh, self.zero = lookup(network.table)
        rounding, (z_sigmoid, z_tanh) = network.config.rounding, network.preactivations

        def point(name, target, role):
            return Point(layer.name, name, target, rounding[role], trace)

        self.to_z = [point(f"z_{gate}", z_tanh if gate == "g" else z_sigmoid, "z") for gate in GATES]
        self.to_c = point("c", layer.c, "c")
        self.to_zc = point("zc", z_tanh, "z")
        self.to_h = point("h", layer.h, "h")
        self.gate_frac, self.candidate_frac = network.table.output_bits, network.table.output_bits - 1

    def reset(self, sequences: int) -> None:
        """Clear the state."""
        self.h_raw = np.zeros((sequences, self.layer.hidden_size), np.int64)
        self.c_raw = np.zeros((sequences, self.layer.hidden_size), np.int64)

    def project(self, x_raw: np.ndarray) -> np.ndarray:
        """The input's part of all pre-activations, shape (..., 4H), for one step or for many."""
        return self.input_product(x_raw)

    def step(self, projected: np.ndarray, step: int, steps: int, valid: np.ndarray) -> np.ndarray:
        """Advance all sequences by a step.

        Parameters
        ----------
        projected : ndarray, shape (sequences, 4H)
            What `project` gave for this step's input.
        step, steps : int
            Where the trace notes it.
        valid : ndarray of bool, shape (sequences,)
            The sequences that are not over yet.

        Returns
        -------
        ndarray of int64, shape (sequences, H)
            The new hidden state.
        """
        layer, noted = self.layer, {}
        a_raw = to_int64(projected + self.state_product(self.h_raw)) + layer.bias_raw
        acts = {}
        for index, (gate, part) in enumerate(zip(GATES, np.split(a_raw, 4, axis=1), strict=True)):
            z_raw = self.to_z[index](part, layer.accumulator_frac(index), valid)
            acts[gate] = (self.tanh if gate == "g" else self.sigmoid)[z_raw + self.zero]
            noted |= {f"a_{gate}": part, f"z_{gate}": z_raw, gate: acts[gate]}
        kept = acts["f"] * self.c_raw
        fresh = acts["i"] * acts["g"]
        kept_frac, fresh_frac = self.gate_frac + layer.c.frac, self.gate_frac + self.candidate_frac
        frac = max(kept_frac, fresh_frac)
        total = shift_round(kept, kept_frac - frac) + shift_round(fresh, fresh_frac - frac)
        self.c_raw = self.to_c(total, frac, valid)
        zc_raw = self.to_zc(self.c_raw, layer.c.frac, valid)
        tc_raw = self.tanh[zc_raw + self.zero]
        self.h_raw = self.to_h(acts["o"] * tc_raw, fresh_frac, valid)
        if self.trace is not None:
            noted |= {"c": self.c_raw, "zc": zc_raw, "tc": tc_raw, "h": self.h_raw}
            for name, value in noted.items():
                self.trace.put(layer.name, name, step, steps, value)
        return self.h_raw
