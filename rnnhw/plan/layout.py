"""The order of an engine's passes: which vectors they read and write, and where those stand. No values here."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .geometry import Geometry
from .passes import Segment, Turn


class Member(NamedTuple):
    """A cell or a dense layer: the kinds of its passes, and its units."""

    kinds: tuple[str, ...]
    units: int


class Vector(NamedTuple):
    """What a pass writes, or a part of the input.

    Parameters
    ----------
    source : str
        "x" or "h".
    length : int
    base : (int, int)
        Word address in bank 0 and in bank 1 (equal for what has one bank).
    producer : int or None
        Number of the pass that writes it.
    start : int
        Input: element of the step with which it begins.
    """

    source: str
    length: int
    base: tuple[int, int]
    producer: int | None = None
    start: int = 0


@dataclass(frozen=True, eq=False)
class Layout:
    """Turns and state memory of an engine.

    Parameters
    ----------
    turns : tuple of Turn
        In the order of a step.
    outputs : tuple of (int, int)
        For each turn: word address of its results in bank 0 and bank 1 (inner dense outputs and s: the same twice).
    bank_words : int
        Words of one bank of all hidden states.
    words : int
        Words of the state memory, of each stream.
    every_step : bool
        Whether dense passes run in every step, or only in a sequence's last one.
    """

    turns: tuple[Turn, ...]
    outputs: tuple[tuple[int, int], ...]
    bank_words: int
    words: int
    every_step: bool


def outline(layers) -> tuple[tuple[Member, ...], ...]:
    """The members of each layer: one, or the two cells of a bidirectional layer."""
    return tuple(
        (Member(("dense",), layer.output_size),)
        if layer.kind == "dense"
        else tuple(Member(kinds_of(cell), cell.hidden_size) for cell in layer.cells)
        for layer in layers
    )


def kinds_of(cell) -> tuple[str, ...]:
    """Kinds of the passes of a cell."""
    if cell.kind == "gru" and not cell.reset_after:
        return "reset", "candidate"
    if cell.kind == "rnn":
        return ("relu" if cell.activation == "relu" else "rnn",)
    return (cell.kind,)


class _Builder:
    """Collects the turns of a chain of layers."""

    def __init__(self, parts, geometry: Geometry, every_step: bool):
        self.geometry, self.every_step = geometry, every_step
        self.turns: list[Turn] = []
        self.outputs: list[tuple[int, int]] = []
        word = start = 0
        self.inputs = []
        for length in parts:
            self.inputs.append(Vector("x", length, (word, word), start=start))
            word, start = word + geometry.words(length), start + length

    def address(self, layers) -> None:
        """Reserve the banks of all hidden states."""
        self.states, word = [], 0
        for member in (member for layer in layers for member in layer if member.kinds != ("dense",)):
            self.states.append(word)
            word += -(-member.units // self.geometry.word)
        self.bank_words, self.free = word, 2 * word
        self.states.reverse()

    def single(self, length: int) -> tuple[int, int]:
        """Reserve a vector of one bank."""
        base, self.free = self.free, self.free + -(-length // self.geometry.word)
        return base, base

    def recurrent(self, member: Member, vector: Vector) -> Vector:
        """A cell's turn or turns; returns its hidden state."""
        base = self.states.pop()
        state = (base, self.bank_words + base)
        old = Segment("h", member.units, 0, 0, (self.bank_words + base, base), old=True)
        read = self._segment(vector)
        # what is newest comes last
        segments = (read, old) if vector.source == "x" else (old, read)
        if len(member.kinds) == 1:
            return self._add(member.kinds[0], member.units, segments, state)
        s = self._add("reset", member.units, segments, self.single(member.units))
        return self._add("candidate", member.units, (self._segment(vector), self._segment(s)), state)

    def dense(self, member: Member, inputs: list[Vector], inner: bool) -> Vector:
        """A dense layer's turn; returns its output."""
        base = self.single(member.units) if inner else (0, 0)
        return self._add("dense", member.units, tuple(self._segment(vector) for vector in inputs), base)

    def _add(self, kind: str, units: int, segments, base: tuple[int, int]) -> Vector:
        self.turns.append(Turn(kind, units, segments, self.geometry))
        self.outputs.append(base)
        return Vector("h", units, base, len(self.turns) - 1)

    def _segment(self, vector: Vector) -> Segment:
        if vector.source == "x":
            return Segment("x", vector.length, 0, vector.start, vector.base)
        between = self.turns[vector.producer + 1 :]
        slack = sum([item.rounds for item in between])
        return Segment("h", vector.length, 0, 0, vector.base, self.geometry.rounds(vector.length), slack)

    def finish(self, answer: list[Vector]) -> Layout:
        """Fill in what depends on the whole step."""
        final = {vector.producer for vector in answer}
        rounds = [item.rounds for item in self.turns]
        whole = sum(r for r, item in zip(rounds, self.turns, strict=True) if item.recurrent or self.every_step)
        last_x = max(n for n, item in enumerate(self.turns) if any(s.source == "x" for s in item.segments))
        turns, before = [], 0
        for number, item in enumerate(self.turns):
            own = number + (item.kind == "reset")  # the one that writes the state which this one reads
            after = whole - sum(rounds[: own + 1])
            segments = [
                s._replace(rounds=self.geometry.rounds(s.length), slack=after + before) if s.old else s
                for s in item.segments
            ]
            if number == last_x:
                at = max(at for at, s in enumerate(segments) if s.source == "x")
                segments[at] = segments[at]._replace(releases=True)
            turns.append(Turn(item.kind, item.units, tuple(segments), self.geometry, number in final))
            before += rounds[number]
        return Layout(tuple(turns), tuple(self.outputs), self.bank_words, self.free, self.every_step)


@lru_cache(maxsize=1024)
def make_layout(layers, parts: tuple[int, ...], geometry: Geometry, every_step: bool) -> Layout:
    """The turns of an engine.

    Parameters
    ----------
    layers : tuple of tuple of Member
        As from `outline`. A bidirectional layer may only stand first, with nothing but dense layers behind it.
    parts : tuple of int
        Elements of the parts of a job: the input, or for a bidirectional layer the step from the front and
        that from the back.
    geometry : Geometry
    every_step : bool
        Whether every job answers, or only a sequence's last one.
    """
    builder = _Builder(parts, geometry, every_step)
    builder.address(layers)
    vectors = builder.inputs
    for number, layer in enumerate(layers):
        if layer[0].kinds == ("dense",):
            vectors = [builder.dense(layer[0], vectors, number < len(layers) - 1)]
        else:
            vectors = [builder.recurrent(member, part) for member, part in zip(layer, vectors, strict=True)]
    return builder.finish(vectors)
