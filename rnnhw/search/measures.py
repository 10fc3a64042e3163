"""What configurations are compared by, exact or from below, and what the user wants of them."""

from dataclasses import dataclass
from math import inf

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice

OBJECTIVES = ("throughput", "latency", "size")
MARGINS = ("surely", "likely")


@dataclass(frozen=True)
class Measures:
    """Figures of a configuration; as long as they are not known, what they are at least.

    Parameters
    ----------
    cycles, latency : float
        Of a step, and of an inference.
    mhz : float or None
        At most; None where no clock can be estimated.
    share : float
        Of the device's most used resource.
    lut : float
    surely : bool
        Whether the high ends of all bands fit.
    """

    cycles: float
    latency: float
    mhz: float | None
    share: float = 0.0
    lut: float = 0.0
    surely: bool = True

    @property
    def step_us(self) -> float | None:
        """Microseconds of a step."""
        return None if self.mhz is None else self.cycles / self.mhz

    @property
    def latency_us(self) -> float | None:
        """Microseconds of an inference."""
        return None if self.mhz is None else self.latency / self.mhz


@dataclass(frozen=True)
class Wish:
    """What is looked for.

    Parameters
    ----------
    objective : str
        "throughput": the least time of a step; "latency": that of an inference; "size": the least share of the
        device's most used resource. Times are cycles where no clock can be estimated.
    max_cycles, max_latency_us : float, optional
        Limits of a step and of an inference.
    margin : str
        "surely": what fits at the high end of all bands goes before what does not. "likely": all that fits by the
        estimate is alike.
    """

    objective: str = "throughput"
    max_cycles: float | None = None
    max_latency_us: float | None = None
    margin: str = "surely"

    def __post_init__(self):
        choice("objective", self.objective, OBJECTIVES)
        choice("margin", self.margin, MARGINS)
        for name in ("max_cycles", "max_latency_us"):
            limit = getattr(self, name)
            if limit is None:
                continue
            if not isinstance(limit, int | float) or isinstance(limit, bool):
                raise TypeError(f"{name} must be a number, not {limit!r}")
            if not 0 < limit < inf:
                raise RnnhwError(f"{name} must be a number above 0, not {limit!r}")

    @property
    def limited(self) -> bool:
        """Whether there are limits."""
        return self.max_cycles is not None or self.max_latency_us is not None

    @property
    def needs_latency(self) -> bool:
        """Whether the latency has to be known to tell which is best."""
        return self.objective == "latency" or self.max_latency_us is not None

    def excess(self, measures: Measures) -> float:
        """How far the limits are missed: the largest part of a limit that is taken, 1 if all are just met."""
        cycles = 0 if self.max_cycles is None else measures.cycles / self.max_cycles
        return max(cycles, 0 if self.max_latency_us is None else measures.latency_us / self.max_latency_us)

    def allows(self, measures: Measures) -> bool:
        """Whether the limits are met."""
        return self.excess(measures) <= 1

    def rank(self, measures: Measures) -> tuple:
        """The less, the better; of measures that are from below, from below too."""
        step = measures.cycles if measures.mhz is None else measures.step_us
        latency = measures.latency if measures.mhz is None else measures.latency_us
        order = {
            "throughput": (step, measures.share, measures.lut),
            "latency": (latency, measures.share, measures.lut),
            "size": (measures.share, measures.lut, step),
        }
        return (self.margin == "surely" and not measures.surely, *order[self.objective])


@dataclass(frozen=True)
class Nearest(Wish):
    """What misses the limits of a wish by the least."""

    def allows(self, measures: Measures) -> bool:
        """Nothing is left out."""
        return True

    def rank(self, measures: Measures) -> tuple:
        """By how far the limits are missed."""
        return (self.excess(measures), measures.share, measures.lut)
