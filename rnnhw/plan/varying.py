"""Bits of the words of an engine's read-only memories that are not the same in all words, without making the words."""

from functools import reduce

import numpy as np

from rnnhw.fixedpoint.words import varying_columns

from .passes import Pass


def varying(plan, name: str) -> int:
    """The number of such bits.

    Parameters
    ----------
    plan : EnginePlan
    name : str
        Of one of its read-only memories.
    """
    if name == "weights":
        return _bits([_lanes(item) for item in plan.passes], plan.network.config.weight_bits)
    if name == "bias":
        return _bits([_pipelines(item, item.values.bias) for item in plan.passes], plan.accumulator_bits)
    if name == "input_bias":
        parts = [_pipelines(item, item.values.input_bias[:, None]) for item in plan.passes if item.split]
        return _bits(parts, plan.accumulator_bits)
    if name == "table":
        return plan.network.table.varying_columns
    return varying_columns(plan.contents(name))


def _bits(parts, width: int) -> int:
    """Varying bits of fields of so many bits, for (or of all words, and of all words) of each pass."""
    ones = reduce(np.bitwise_or, [some for some, _ in parts])
    zeros = ~reduce(np.bitwise_and, [every for _, every in parts])
    varies = ones & zeros
    if width == 1:  # the word has a bit for a negative weight
        return int(np.count_nonzero(varies < 0))
    return sum(map(int.bit_count, (varies & ((1 << width) - 1)).tolist()))


def _lanes(item: Pass):
    """Of the weights of each lane and column: the bits that some word has, and those that every word has."""
    shape = item.geometry
    found = []
    for reduced in item.values.by_column(shape.columns, tuple(segment.length for segment in item.segments)):
        grid = item.by_pipeline(reduced, item.groups * shape.lanes)
        found.append(grid.reshape(shape.pipelines, item.groups, shape.lanes * shape.columns))
    some, every = found
    return np.bitwise_or.reduce(some, axis=1).ravel(), np.bitwise_and.reduce(every, axis=1).ravel()


def _pipelines(item: Pass, values: np.ndarray):
    """The same of values of shape (units, n), n words of each unit, for each pipeline."""
    pipelines = item.geometry.pipelines
    grid = np.zeros((item.rounds * pipelines, values.shape[1]), values.dtype)
    grid[: item.units] = values
    grid = grid.reshape(item.rounds, pipelines, -1)
    return np.bitwise_or.reduce(grid, axis=(0, 2)), np.bitwise_and.reduce(grid, axis=(0, 2))
