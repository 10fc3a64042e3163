"""The arrangement of an engine's lanes: the fastest, the smallest of those, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import Geometry, make_plan
from rnnhw.plan.chain import EngineLayers, chain
from rnnhw.plan.choose import shapes_of, size, step_cycles
from rnnhw.plan.config import Hardware
from rnnhw.plan.plan import arrangements

from .cases import make_network, random_case, random_knobs


def choices(network, **knobs):
    """What an engine is chosen from, for each engine."""
    hardware = Hardware(**knobs)
    return arrangements(network, hardware, chain(network, hardware))


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_faster_than_the_least(seed):
    """The bounds that arrangements are left out by hold for those that they are compared with."""
    network, rng = random_case(seed), np.random.default_rng(seed)
    for choice in choices(network, **random_knobs(seed, network)):
        geometries = list(choice.least)
        for at in rng.permutation(len(geometries))[:5].tolist():
            engine = choice.make(geometries[at])
            assert choice.least[geometries[at]] <= step_cycles(engine)
            assert choice.least[geometries[at]] >= sum(p.cycles for p in engine.passes if p.recurrent)


@pytest.mark.parametrize("seed", range(12))
def test_no_other_one_is_faster_or_as_fast_and_smaller(seed):
    """All of them measured, none left out."""
    network = random_case(seed, largest=4)
    knobs = random_knobs(seed, network)
    for choice, engine in zip(choices(network, **knobs), make_plan(network, **knobs).engines, strict=True):
        measured = {g: step_cycles(choice.make(g)) for g in choice.least}
        fewest = min(measured.values())
        assert engine.geometry == min((g for g in measured if measured[g] == fewest), key=size)


@pytest.mark.parametrize("seed", range(30))
def test_what_narrow_limits_allow_wide_ones_do_too(seed):
    network, rng = random_case(seed), np.random.default_rng(seed)
    shapes = [
        shapes_of(s.layers, s.parts, s.every_step) for s in chain(network, Hardware()) if isinstance(s, EngineLayers)
    ]
    rows = max(s.gates * s.units for each in shapes for s in each)
    columns = max(length for each in shapes for s in each for length in s.lengths)
    wide = (int(rng.integers(1, rows + 1)), int(rng.integers(1, columns + 1)))
    narrow = tuple(int(rng.integers(1, limit + 1)) for limit in wide)
    found = [choices(network, lanes=lanes, columns_per_cycle=k) for lanes, k in (narrow, wide)]
    for few, many in zip(*found, strict=True):
        assert set(few.least) <= set(many.least)
        assert all(g.all_lanes <= wide[0] and g.columns <= wide[1] for g in many.least)
        assert all(g.pipelines % g.columns == 0 or g.columns % g.pipelines == 0 for g in many.least)


def test_the_smallest_within_a_number_of_multipliers():
    (choice,) = choices(make_network(4, [8]), lanes=32)
    assert choice.smallest(10**6) == Geometry(1)
    assert choice.smallest(32 * 12 - 1) == Geometry(2)
    assert choice.smallest(32 * 12 - 1, 1) is None
    assert choice.smallest(1) is None


@pytest.mark.parametrize(
    ("hidden", "outputs", "options", "message"),
    [
        ([2], [], {"lanes": 9}, "lanes must be in 1..8 (rows of its largest matrix), not 9"),
        ([2, 3], [], {"lanes": 13}, "lanes must be in 1..12 (rows of its largest matrix), not 13"),
        ([1], [7], {"lanes": 100}, "lanes must be in 1..7 (rows of its largest matrix), not 100"),
        ([2, 3], [], {"lanes": (9, 4), "engines": 2},
         "lanes of engine0 must be in 1..8 (rows of its largest matrix), not 9"),
        ([2], [], {"lanes": (1, 2)}, "lanes must be one number or one for each of the 1 engines, not 2"),
        ([2], [], {"columns_per_cycle": 4},
         "columns_per_cycle must be in 1..3 (elements of its longest vector), not 4"),
        ([7], [3], {"columns_per_cycle": 8},
         "columns_per_cycle must be in 1..7 (elements of its longest vector), not 8"),
        ([2, 5], [], {"columns_per_cycle": (3, 6), "engines": 2},
         "columns_per_cycle of engine1 must be in 1..5 (elements of its longest vector), not 6"),
        ([2], [], {"columns_per_cycle": (1, 2, 3)},
         "columns_per_cycle must be one number or one for each of the 1 engines, not 3"),
        ([2], [], {"lanes": 4, "pipelines": 3}, "pipelines must be in 1..2 (lanes, units), not 3"),
        ([5], [], {"lanes": 4, "pipelines": 5}, "pipelines must be in 1..4 (lanes, units), not 5"),
        ([5, 2], [], {"lanes": 4, "pipelines": (1, 3), "engines": 2},
         "pipelines of engine1 must be in 1..2 (lanes, units), not 3"),
    ],
)  # fmt: skip
def test_limits(hidden, outputs, options, message):
    with pytest.raises(RnnhwError) as caught:
        make_plan(make_network(3, hidden, outputs), **options)
    assert str(caught.value) == message


def test_the_largest_values_are_allowed():
    plan = make_plan(make_network(3, [2, 5], [7]), lanes=20, columns_per_cycle=7 - 2, engines="per-layer")
    assert [engine.geometry.all_lanes <= 20 for engine in plan.engines] == [True] * 3
    each = make_plan(make_network(3, [2, 5], [7]), lanes=(8, 20, 7), columns_per_cycle=(3, 5, 5), engines="per-layer")
    assert each.cycles_per_step <= plan.cycles_per_step
    assert make_plan(make_network(3, [5]), lanes=10, pipelines=5).engines[0].geometry.pipelines == 5


def test_the_documented_arrangements():
    plan = make_plan(make_network(8, [32]), lanes=64)
    assert plan.engines[0].geometry == Geometry(16, 4, 1)
    assert plan.lanes == plan.multipliers == 64
    slower = replace(plan.engines[0], geometry=Geometry(32, 2, 1))
    assert step_cycles(slower) > step_cycles(plan.engines[0])
