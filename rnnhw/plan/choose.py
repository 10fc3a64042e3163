"""How an engine's lanes are arranged: the fewest cycles that the options allow, then the smallest engine."""

from functools import cached_property
from math import inf

from rnnhw.errors import RnnhwError

from .candidates import Candidate, candidates, shapes_of, size
from .engine_plan import EnginePlan
from .geometry import Geometry
from .pace import Pace

__all__ = ["Arrangements", "check_limits", "choose", "shapes_of", "size", "step_cycles"]

KNOWN = 8192  # choices that are remembered


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
        return sorted(candidates(self.setting, self.pace, *self.limits), key=lambda item: item.size)

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
