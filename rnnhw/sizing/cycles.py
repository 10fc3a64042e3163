"""Where the cycles of a step go: to which matrix, and how many of them the lanes wait."""

from dataclasses import asdict, dataclass

from rnnhw.plan import Plan
from rnnhw.plan.law import cycle_rows


@dataclass(frozen=True)
class EngineCycles:
    """One engine's cycles in a step in the middle of a sequence.

    Parameters
    ----------
    name : str
    passes : tuple of dict
        A row of `rnnhw.plan.law.cycle_rows` for each matrix, in order.
    multiplying, waiting : float
        Cycles in which its lanes multiply, and in which they wait: for the newest h, or for another engine that is
        slower. Their sum is `Cycles.per_step`.
    """

    name: str
    passes: tuple[dict, ...]
    multiplying: int
    waiting: float


@dataclass(frozen=True)
class Cycles:
    """The cycles of a core, all exact.

    Parameters
    ----------
    per_step : float
        From one step to the next in the middle of a long sequence: of all engines, which work side by side.
    multiplying, waiting : float
        Of the slowest engine; their sum is `per_step`.
    head : int
        Of dense layers that run at the end of a sequence only, once a sequence.
    latency : int
        From a step's last input element to the last element of its answer.
    engines : tuple of EngineCycles
    """

    per_step: float
    multiplying: int
    waiting: float
    head: int
    latency: int
    engines: tuple[EngineCycles, ...]

    @classmethod
    def of(cls, plan: Plan) -> "Cycles":
        """The cycles of a plan."""
        rows, engines = cycle_rows(plan), []
        for engine in plan.engines:
            own = tuple(row for row in rows if row["engine"] == engine.name)
            busy = sum(row["cycles"] for row in own if row["every_step"])
            engines.append(EngineCycles(engine.name, own, busy, plan.cycles_per_step - busy))
        whole = plan.cycles_per_step, plan.bound_cycles, plan.stall_cycles, plan.head_cycles, plan.latency_cycles
        return cls(*whole, tuple(engines))

    def data(self) -> dict:
        """As plain data."""
        return asdict(self) | {"engines": [asdict(engine) | {"passes": list(engine.passes)} for engine in self.engines]}
