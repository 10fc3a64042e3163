"""How an engine's lanes are arranged: the fewest cycles that the options allow, then the smallest engine."""

from functools import lru_cache
from itertools import product
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from rnnhw.errors import RnnhwError

from .engine_plan import EnginePlan
from .geometry import Geometry
from .layout import make_layout, outline
from .pace import Arranged, Links, cycles_between_steps, cycles_through
from .passes import ROWS
from .setting import Setting

LONGEST = 8  # steps of a sequence that are looked at


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


def shapes_of(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    """The passes of a chain of layers."""
    return _shapes(outline(layers), tuple(parts), every_step)


@lru_cache(maxsize=256)
def _shapes(layers, parts, every_step: bool) -> tuple[Shape, ...]:
    return tuple(
        Shape(turn.kind, turn.units, tuple(s.length for s in turn.segments), turn.recurrent or every_step)
        for turn in make_layout(layers, parts, Geometry(1), every_step).turns
    )


def feeds_back(network) -> bool:
    """Whether an answer is the next input."""
    return network.mode == "one-to-many" and network.steps > 1


def single_steps(network) -> bool:
    """Whether each sequence is one step, so that no step waits for the state of another."""
    return network.mode == "one-to-one" or (network.mode == "one-to-many" and network.steps == 1)


def sequence_steps(network, hardware) -> float:
    """Steps of the sequences for which an engine is chosen: all of one, as many as can be stored, or without end."""
    if single_steps(network):
        return 1
    return hardware.max_steps if any(layer.kind == "bidirectional" for layer in network.layers) else inf


class Pace(NamedTuple):
    """What an engine is chosen for.

    Parameters
    ----------
    steps : float
        Of a sequence.
    streams : int
    answers : int or None
        If answers are fed back: how many there are to an input; 0 for a part of a chain. Else None.
    """

    steps: float
    streams: int
    answers: int | None

    @classmethod
    def of(cls, plan: EnginePlan) -> "Pace":
        """That of an engine."""
        network, answers = plan.network, None
        if feeds_back(network):
            answers = network.steps if len(plan.layers) == len(network.layers) else 0
        return cls(sequence_steps(network, plan.hardware), plan.hardware.streams, answers)

    def cycles(self, setting: Setting, geometry: Geometry) -> float:
        """Cycles that an engine takes for a step, with nothing in the way at either end: what it is chosen by.

        If answers are fed back, from answer to answer, or, for a part of a chain, from input to output.
        """
        links, size = Links((Arranged(setting, geometry),), self.answers or 0), sum(setting.parts)
        if self.answers == 0:
            return cycles_through(links, size)
        return cycles_between_steps(links, size, self.steps, self.streams, LONGEST)


def step_cycles(plan: EnginePlan) -> float:
    """Cycles that an engine takes for a step (`Pace.cycles`)."""
    return Pace.of(plan).cycles(plan.setting, plan.geometry)


class Arrangements:
    """The ways in which an engine's lanes may be arranged within limits.

    What is considered within some limits is considered within wider ones too, so that a limit turned up never makes
    a step slower.

    Parameters
    ----------
    make : callable
        Geometry -> EnginePlan.
    lanes, columns : int
        Limits.
    pipelines : "auto" or int
    """

    def __init__(self, make, lanes: int, columns: int, pipelines):
        self.make = make
        plan = make(Geometry(1))
        self._case = plan.setting, Pace.of(plan), lanes, columns, pipelines

    @property
    def least(self) -> dict[Geometry, float]:
        """For each arrangement the cycles that it takes at least."""
        return _least(*self._case)

    def cycles(self, geometry: Geometry) -> float:
        """What `step_cycles` says of an arrangement; of long sequences it may say too little."""
        setting, pace = self._case[:2]
        return max(self.least[geometry], pace.cycles(setting, geometry))

    def fewest(self) -> float:
        """Cycles of the fastest one."""
        fewest = inf
        for geometry in sorted(self.least, key=lambda g: (self.least[g], size(g))):
            if self.least[geometry] >= fewest:
                break
            fewest = min(fewest, self.cycles(geometry))
        return fewest

    def smallest(self, cycles: float, multipliers: float = inf) -> Geometry | None:
        """The smallest one that takes at most so many cycles and multipliers."""
        for geometry in _by_size(*self._case):
            if size(geometry)[0] > multipliers:
                return None
            if self.least[geometry] <= cycles and self.cycles(geometry) <= cycles:
                return geometry
        return None

    def best(self) -> Geometry:
        """The fastest one, and the smallest of those."""
        if self._case not in _BEST:
            if len(_BEST) >= KNOWN:
                _BEST.clear()
            _BEST[self._case] = self.smallest(self.fewest())
        return _BEST[self._case]


KNOWN = 8192  # choices that are remembered
_BEST: dict[tuple, Geometry] = {}


def choose(arrangements: Arrangements) -> EnginePlan:
    """The fastest engine, and the smallest one of those."""
    return arrangements.make(arrangements.best())


def size(geometry: Geometry) -> tuple[int, int, int]:
    """Multipliers, pipelines and lanes: what an arrangement is compared by."""
    return geometry.lanes * geometry.pipelines * geometry.columns, geometry.pipelines, geometry.lanes


@lru_cache(maxsize=512)
def _by_size(*case) -> tuple[Geometry, ...]:
    return tuple(sorted(_least(*case), key=size))


@lru_cache(maxsize=512)
def _least(setting: Setting, pace: Pace, lanes: int, columns: int, pipelines) -> MappingProxyType:
    """Cycles that a step takes at least, for every arrangement within the limits.

    Every one that differs in its row groups or column words, with the fewest lanes.
    """
    shapes = _shapes(setting.layers, setting.parts, setting.every_step)
    tokens = pace.streams * (1 + 1 / (pace.steps - 1) if pace.steps > 1 else inf)
    answer = setting.layers[-1][0].units if len(setting.layers[-1]) == 1 else sum(m.units for m in setting.layers[-1])
    elements = max(sum(setting.parts), answer * setting.every_step)  # in or out, one a cycle
    units = max(shape.units for shape in shapes)
    counts = _distinct(min(lanes, units), [units]) if pipelines == "auto" else [pipelines]
    widths = _distinct(columns, {length for shape in shapes for length in shape.lengths})
    found = {}
    for width, count in product(widths, counts):
        if count % width and width % count:
            continue
        timing = setting.timing(width)
        bound = _Bound(shapes, count, width, timing.capture + timing.result + 1, tokens)
        for each in _distinct(lanes // count, bound.rows):
            found[Geometry(each, count, width)] = max(elements, bound.cycles(each))
    return MappingProxyType(found)


class _Bound:
    """Cycles that a step takes at least: those of the front, those of the drain, and of the longest way round.

    A cell's way round goes from the last column word of its first group, which needs the whole state, over its last
    group and the drain of that group's rows back into the state. It may take as long as `steps` steps.
    """

    def __init__(self, shapes, pipelines: int, columns: int, back: int, steps: float):
        self.back, self.steps = back, steps  # back: from the last row's capture to the state
        self.rows, self.drain, self.steady = [], 0, []
        for shape in shapes:
            rounds = -(-shape.units // pipelines)
            rows = rounds * shape.gates
            self.rows.append(rows)
            if shape.steady:
                words = sum([-(-length // columns) for length in shape.lengths])
                self.drain += rows + rounds * (shape.kind in ("lstm", "gru"))
                self.steady.append((rows, words, shape.kind in ("lstm", "gru", "rnn", "relu")))

    def cycles(self, lanes: int) -> float:
        """With so many lanes behind each pipeline."""
        front = around = 0
        for rows, words, returns in self.steady:
            before = -(-rows // lanes) - 1
            front += before * words + words
            if returns:
                around = max(around, before * words + rows - before * lanes)
        return max(front, self.drain, (around + self.back if around else 0) / self.steps)


def _distinct(limit: int, values) -> list[int]:
    """The smallest of 1 .. limit for each outcome of dividing the values by it, rounded up."""
    found, number = [], 1
    while number <= limit:
        found.append(number)
        quotients = [(value, -(-value // number)) for value in values]
        number = min([-(-value // (quotient - 1)) for value, quotient in quotients if quotient > 1], default=limit + 1)
    return found


def check_limits(name: str, shapes, lanes: int, columns: int, pipelines) -> None:
    """Refuse what cannot be used, with what can.

    Raises
    ------
    RnnhwError
    """
    rows = max(shape.gates * shape.units for shape in shapes)
    longest = max(length for shape in shapes for length in shape.lengths)
    units = max(shape.units for shape in shapes)
    where = f" of {name}" if name else ""
    if lanes > rows:
        raise RnnhwError(f"lanes{where} must be in 1..{rows} (rows of its largest matrix), not {lanes}")
    if columns > longest:
        raise RnnhwError(
            f"columns_per_cycle{where} must be in 1..{longest} (elements of its longest vector), not {columns}"
        )
    if pipelines != "auto" and not 1 <= pipelines <= min(lanes, units):
        raise RnnhwError(f"pipelines{where} must be in 1..{min(lanes, units)} (lanes, units), not {pipelines}")
