"""The quantised network once more: one sequence, one unit, one Python integer at a time.

Written from the equations of docs/arithmetic.md, with rounding in fractions. Of the code under test it
uses the formats, the raw weights and the table's two functions only.
"""

from fractions import Fraction
from functools import lru_cache

from rnnhw.fixedpoint import build_table
from tests.fixedpoint.truth import bounded, limits, rounded

from .slow_cells import STEPS, value


class SlowModel:
    """A network that answers one sequence at a time, and keeps all on the way.

    Parameters
    ----------
    network : QuantizedNetwork

    Attributes
    ----------
    signals : dict
        ``signals[layer, name][step]`` is a list of raw integers, one a unit.
    clipped : dict
        ``(layer, point)`` to the number of clipped values.
    """

    def __init__(self, network):
        self.network = network
        self.clipped, self.signals = {}, {}
        self._tables = {}

    def enter(self, layer) -> None:
        """Work with the widths of a layer (or cell): all of them follow from that of its x."""
        self.bits = layer.x.width
        top = 2 ** (self.bits + (1 if self.bits < 12 else 2)) - 1  # the formats of docs/arithmetic.md
        self.z_frac, self.z_limits = self.bits - 2, (-top, top)  # of the sigmoid; tanh has one bit more
        if self.bits not in self._tables:
            curves = {"sigmoid": self.network.sigmoid, "tanh": self.network.tanh}
            table = build_table(self.network.config.table, self.bits, **curves)
            functions = (lambda z: int(table.sigmoid(z))), (lambda z: int(table.tanh(z)))
            self._tables[self.bits] = [lru_cache(maxsize=None)(function) for function in functions]
        self.sigmoid, self.tanh = self._tables[self.bits]

    def take(self, layer, before, step: int, vector) -> list[int]:
        """What the layer before gives, in this layer's format of x."""
        if layer.x == before:
            return vector
        bounds, taken = limits(layer.x.width, True), []
        for number in vector:
            exact = value(number, before.frac)
            taken.append(self.requantize((layer.name, "x"), exact, layer.x.frac, bounds, "y"))
            self.note(layer.name, "x", step, taken[-1])
        return taken

    def requantize(self, where, number: Fraction, frac: int, allowed, role: str) -> int:
        """Round a value to `frac` fraction bits by its role's mode, saturate, count what is clipped."""
        whole = rounded(number * Fraction(2) ** frac, self.network.config.rounding[role])
        result = bounded(whole, *allowed, "saturate")
        self.clipped[where] = self.clipped.get(where, 0) + (result != whole)
        return result

    def note(self, layer: str, name: str, step: int, raw: int) -> None:
        self.signals.setdefault((layer, name), {}).setdefault(step, []).append(raw)

    def dense(self, layer, step: int, x) -> list[int]:
        """Outputs of a dense layer."""
        frac, outputs = layer.x.frac + layer.weight.frac, []
        for row, bias in zip(layer.weight_raw.tolist(), layer.bias_raw.tolist(), strict=True):
            total = bias + sum(weight * number for weight, number in zip(row, x, strict=True))
            y = self.requantize((layer.name, "y"), value(total, frac), layer.y.frac, limits(layer.y.width, True), "y")
            outputs.append(max(y, 0) if layer.relu else y)
            self.note(layer.name, "a", step, total)
            self.note(layer.name, "y", step, outputs[-1])
        return outputs

    def walk(self, cell, sequence, state, steps):
        """h after each of the steps, in a dict by step, and the last state."""
        outputs = {}
        self.enter(cell)
        for step in steps:
            state = STEPS[cell.kind](self, cell, step, sequence[step], state)
            outputs[step] = state[0]
        return outputs, state

    def recur(self, sequence: dict, states: list):
        """All recurrent layers over a sequence (a dict by step).

        Returns the outputs by step, the last layer's final reading and the states (a list a cell).
        """
        after, before = [], self.network.layers[0].x
        for layer in self.network.recurrents:
            sequence = {step: self.take(layer, before, step, sequence[step]) for step in sorted(sequence)}
            before = layer.output
            outputs, final, steps = {step: [] for step in sequence}, [], sorted(sequence)
            for cell, backward in zip(layer.cells, layer.backwards, strict=True):
                order = steps[::-1] if backward else steps
                h, state = self.walk(cell, sequence, states[len(after)], order)
                after.append(state)
                final = final + state[0]
                outputs = {step: outputs[step] + h[step] for step in steps}
            sequence = outputs
        return sequence, final, after

    def head(self, y) -> list[int]:
        assert self.network.head in ("none", "argmax")
        if self.network.head == "none":
            return y
        best = 0
        for index, number in enumerate(y):
            best = index if number > y[best] else best
        return [best]

    def answers(self, sequence, state=None):
        """The answers to one sequence of raw inputs, one a step or the only one, and its final state, flat."""
        network = self.network
        flat = list(network.initial_raw.tolist() if state is None else state)
        states = []
        for cell in network.cells:
            parts = len(cell.state_formats)
            states.append([[flat.pop(0) for _ in range(cell.hidden_size)] for _ in range(parts)])
        assert not flat
        if network.mode == "one-to-many":
            answers, states = self._fed_back(sequence, states)
        else:
            outputs, final, states = self.recur(dict(enumerate(sequence)), states)
            if network.mode == "many-to-one":
                last = len(sequence) - 1
                outputs = {last: final if network.reading == "final" else outputs[last]}
            answers = [self.head(self._denses(step, outputs[step])) for step in sorted(outputs)]
        return answers, [number for state in states for part in state for number in part]

    def _denses(self, step: int, x):
        before = self.network.recurrents[-1].output
        for layer in self.network.denses:
            x = self.dense(layer, step, self.take(layer, before, step, x))
            before = layer.output
        return x

    def _fed_back(self, sequence, states):
        (x,), answers = sequence, []
        form, source = self.network.layers[0].x, self.network.layers[-1].output.frac
        for step in range(self.network.steps):
            outputs, _, states = self.recur({step: x}, states)
            answers.append(self._denses(step, outputs[step]))
            if step < self.network.steps - 1:
                bounds = limits(form.width, True)
                x = [self.requantize(("input", "x"), value(y, source), form.frac, bounds, "y") for y in answers[-1]]
        return answers, states
