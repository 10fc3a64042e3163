"""How a gradient passes one step of a cell, backwards: what automatic differentiation would do, written out.

With g_h, g_c the gradients at the state after the step, s' the slope of a curve at its argument, all products by
element and the steps as in `rnnhw.network.cell_steps`:

LSTM:
    d_c = g_c + g_h o tanh'(c')                        d_o = g_h tanh(c') sigma'(z_o)
    d_i = d_c g sigma'(z_i)      d_f = d_c c sigma'(z_f)      d_g = d_c i tanh'(z_g)
    before the step: g_h = (d_i, d_f, d_g, d_o) U      g_c = d_c f

GRU:
    d_n = g_h (1 - z) tanh'(z_n)                       d_z = g_h (h - n) sigma'(z_z)
    reset after:   d_r = d_n p sigma'(z_r)             before the step: g_h z + (d_r, d_z, d_n r) U
    reset before:  d_q = d_n U_n, d_r = d_q h sigma'(z_r)      before the step: g_h z + d_q r + (d_r, d_z) U_rz

RNN:
    d = g_h activation'(z)                             before the step: d U

Each rule is a class of two functions. `factors` makes what a step needs of its signals, for all steps at once.
`pull` takes gradients of shape (..., state_size), h first and then c, and gives those before the step, and those at
the sums with the input and with the state (the rows of W and of U), (..., rows).
"""

import numpy as np

from rnnhw.analysis.bptt.slopes import relu_slope


class LSTMRule:
    """Of an LSTM."""

    @staticmethod
    def factors(cell, signals, curves, slopes):
        """What a step needs: f, and the factors of d_c and of the four gates."""
        (sigma, tanh), (sigma_slope, tanh_slope) = curves, slopes
        i, f, o = (sigma(signals[f"z_{gate}"]) for gate in "ifo")
        return {
            "f": f,
            "c": o * tanh_slope(signals["c"]),
            "d_i": tanh(signals["z_g"]) * sigma_slope(signals["z_i"]),
            "d_f": signals["c_before"] * sigma_slope(signals["z_f"]),
            "d_g": i * tanh_slope(signals["z_g"]),
            "d_o": tanh(signals["c"]) * sigma_slope(signals["z_o"]),
        }

    @staticmethod
    def pull(cell, at, gradient):
        """Gradients before the step, at the sums with the input, and with the state."""
        g_h, g_c = np.split(gradient, 2, axis=-1)
        d_c = g_c + g_h * at["c"]
        sums = np.concatenate([d_c * at["d_i"], d_c * at["d_f"], d_c * at["d_g"], g_h * at["d_o"]], axis=-1)
        return np.concatenate([sums @ cell.weight_hh, d_c * at["f"]], axis=-1), sums, sums


class GRURule:
    """Of a GRU."""

    @staticmethod
    def factors(cell, signals, curves, slopes):
        """What a step needs: z, r, h, and the factors of the three gates."""
        (sigma, tanh), (sigma_slope, tanh_slope) = curves, slopes
        z, h = sigma(signals["z_z"]), signals["h_before"]
        held = signals["p"] if cell.reset_after else h
        return {
            "z": z,
            "r": sigma(signals["z_r"]),
            "d_n": (1.0 - z) * tanh_slope(signals["z_n"]),
            "d_z": (h - tanh(signals["z_n"])) * sigma_slope(signals["z_z"]),
            "d_r": held * sigma_slope(signals["z_r"]),
        }

    @staticmethod
    def pull(cell, at, gradient):
        """Gradients before the step, at the sums with the input, and with the state."""
        d_n, d_z = gradient * at["d_n"], gradient * at["d_z"]
        if cell.reset_after:
            d_r = d_n * at["d_r"]
            of_state = np.concatenate([d_r, d_z, d_n * at["r"]], axis=-1)
            before = gradient * at["z"] + of_state @ cell.weight_hh
            return before, np.concatenate([d_r, d_z, d_n], axis=-1), of_state
        split = 2 * cell.hidden_size
        d_q = d_n @ cell.weight_hh[split:]
        gates = np.concatenate([d_q * at["d_r"], d_z], axis=-1)
        before = gradient * at["z"] + d_q * at["r"] + gates @ cell.weight_hh[:split]
        sums = np.concatenate([gates, d_n], axis=-1)
        return before, sums, sums


class RNNRule:
    """Of a plain RNN."""

    @staticmethod
    def factors(cell, signals, curves, slopes):
        """What a step needs: the slope at its sum."""
        slope = relu_slope if cell.activation == "relu" else slopes[1]
        return {"d": slope(signals["z"])}

    @staticmethod
    def pull(cell, at, gradient):
        """Gradients before the step, at the sums with the input, and with the state."""
        sums = gradient * at["d"]
        return sums @ cell.weight_hh, sums, sums


#: By kind of cell.
RULES = {"lstm": LSTMRule, "gru": GRURule, "rnn": RNNRule}
