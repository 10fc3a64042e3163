"""The passes of an engine: which vectors its layers read and write, in which order, and where they stand."""

from dataclasses import dataclass, replace

import numpy as np

from rnnhw.fixedpoint import fold_rounding

from .geometry import Geometry
from .passes import ROWS, Pass, Segment


@dataclass(frozen=True)
class Vector:
    """What a pass writes, or a part of the input.

    Parameters
    ----------
    source : str
        "x" or "h".
    length : int
    base : (int, int)
        Word address in bank 0 and in bank 1 (equal for what has one bank).
    start : int
        Input: element of the step with which it begins.
    producer : int or None
        Number of the pass that writes it.
    """

    source: str
    length: int
    base: tuple[int, int]
    producer: int | None = None
    start: int = 0


@dataclass(frozen=True)
class EnginePasses:
    """Passes and state memory of an engine.

    Parameters
    ----------
    passes : tuple of Pass
        In the order of a step.
    outputs : tuple of (int, int)
        For each pass: word address of its results in bank 0 and bank 1 (inner dense outputs and s: the same twice).
    bank_words : int
        Words of one bank of all hidden states.
    words : int
        Words of the state memory, of each stream.
    every_step : bool
        Whether dense passes run in every step, or only in a sequence's last one.
    """

    passes: tuple[Pass, ...]
    outputs: tuple[tuple[int, int], ...]
    bank_words: int
    words: int
    every_step: bool


class _Builder:
    """Collects the passes of a chain of layers."""

    def __init__(self, network, parts, geometry: Geometry, every_step: bool):
        self.network, self.geometry, self.every_step = network, geometry, every_step
        self.passes: list[Pass] = []
        self.outputs: list[tuple[int, int]] = []
        word = start = 0
        self.inputs = []
        for length in parts:
            self.inputs.append(Vector("x", length, (word, word), start=start))
            word, start = word + geometry.words(length), start + length

    def address(self, layers) -> tuple[int, int]:
        """Reserve the banks of all hidden states; returns words of a bank and of all."""
        self.states, word = {}, 0
        for cell in (cell for layer in layers if layer.kind != "dense" for cell in layer.cells):
            self.states[cell.name] = word
            word += -(-cell.hidden_size // self.geometry.word)
        self.bank_words, self.free = word, 2 * word

    def single(self, length: int) -> tuple[int, int]:
        """Reserve a vector of one bank."""
        base, self.free = self.free, self.free + -(-length // self.geometry.word)
        return base, base

    def recurrent(self, cell, inputs: list[Vector]) -> Vector:
        """A cell's pass or passes; returns its hidden state."""
        base = self.states[cell.name]
        x_shift, h_shift = cell.shifts
        old = Segment("h", cell.hidden_size, h_shift, 0, (self.bank_words + base, base), old=True)
        from_x = inputs[0].source == "x"

        def order(second):
            """Input and state columns in the order of use: what is newest comes last."""
            reads = [self._segment(vector, x_shift) for vector in inputs]
            return ((*reads, second), (0, 1)) if from_x or not second.old else ((second, *reads), (1, 0))

        if cell.kind == "gru" and not cell.reset_after:
            s_base = self.single(cell.hidden_size)
            self._add(cell, "reset", *order(old), s_base)
            s = self._segment(Vector("h", cell.hidden_size, s_base, len(self.passes) - 1), h_shift)
            self._add(cell, "candidate", *order(s), (base, self.bank_words + base))
        else:
            kind = cell.activation if cell.kind == "rnn" else cell.kind
            self._add(cell, {"tanh": "rnn"}.get(kind, kind), *order(old), (base, self.bank_words + base))
        state = (base, self.bank_words + base)
        return Vector("h", cell.hidden_size, state, len(self.passes) - 1)

    def dense(self, layer, inputs: list[Vector], inner: bool) -> Vector:
        """A dense layer's pass; returns its output."""
        base = self.single(layer.output_size) if inner else (0, 0)
        segments = tuple(self._segment(vector, 0) for vector in inputs)
        shift = layer.accumulator_frac - layer.y.frac
        bias = layer.bias_raw + fold_rounding(shift, self.network.config.rounding["y"])[0]
        weights = layer.weight_raw[:, None, :]
        self.passes.append(
            Pass(layer.name, layer, "dense", segments, weights, bias[:, None], None, (shift,), self.geometry)
        )
        self.outputs.append(base)
        return Vector("h", layer.output_size, base, len(self.passes) - 1)

    def _segment(self, vector: Vector, shift: int) -> Segment:
        if vector.source == "x":
            return Segment("x", vector.length, shift, vector.start, vector.base)
        between = self.passes[vector.producer + 1 :]
        return Segment(
            "h",
            vector.length,
            shift,
            0,
            vector.base,
            self.geometry.rounds(vector.length),
            sum(item.rounds for item in between),
        )

    def _add(self, cell, kind: str, segments, parts, base) -> None:
        matrices = (cell.weight_ih_raw, cell.weight_hh_raw)
        rows = [cell.gates.index(gate) if len(cell.gates) > 1 else 0 for gate in ROWS[kind]]
        columns = np.concatenate([_by_unit(matrices[part], cell.hidden_size, rows) for part in parts], axis=2)
        shifts, constants = self._shifts(cell, kind, rows)
        bias, second = _by_unit(cell.bias_raw[:, None], cell.hidden_size, rows)[:, :, 0], None
        if kind == "gru":
            second = bias[:, -1].copy()
            bias = bias.copy()
            bias[:, -1] = cell.bias_hn_raw
        self.passes.append(
            Pass(cell.name, cell, kind, segments, columns, bias + constants, second, shifts, self.geometry)
        )
        self.outputs.append(base)

    def _shifts(self, cell, kind: str, rows):
        """Right shift and rounding constant of each row."""
        z_sigmoid, z_tanh = self.network.preactivations
        rounding, shifts, constants = self.network.config.rounding, [], []
        for gate, row in zip(ROWS[kind], rows, strict=True):
            target, role = (z_tanh if gate in "gna" else z_sigmoid), "z"
            if kind == "relu":
                target, role = cell.h, "h"
            elif kind == "gru" and gate == "n":
                target, role = cell.p, "c"
            shifts.append(cell.accumulator_frac(row) - target.frac)
            constants.append(fold_rounding(shifts[-1], rounding[role])[0])
        return tuple(shifts), np.array(constants)

    def finish(self, answer: list[Vector]) -> EnginePasses:
        """Fill in what depends on the whole step."""
        final = {vector.producer for vector in answer}
        dense = sum(item.rounds for item in self.passes if not item.recurrent) if self.every_step else 0
        recurrent = sum(item.rounds for item in self.passes if item.recurrent)
        last_x = max(n for n, p in enumerate(self.passes) if any(s.source == "x" for s in p.segments))
        passes = []
        for number, item in enumerate(self.passes):
            before = sum(p.rounds for p in self.passes[:number])
            own = next((n for n in (number, number + 1) if self._writes_state(n, item)), number)
            after = recurrent + dense - sum(p.rounds for p in self.passes[: own + 1])
            x_segments = [n for n, s in enumerate(item.segments) if s.source == "x"]
            segments = []
            for at, segment in enumerate(item.segments):
                if segment.old:
                    rounds = self.geometry.rounds(segment.length)
                    segment = replace(segment, rounds=rounds, slack=after + before)
                segments.append(replace(segment, releases=number == last_x and at == x_segments[-1]))
            passes.append(replace(item, segments=tuple(segments), final=number in final))
        return EnginePasses(tuple(passes), tuple(self.outputs), self.bank_words, self.free, self.every_step)

    def _writes_state(self, number: int, item: Pass) -> bool:
        other = self.passes[number] if number < len(self.passes) else None
        return other is not None and other.name == item.name and other.kind != "reset"


def make_passes(network, layers, parts, geometry: Geometry, every_step: bool) -> EnginePasses:
    """The passes of an engine that runs consecutive layers of a network.

    Parameters
    ----------
    network : QuantizedNetwork
        Whose formats and rounding are used.
    layers : tuple
        A Bidirectional layer may only stand first, with nothing but dense layers behind it.
    parts : tuple of int
        Elements of the parts of a job: the input, or for a Bidirectional layer the step from the front and
        that from the back.
    geometry : Geometry
    every_step : bool
        Whether every job answers, or only a sequence's last one.
    """
    builder = _Builder(network, parts, geometry, every_step)
    builder.address(layers)
    inputs = builder.inputs
    for layer in layers:
        if layer.kind == "dense":
            inputs = [builder.dense(layer, inputs, layer is not layers[-1])]
        elif layer.kind == "bidirectional":
            pairs = zip(layer.cells, inputs, strict=True)
            inputs = [builder.recurrent(cell, [part]) for cell, part in pairs]
        else:
            inputs = [builder.recurrent(layer, inputs)]
    return builder.finish(inputs)


def _by_unit(by_gate: np.ndarray, hidden: int, rows) -> np.ndarray:
    """(gates * hidden, n) -> (hidden, len(rows), n), the rows of each unit in order."""
    blocks = by_gate.reshape(-1, hidden, by_gate.shape[1])[list(rows)]
    return np.ascontiguousarray(blocks.transpose(1, 0, 2))
