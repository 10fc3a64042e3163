"""What is known of the configurations that are looked at."""

from dataclasses import dataclass

from rnnhw.estimate.costs import Costs
from rnnhw.estimate.figures_needs import Need
from rnnhw.plan import Geometry, Plan
from rnnhw.plan.choose import size

from .figures import Kind
from .measures import Measures
from .space import Timed


@dataclass(frozen=True)
class Known:
    """What is known of an arrangement, or, with a kind, of a configuration; measures are from below until it is exact.

    Parameters
    ----------
    timed : Timed
    arrangement : tuple of Geometry
    measures : Measures
    kind : Kind, optional
    plan : Plan, optional
    fitted : Costs, optional
    bounded, timed_exactly, exact : bool
        Whether block RAMs that any kind takes are in the share; whether the cycles are exact, and whether all is.
    needs : tuple of Need
        What it needs of the device, once it is counted.
    """

    timed: Timed
    arrangement: tuple[Geometry, ...]
    measures: Measures
    kind: Kind | None = None
    plan: Plan | None = None
    fitted: Costs | None = None
    bounded: bool = False
    timed_exactly: bool = False
    exact: bool = False
    needs: tuple[Need, ...] = ()


def multipliers(arrangement) -> int:
    """Of the lanes of all engines."""
    return sum(size(geometry)[0] for geometry in arrangement)
