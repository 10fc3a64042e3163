"""The ways in which an engine's lanes may be arranged, with the cycles that each takes at least."""

from functools import lru_cache
from itertools import product
from math import inf
from typing import NamedTuple

from .geometry import Geometry
from .layout import make_layout, outline
from .passes import ROWS
from .setting import Setting


class Shape(NamedTuple):
    """What a pass costs: its kind, units, lengths of its segments, and whether each step runs it."""

    kind: str
    units: int
    lengths: tuple[int, ...]
    steady: bool

    @property
    def gates(self) -> int:
        """Rows of a unit."""
        return len(ROWS[self.kind])


class Candidate(NamedTuple):
    """An arrangement: the fewest cycles that it may take, its size (`size`) and what it is."""

    least: float
    size: tuple[int, int, int]
    geometry: Geometry


def size(geometry: Geometry) -> tuple[int, int, int]:
    """Multipliers, pipelines and lanes: what an arrangement is compared by."""
    lanes, pipelines, columns = geometry
    return lanes * pipelines * columns, pipelines, lanes


def shapes_of(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    """The passes of a chain of layers."""
    return _shapes(outline(layers), tuple(parts), every_step)


def candidates(setting: Setting, tokens: float, lanes: int, columns: int, pipelines) -> list[Candidate]:
    """Every arrangement within limits that differs in its row groups or column words, with the fewest lanes.

    What is considered within some limits is considered within wider ones too.

    Parameters
    ----------
    setting : Setting
    tokens : float
        Steps that may be under way in a cell, on the average.
    lanes, columns : int
        The most.
    pipelines : "auto" or int
    """
    shapes = _shapes(setting.layers, setting.parts, setting.every_step)
    units = max([shape.units for shape in shapes])
    counts = _distinct(min(lanes, units), (units,)) if pipelines == "auto" else (pipelines,)
    widths = _distinct(columns, tuple({length for shape in shapes for length in shape.lengths}))
    found = []
    for width, count in product(widths, counts):
        if count % width == 0 or width % count == 0:
            limit = lanes // count
            branch = _branch(setting, tokens, count, width, _rounded(limit))
            found += [item for item in branch if item.geometry.lanes <= limit]
    return found


@lru_cache(maxsize=256)
def _shapes(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    return tuple(
        Shape(turn.kind, turn.units, tuple([s.length for s in turn.segments]), turn.recurrent or every_step)
        for turn in make_layout(layers, parts, Geometry(1), every_step).turns
    )


@lru_cache(maxsize=4096)
def _branch(setting: Setting, tokens: float, pipelines: int, columns: int, limit: int) -> tuple[Candidate, ...]:
    """The candidates with so many pipelines and columns and at most so many lanes a pipeline.

    A step takes at least the cycles of the front, those of the drain, and those of the longest way round. A cell's way
    round goes from the last column word of its first group, which needs the whole state, over its last group and the
    drain of that group's rows back into the state. It may take as long as `tokens` steps.
    """
    every, steady, drain = [], [], 0
    timing = setting.timing(columns)
    back = timing.capture + timing.result + 1  # from the last group's columns and rows to the state
    for shape in _shapes(setting.layers, setting.parts, setting.every_step):
        rounds = -(-shape.units // pipelines)
        rows = rounds * shape.gates
        every.append(rows)
        if shape.steady:
            words = sum([-(-length // columns) for length in shape.lengths])
            drain += rows + rounds * (shape.kind in ("lstm", "gru"))
            steady.append((rows, words, back if shape.kind in ("lstm", "gru", "rnn", "relu") else -inf))
    answer = sum([member.units for member in setting.layers[-1]]) * setting.every_step
    fewest = max(drain, sum(setting.parts), answer)  # elements come and go one a cycle
    found = []
    for lanes in _distinct(limit, tuple(every)):
        front = around = 0
        for rows, words, behind in steady:
            before = (rows - 1) // lanes  # groups but the last
            front += before * words + words
            around = max(around, before * (words - lanes) + rows + behind)
        geometry = Geometry(lanes, pipelines, columns)
        found.append(Candidate(max(fewest, front, around / tokens), size(geometry), geometry))
    return tuple(found)


def _rounded(limit: int) -> int:
    """The power of two that is not below, so that limits have their branches in common."""
    return 1 << (limit - 1).bit_length() if limit else 0


def _distinct(limit: int, values: tuple[int, ...]) -> list[int]:
    """The smallest of 1 .. limit for each outcome of dividing the values by it, rounded up."""
    every = _steps(_rounded(limit), values)
    return [number for number in every if number <= limit]


@lru_cache(maxsize=1024)
def _steps(limit: int, values: tuple[int, ...]) -> tuple[int, ...]:
    found, number = [], 1
    while number <= limit:
        found.append(number)
        quotients = [(value, (value - 1) // number) for value in values]
        number = min([(value - 1) // less + 1 for value, less in quotients if less], default=limit + 1)
    return tuple(found)
