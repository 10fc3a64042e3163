"""The ways in which an engine's lanes may be arranged, with the cycles that each takes at least."""

from functools import lru_cache
from itertools import pairwise, product
from math import inf
from typing import NamedTuple

from .engine_schedule import ANSWERS
from .geometry import Geometry
from .layout import make_layout, outline
from .pace import Pace
from .passes import ROWS
from .setting import Setting
from .timing import OUTPUT


class Shape(NamedTuple):
    """What a pass costs.

    Parameters
    ----------
    kind : str
    units : int
    lengths : tuple of int
        Of its segments.
    steady : bool
        Whether each step runs it.
    follows : bool
        Whether the last thing that it reads are the results of the pass before it.
    """

    kind: str
    units: int
    lengths: tuple[int, ...]
    steady: bool
    follows: bool

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


def candidates(setting: Setting, pace: Pace, lanes: int, columns: int, pipelines) -> list[Candidate]:
    """Every arrangement within limits that differs in its row groups or column words, with the fewest lanes.

    What is considered within some limits is considered within wider ones too.

    Parameters
    ----------
    setting : Setting
    pace : Pace
        What is wanted of it.
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
            branch = _branch(setting, pace, count, width, _rounded(limit))
            found += [item for item in branch if item.geometry.lanes <= limit]
    return found


@lru_cache(maxsize=256)
def _shapes(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    return tuple(
        Shape(
            turn.kind,
            turn.units,
            tuple([s.length for s in turn.segments]),
            turn.recurrent or every_step,
            turn.segments[-1].source == "h" and not turn.segments[-1].old and not turn.segments[-1].slack,
        )
        for turn in make_layout(layers, parts, Geometry(1), every_step).turns
    )


@lru_cache(maxsize=4096)
def _branch(setting: Setting, pace: Pace, pipelines: int, columns: int, limit: int) -> tuple[Candidate, ...]:
    """The candidates with so many pipelines and columns and at most so many lanes a pipeline."""
    bound = _Bound(setting, pace, pipelines, columns)
    found = []
    for lanes in _distinct(limit, tuple(bound.rows)):
        geometry = Geometry(lanes, pipelines, columns)
        found.append(Candidate(bound.cycles(lanes), size(geometry), geometry))
    return tuple(found)


class _Bound:
    """Cycles that a step takes at least: those of the drain, those of the front, and those of the ways round.

    A cell's way round goes from the last column word of its first group, which needs the whole state, over its last
    group and the drain of that group's rows back into the state. It may take as long as `Pace.tokens` steps. A pass
    that reads the results of the one before it waits in the same way, and so does the first one if answers come back.
    An answer does not begin to be made before the last but one has left.
    """

    def __init__(self, setting: Setting, pace: Pace, pipelines: int, columns: int):
        self.tokens, timing = pace.tokens, setting.timing(columns)
        answer = sum([member.units for member in setting.layers[-1]]) * setting.every_step
        drain, self.rows, steady, back = 0, [], [], 0
        for shape in _shapes(setting.layers, setting.parts, setting.every_step):
            units, rounds = shape.units, -(-shape.units // pipelines)
            rows = rounds * shape.gates
            self.rows.append(rows)
            if shape.steady:
                drain += rows + rounds * (shape.kind in ("lstm", "gru"))
                words = sum([-(-length // columns) for length in shape.lengths])
                follows = back if shape.follows else -inf
                back = (
                    timing.capture + timing.written(shape.kind) + 1
                )  # from the last row's capture till it can be read
                own = back if shape.kind in ("lstm", "gru", "rnn", "relu") else -inf
                steady.append((rows, words, own, follows))
        self.fewest = max(drain, sum(setting.parts), answer)  # elements come and go one a cycle
        exact = pace.steps in (1, inf)  # else some sequences are extrapolated, and no bound may be closer than that
        left = (
            back + OUTPUT + units - (rounds - 1) * pipelines - 1
        )  # from the last row's capture till the answer is out
        self.answer = left if setting.every_step and exact else -inf
        self.passes = [
            (rows, words, own, ahead, follows if exact else -inf)
            for (rows, words, own, _), (_, ahead, _, follows) in pairwise(steady)
        ]
        rows, words, own, _ = steady[-1]
        ahead, back = steady[0][1], -inf
        if pace.answers is not None:  # the last element of an answer is the next input's
            back = left
        if pace.answers == 0:
            ahead, back = 0, left + sum(setting.parts) - 1
        self.passes.append((rows, words, own, ahead, back))

    def cycles(self, lanes: int) -> float:
        """With so many lanes behind each pipeline."""
        front = around = 0
        for rows, words, own, ahead, back in self.passes:
            before = (rows - 1) // lanes  # groups but the last
            drained = rows - before * lanes
            front += before * words + max(ahead, drained + back)
            around = max(around, before * words + drained + own)
        answer = before * words + drained + self.answer
        return max(self.fewest, front, around / self.tokens, answer / ANSWERS)


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
