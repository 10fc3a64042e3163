"""Cores with one thing wrong in them."""

from dataclasses import replace

import numpy as np

from rnnhw.emit.core import Core


def with_values(core: Core, engine: int, number: int, **changes) -> Core:
    """The same core with other values of a pass: what it is built of differs, not what is expected of it."""
    plan = core.plan
    old = plan.engines[engine]
    passes = list(old.passes)
    passes[number] = replace(passes[number], values=replace(passes[number].values, **changes))
    new = replace(old)
    vars(new)["work"] = replace(old.work, passes=tuple(passes))
    return Core(replace(plan, stages=tuple(new if stage is old else stage for stage in plan.stages)), core.name)


def flipped_weight(core: Core, engine: int, number: int, unit: int, row: int, column: int) -> Core:
    """The sign bit of one weight flipped."""
    bits = core.plan.network.config.weight_bits
    weights = core.plan.engines[engine].passes[number].weights_raw.copy()
    sign = 1 << (bits - 1)
    old = weights[unit, row, column]
    weights[unit, row, column] = -old if bits == 1 else old + (sign if old < 0 else -sign)
    return with_values(core, engine, number, weights=weights)


def altered_bias(core: Core, engine: int, number: int, unit: int, row: int, second: bool = False) -> Core:
    """One bias off by 1.5 in its row's accumulator; `second`: the one that stands with the input's part."""
    item = core.plan.engines[engine].passes[number]
    by = 3 << (_frac(item, row) - 1)
    name = "input_bias" if second else "bias"
    bias = getattr(item.values, name).copy()
    place = unit if second else (unit, row)
    bias[place] += -by if bias[place] > 0 else by
    return with_values(core, engine, number, **{name: bias})


def _frac(item, row: int) -> int:
    if item.kind == "dense":
        return item.layer.accumulator_frac
    gates = item.layer.gates
    return item.layer.accumulator_frac(gates.index(item.gates[row]) if len(gates) > 1 else 0)


def columns_of(item, *, old: bool) -> np.ndarray:
    """Columns that the cell's own state stands in, or all others."""
    return np.concatenate([np.full(segment.length, segment.old == old) for segment in item.segments]).nonzero()[0]
