"""Multipliers divided among the engines, so that the slowest one is as fast as it can be."""

from bisect import bisect_left

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

from .chain import EngineLayers, chain
from .choose import Arrangements, size
from .config import Hardware
from .plan import arrangements


def balance(network, multipliers: int, **hardware) -> Hardware:
    """Lanes for each engine, with which the slowest engine takes the fewest cycles that so many multipliers allow.

    Each engine gets the fewest multipliers with which it is as fast as that, so that some may be left.
    ``make_plan(network, balance(network, 64, engines="per-layer"))``

    Parameters
    ----------
    network : QuantizedNetwork
    multipliers : int
        Of all engines, at most; a lane has one for each column that it takes in a cycle.
    **hardware
        Other fields of `Hardware`; `columns_per_cycle` (1 if not given) is the most that may be taken.

    Returns
    -------
    Hardware
        With a number of lanes, and of columns, for each engine.

    Raises
    ------
    RnnhwError
        If there are fewer multipliers than engines, or for options that the network cannot use.
    """
    if "lanes" in hardware:
        raise TypeError("balance finds the lanes; give it the multipliers")
    multipliers = integer("multipliers", multipliers, 1)
    wanted = Hardware(lanes=1, **hardware)
    stages = chain(network, wanted)
    engines = [stage for stage in stages if isinstance(stage, EngineLayers)]
    if multipliers < len(engines):
        raise RnnhwError(f"multipliers must be at least {len(engines)}, one for each engine, not {multipliers}")
    choices = arrangements(network, wanted, stages, most=multipliers)
    geometries = _divide(choices, multipliers)
    lanes, columns = (tuple(values) for values in zip(*((g.all_lanes, g.columns) for g in geometries), strict=True))
    return wanted.model_copy(update={"lanes": lanes, "columns_per_cycle": columns})


def _divide(choices: list[Arrangements], multipliers: int) -> list:
    """The arrangement of each engine.

    What some number of cycles costs only falls as the number rises: the fewest whole cycles are looked for by halving,
    and below them the fractions that engines really reach.
    """
    least = int(max(min(choice.least.values()) for choice in choices))
    slowest = max(choice.cycles(min(choice.least, key=size)) for choice in choices)
    whole = range(least, int(slowest) + 2)
    cycles = whole[bisect_left(whole, True, key=lambda limit: _afford(choices, limit, multipliers) is not None)]
    found, best = None, _afford(choices, cycles, multipliers)
    while best is not None:
        found = best
        reached = max(choice.cycles(geometry) for choice, geometry in zip(choices, found, strict=True))
        best = _afford(choices, reached * (1 - 1e-12), multipliers)
    return found


def _afford(choices, cycles: float, multipliers: int) -> list | None:
    """The smallest arrangements that take at most so many cycles, if they are small enough together."""
    found, left = [], multipliers
    for behind, choice in zip(range(len(choices) - 1, -1, -1), choices, strict=True):
        geometry = choice.smallest(cycles, left - behind)
        if geometry is None:
            return None
        found.append(geometry)
        left -= size(geometry)[0]
    return found
