"""A network in float64, written once more, with the error that the formats of its quantised form imply.

Formats must not clip: calibrate them on the data that is run. All sequences have all steps.
"""

import numpy as np

from rnnhw.fixedpoint import preactivation_formats

from .near import Near

HARD_SLOPES = {"hard": 1 / 6, "hard-0.2": 1 / 5}


class NearModel:
    """Runs `net` with bounds for `network`, its quantised form.

    Parameters
    ----------
    net : Network
    network : QuantizedNetwork

    Attributes
    ----------
    h : dict
        By cell: a `Near` of shape (sequences, steps, units).
    """

    def __init__(self, net, network):
        self.net, self.network, self.h = net, network, {}
        slope = HARD_SLOPES.get(net.sigmoid)
        self.f_sigmoid = (lambda z: np.clip(z * slope + 0.5, 0, 1)) if slope else (lambda z: 1 / (1 + np.exp(-z)))
        self.f_tanh = (lambda z: np.clip(z, -1, 1)) if net.tanh == "hard" else np.tanh

    def enter(self, form) -> None:
        """Work with the widths of a layer, all of which follow from that of its x."""
        bits = form.x.width
        self.step_sigmoid, self.step_tanh = 2.0**-bits, 2.0 ** (1 - bits)
        self.z_sigmoid, self.z_tanh = preactivation_formats(bits)

    @staticmethod
    def taken(values: list[Near], before, form) -> list[Near]:
        """What the layer before gives, in this layer's format of x."""
        return values if form.x == before else [value.rounded(form.x, clips=True) for value in values]

    def sigmoid(self, a: Near) -> Near:
        return a.rounded(self.z_sigmoid).curve(self.f_sigmoid, 0.25, self.step_sigmoid)

    def tanh(self, a: Near) -> Near:
        return a.rounded(self.z_tanh).curve(self.f_tanh, 1.0, self.step_tanh)

    @staticmethod
    def with_x(cell, form, gate: int, x: Near) -> Near:
        """W x + b of a gate."""
        rows = slice(gate * cell.hidden_size, (gate + 1) * cell.hidden_size)
        return x.times(cell.weight_ih[rows], form.weight_ih[gate].ulp).plus(
            cell.bias[rows], 2.0 ** -form.accumulator_frac(gate)
        )

    @staticmethod
    def with_h(cell, form, gate: int, h: Near) -> Near:
        rows = slice(gate * cell.hidden_size, (gate + 1) * cell.hidden_size)
        return h.times(cell.weight_hh[rows], form.weight_hh[gate].ulp)

    def lstm(self, cell, form, x: Near, states: list[Near]) -> list[Near]:
        h, c = states
        a = [self.with_x(cell, form, gate, x) + self.with_h(cell, form, gate, h) for gate in range(4)]
        i, f, g, o = self.sigmoid(a[0]), self.sigmoid(a[1]), self.tanh(a[2]), self.sigmoid(a[3])
        c = (f * c + i * g).rounded(form.c)
        return [(o * self.tanh(c)).rounded(form.h, clips=True), c]

    def gru(self, cell, form, x: Near, states: list[Near]) -> list[Near]:
        (h,) = states
        r, z = (self.sigmoid(self.with_x(cell, form, gate, x) + self.with_h(cell, form, gate, h)) for gate in (0, 1))
        if cell.reset_after:
            p = self.with_h(cell, form, 2, h).plus(cell.bias_hn, 2.0 ** -form.accumulator_frac(2)).rounded(form.p)
            n = self.tanh(self.with_x(cell, form, 2, x) + r * p)
        else:
            n = self.tanh(self.with_x(cell, form, 2, x) + self.with_h(cell, form, 2, (r * h).rounded(form.h)))
        return [n.blend(h, z).rounded(form.h, clips=True)]

    def rnn(self, cell, form, x: Near, states: list[Near]) -> list[Near]:
        a = self.with_x(cell, form, 0, x) + self.with_h(cell, form, 0, states[0])
        return [a.relu().rounded(form.h, clips=True) if cell.activation == "relu" else self.tanh(a)]

    def walk(self, cell, form, steps: list[Near], backward: bool) -> tuple[list[Near], Near]:
        """h by time step, and after the last step walked."""
        self.enter(form)
        initial = np.split(np.tile(cell.initial, (len(steps[0].value), 1)), len(form.state_formats), axis=1)
        states = [
            Near(part, np.zeros(part.shape)).rounded(f, clips=True)
            for part, f in zip(initial, form.state_formats, strict=True)
        ]
        outputs = {}
        for t in reversed(range(len(steps))) if backward else range(len(steps)):
            states = getattr(self, cell.kind)(cell, form, steps[t], states)
            outputs[t] = states[0]
        h = [outputs[t] for t in range(len(steps))]
        self.h[cell.name] = Near.joined([Near(s.value[:, None], s.error[:, None]) for s in h], axis=1)
        return h, states[0]

    def answer(self, x: np.ndarray) -> Near:
        """The answers in the shape of `Network.run`; head "none", and not one-to-many."""
        steps = [Near(x[:, t], np.zeros(x[:, t].shape)).rounded(self.network.input) for t in range(x.shape[1])]
        before = self.network.input
        for layer, quantized in zip(self.net.recurrents, self.network.recurrents, strict=True):
            steps, before = self.taken(steps, before, quantized), quantized.output
            walked = [
                self.walk(cell, form, steps, backward)
                for cell, form, backward in zip(layer.cells, quantized.cells, layer.backwards, strict=True)
            ]
            steps = [Near.joined([h[t] for h, _ in walked], axis=1) for t in range(len(steps))]
        if self.net.mode == "many-to-one":
            final = Near.joined([last for _, last in walked], axis=1)
            return self.dense(final if self.net.reading == "final" else steps[-1])
        return Near.joined([Near(y.value[:, None], y.error[:, None]) for y in map(self.dense, steps)], axis=1)

    def dense(self, value: Near) -> Near:
        before = self.network.recurrents[-1].output
        for layer, form in zip(self.net.denses, self.network.denses, strict=True):
            (value,), before = self.taken([value], before, form), form.output
            value = value.times(layer.weight, form.weight.ulp).plus(layer.bias, 2.0**-form.accumulator_frac)
            value = (value.relu() if layer.activation == "relu" else value).rounded(form.y, clips=True)
        return value
