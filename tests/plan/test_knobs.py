"""A knob turned up never makes a step take more cycles."""

from itertools import pairwise

import numpy as np
import pytest

from rnnhw.plan import make_plan

from .cases import limits, random_case, random_knobs


def check(network, knob: str, values, **others) -> int:
    """Cycles for each value in turn; returns how many there are."""
    found = [make_plan(network, **(others | {knob: value})).cycles_per_step for value in values]
    worse = [(a, b) for a, b in pairwise(found) if b > a]
    assert worse == [], (knob, others)
    return len(found)


def knobs_of(seed: int, network, without: str) -> dict:
    return {name: value for name, value in random_knobs(seed, network).items() if name != without}


@pytest.mark.parametrize("seed", range(40))
def test_lanes(seed):
    network = random_case(seed, largest=6)
    rows = limits(network)[0]
    step = max(1, rows // 12)
    assert check(network, "lanes", [*range(1, rows, step), rows], **knobs_of(seed, network, "lanes")) > 0


@pytest.mark.parametrize("seed", range(60, 90))
def test_columns(seed):
    network = random_case(seed, largest=6)
    columns = limits(network)[1]
    others = knobs_of(seed, network, "columns_per_cycle")
    assert check(network, "columns_per_cycle", range(1, columns + 1), **others) == columns


@pytest.mark.parametrize("seed", range(90, 120))
def test_engines(seed):
    """But where answers come back as inputs: each goes through all engines, and each of them adds to its way."""
    rng = np.random.default_rng(seed)
    mode = str(rng.choice(["many-to-one", "many-to-many", "one-to-one"]))
    network = random_case(seed, mode=mode, hidden=rng.integers(1, 7, int(rng.integers(1, 4))).tolist())
    others = knobs_of(seed, network, "engines")
    fewest = len(make_plan(network, lanes=1).engines)
    values = range(fewest, len(network.layers) + 1)
    assert check(network, "engines", [1, *values, "per-layer"], **others) > 0


@pytest.mark.parametrize("seed", range(120, 150))
def test_streams(seed):
    network = random_case(
        seed, kinds=["lstm", "gru", "gru-before", "rnn-tanh"], mode=["many-to-one", "one-to-one"][seed % 2]
    )
    assert check(network, "streams", (1, 2, 3, 4, 8), **knobs_of(seed, network, "streams")) == 5


@pytest.mark.parametrize("seed", range(150, 170))
def test_free_pipelines_are_never_slower_than_given_ones(seed):
    network = random_case(seed, largest=5)
    others = knobs_of(seed, network, "engines")
    units = min(e.units for engine in make_plan(network, lanes=1).engines for e in engine.passes)
    free = make_plan(network, **others).cycles_per_step
    for pipelines in range(1, min(units, others["lanes"]) + 1):
        assert free <= make_plan(network, pipelines=pipelines, **others).cycles_per_step
