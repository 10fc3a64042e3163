"""How an engine's lanes are arranged: the fewest cycles that the options allow, then the smallest engine."""

from functools import cached_property
from math import inf
from typing import NamedTuple

from rnnhw.errors import RnnhwError

from .candidates import Candidate, candidates, shapes_of, size
from .engine_plan import EnginePlan
from .geometry import Geometry
from .pace import Arranged, Links, cycles_between_steps, cycles_through
from .setting import Setting

__all__ = ["Arrangements", "Pace", "check_limits", "choose", "feeds_back", "sequence_steps", "shapes_of", "size"]

LONGEST = 8  # steps of a sequence that are looked at
KNOWN = 8192  # choices that are remembered


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

    @property
    def tokens(self) -> float:
        """Steps that may be under way in a cell, on the average: streams take turns, and sequences follow each other."""
        return self.streams * (1 + 1 / (self.steps - 1) if self.steps > 1 else inf)

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
    engine : EnginePlan
        With any arrangement of its lanes.
    lanes, columns : int
        Limits.
    pipelines : "auto" or int
    """

    def __init__(self, engine: EnginePlan, lanes: int, columns: int, pipelines):
        self.make, self.limits = engine.arranged, (lanes, columns, pipelines)
        self.setting, self.pace = engine.setting, Pace.of(engine)

    @cached_property
    def _by_size(self) -> list[Candidate]:
        """All of them, the smallest first."""
        return sorted(candidates(self.setting, self.pace.tokens, *self.limits), key=lambda item: item.size)

    @cached_property
    def least(self) -> dict[Geometry, float]:
        """For each arrangement the cycles that it takes at least."""
        return {item.geometry: item.least for item in self._by_size}

    def cycles(self, geometry: Geometry) -> float:
        """What `step_cycles` says of an arrangement; of long sequences it may say too little."""
        return max(self.least[geometry], self.pace.cycles(self.setting, geometry))

    def fewest(self) -> float:
        """Cycles of the fastest one."""
        fewest = inf
        for least, _, geometry in sorted(self._by_size):
            if least >= fewest:
                break
            fewest = min(fewest, max(least, self.pace.cycles(self.setting, geometry)))
        return fewest

    def smallest(self, cycles: float, multipliers: float = inf) -> Geometry | None:
        """The smallest one that takes at most so many cycles and multipliers."""
        for least, (count, *_), geometry in self._by_size:
            if count > multipliers:
                return None
            if least <= cycles and self.pace.cycles(self.setting, geometry) <= cycles:
                return geometry
        return None

    def best(self) -> Geometry:
        """The fastest one, and the smallest of those."""
        case = self.setting, self.pace, self.limits
        if (found := _BEST.get(case)) is None:
            if len(_BEST) >= KNOWN:
                _BEST.clear()
            found = _BEST[case] = self.smallest(self.fewest())
        return found


_BEST: dict[tuple, Geometry] = {}


def choose(arrangements: Arrangements) -> EnginePlan:
    """The fastest engine, and the smallest one of those."""
    return arrangements.make(arrangements.best())


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
