"""What the back must make of sums: the cells' equations by unit, with the states that units keep."""

import numpy as np

from rnnhw.fixedpoint import QFormat, requantize

from .test_gru_update import equations as gru_equations
from .test_lstm_update import equations as lstm_equations

KEPT = ("bank", "stream", "first", "last", "zero")


class BackModel:
    """Results of one step after the other.

    Parameters
    ----------
    plan : EnginePlan
    """

    def __init__(self, plan):
        self.plan, self.network, self.kept = plan, plan.network, {}
        self.config, table = plan.network.config, plan.network.table
        top = (1 << (table.input_width - 1)) - 1
        z_raw = np.arange(-top, top + 1)
        self.curves = [(table.sigmoid(z_raw).tolist(), top), (table.tanh(z_raw).tolist(), top)]

    def curve(self, tanh: bool, z: int) -> int:
        values, top = self.curves[tanh]
        return values[z + top]

    def rounded(self, item, gate: int, total: int, form, role: str) -> int:
        """A biased sum (its rounding constant is in the bias) in another format."""
        shift, mode = item.shifts[gate], self.config.rounding[role]
        mode = "half_even" if mode == "half_even" else "floor"
        return requantize(total, QFormat(62, form.frac + shift), form, mode)

    def unit(self, number: int, unit: int, stream: int, zero: bool, sums, parts) -> int:
        """The result of a unit whose rows have these sums (`parts`: of the first part, of a GRU)."""
        item, layer = self.plan.passes[number], self.plan.passes[number].layer
        totals = [s + p + int(b) for s, p, b in zip(sums, parts, item.bias_raw[unit], strict=True)]
        if item.kind == "dense":
            value = self.rounded(item, 0, totals[0], layer.y, "y")
            return max(value, 0) if layer.relu else value
        if item.kind == "relu":
            return max(self.rounded(item, 0, totals[0], layer.h, "h"), 0)
        values = self._values(item, totals)
        key = layer.name, stream, unit
        h_old = 0 if zero else self.kept.get(key, 0)
        make = getattr(self, f"_{item.kind}")
        return make(item, key, values, h_old, (sums, parts, unit, zero))

    def _values(self, item, totals):
        """Table values of rows that need nothing else."""
        z_formats, values = self.network.preactivations, []
        for gate, name in enumerate(item.gates):
            tanh = name == "g" or (name == "n" and item.kind == "candidate") or name == "a"
            if item.kind == "gru" and name == "n":
                break
            values.append(self.curve(tanh, self.rounded(item, gate, totals[gate], z_formats[tanh], "z")))
        return values

    def _rnn(self, item, key, values, h_old, _):
        return values[0]

    def _lstm(self, item, key, values, c_old, _):
        i, g, f, o = values
        c_new, z, _ = lstm_equations(self.network, item.layer, (i, g, f, o), 0, c_old)
        self.kept[key] = c_new
        return lstm_equations(self.network, item.layer, (i, g, f, o), self.curve(True, z), c_old)[2]

    def _gru(self, item, key, values, h_old, row):
        (sums, parts, unit, _), cell = row, item.layer
        state, x = (parts[2], sums[2]) if item.segments[0].old else (sums[2], parts[2])
        p = self.rounded(item, 2, state + int(item.bias_raw[unit, 2]), cell.p, "c")
        input_sum = x + int(item.input_bias_raw[unit])
        z_n, _ = gru_equations(self.network, cell, *values, 0, p, input_sum, h_old)
        h = gru_equations(self.network, cell, *values, self.curve(True, z_n), p, input_sum, h_old)[1]
        self.kept[key] = h
        return h

    def _reset(self, item, key, values, h_old, row):
        z, r = values
        self.kept["z", key] = z, h_old
        return self._to_h(item, r * h_old)

    def _candidate(self, item, key, values, _, row):
        (z, h_old), n = self.kept["z", key], values[0]
        self.kept[key] = self._to_h(item, (n << self.config.activation_bits) + z * (h_old - n))
        return self.kept[key]

    def _to_h(self, item, value: int) -> int:
        source = QFormat(62, 2 * self.config.activation_bits - 1)
        return requantize(value, source, item.layer.h, self.config.rounding["h"])


def draw_group(rng, plan, item):
    """Sums and first parts of all lanes, small enough that no biased sum leaves the accumulator."""
    quarter = 1 << (plan.accumulator_bits - 3)
    scale = int(rng.integers(plan.accumulator_bits - 2))
    sums, parts = (rng.integers(-quarter, quarter, (2, plan.geometry.all_lanes)) >> scale).tolist()
    return sums, parts if item.split else [0] * len(parts)
