"""The quantised network once more: one sequence, one unit, one Python integer at a time.

Written from the equations of docs/arithmetic.md, with rounding in fractions. Of the code under test it
uses the formats, the raw weights and the table's two functions only.
"""

from fractions import Fraction
from functools import lru_cache

from rnnhw.quantize import QuantizedLSTM
from tests.fixedpoint.truth import bounded, limits, rounded


class SlowModel:
    """A network whose `answers` come step by step, and whose `signals` hold all on the way.

    Parameters
    ----------
    network : QuantizedNetwork
    """

    def __init__(self, network):
        self.network = network
        bits = network.config.activation_bits
        frac_sigmoid = bits - 2  # the formats of docs/arithmetic.md
        top = 2 ** (bits + (1 if bits < 12 else 2)) - 1
        self.z_fracs = {"i": frac_sigmoid, "f": frac_sigmoid, "g": frac_sigmoid + 1, "o": frac_sigmoid}
        self.z_limits = (-top, top)
        self.bits = bits
        self.clipped = {}
        self.signals = {}
        self.sigmoid = lru_cache(maxsize=None)(lambda z: int(network.table.sigmoid(z)))
        self.tanh = lru_cache(maxsize=None)(lambda z: int(network.table.tanh(z)))

    def requantize(self, where, value: Fraction, frac: int, allowed, role: str) -> int:
        """Round a value to `frac` fraction bits by its role's mode, saturate, count what is clipped."""
        number = rounded(value * Fraction(2) ** frac, self.network.config.rounding[role])
        result = bounded(number, *allowed, "saturate")
        self.clipped[where] = self.clipped.get(where, 0) + (result != number)
        return result

    def note(self, layer: str, name: str, raw: list[int]) -> None:
        self.signals.setdefault((layer, name), []).append(raw)

    def lstm_step(self, layer, x, h, c):
        """New h and c; all are lists of raw integers."""
        units, n = layer.hidden_size, self.bits
        acts = {}
        for index, gate in enumerate("ifgo"):
            frac_w = layer.x.frac + layer.weight_ih[index].frac
            frac_u = layer.h.frac + layer.weight_hh[index].frac
            frac = max(frac_w, frac_u)  # the accumulator's, in which the bias counts
            sums, pre, outputs = [], [], []
            for unit in range(units):
                row = index * units + unit
                total = Fraction(int(layer.bias_raw[row])) / Fraction(2) ** frac
                for weight, value in zip(layer.weight_ih_raw[row].tolist(), x, strict=True):
                    total += Fraction(weight * value) / Fraction(2) ** frac_w
                for weight, value in zip(layer.weight_hh_raw[row].tolist(), h, strict=True):
                    total += Fraction(weight * value) / Fraction(2) ** frac_u
                scaled = total * Fraction(2) ** frac
                assert scaled.denominator == 1
                sums.append(int(scaled))
                z = self.requantize((layer.name, f"z_{gate}"), total, self.z_fracs[gate], self.z_limits, "z")
                pre.append(z)
                outputs.append(self.tanh(z) if gate == "g" else self.sigmoid(z))
            acts[gate] = outputs
            self.note(layer.name, f"a_{gate}", sums)
            self.note(layer.name, f"z_{gate}", pre)
            self.note(layer.name, gate, outputs)
        new_h, new_c = [], []
        pre, tanhs = [], []
        one, half = Fraction(1, 2**n), Fraction(1, 2 ** (n - 1))
        c_ulp = 1 / Fraction(2) ** layer.c.frac
        for i, f, g, o, old in zip(acts["i"], acts["f"], acts["g"], acts["o"], c, strict=True):
            state = f * one * old * c_ulp + i * one * g * half
            state = self.requantize((layer.name, "c"), state, layer.c.frac, limits(layer.c.width, True), "c")
            z = self.requantize((layer.name, "zc"), state * c_ulp, self.z_fracs["g"], self.z_limits, "z")
            tanh = self.tanh(z)
            hidden = o * one * tanh * half
            new_h.append(self.requantize((layer.name, "h"), hidden, layer.h.frac, limits(layer.h.width, True), "h"))
            new_c.append(state)
            pre.append(z)
            tanhs.append(tanh)
        for name, raw in (("c", new_c), ("zc", pre), ("tc", tanhs), ("h", new_h)):
            self.note(layer.name, name, raw)
        return new_h, new_c

    def dense_step(self, layer, x):
        """Outputs of a dense layer."""
        frac, sums, outputs = layer.x.frac + layer.weight.frac, [], []
        for row, bias in zip(layer.weight_raw.tolist(), layer.bias_raw.tolist(), strict=True):
            total = bias + sum(weight * value for weight, value in zip(row, x, strict=True))
            value = Fraction(total) / Fraction(2) ** frac
            y = self.requantize((layer.name, "y"), value, layer.y.frac, limits(layer.y.width, True), "y")
            sums.append(total)
            outputs.append(max(y, 0) if layer.relu else y)
        self.note(layer.name, "a", sums)
        self.note(layer.name, "y", outputs)
        return outputs

    def answers(self, sequence) -> list[list[int]]:
        """The answers to one sequence of raw inputs: one a step, or the one of the last step."""
        layers = self.network.layers
        lstms = [layer for layer in layers if isinstance(layer, QuantizedLSTM)]
        states = [([0] * layer.hidden_size, [0] * layer.hidden_size) for layer in lstms]
        answers = []
        for step, x in enumerate(sequence):
            value = list(x)
            for index, layer in enumerate(lstms):
                states[index] = self.lstm_step(layer, value, *states[index])
                value = states[index][0]
            if self.network.mode == "many-to-many" or step == len(sequence) - 1:
                for layer in layers[len(lstms) :]:
                    value = self.dense_step(layer, value)
                answers.append(value)
        return answers
