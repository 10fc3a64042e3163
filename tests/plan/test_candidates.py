"""The arrangements that are looked at, against all that there are; their bounds are held in test_choose."""

from itertools import product
from math import inf

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import Geometry, Hardware
from rnnhw.plan.candidates import candidates, shapes_of, size
from rnnhw.plan.chain import chain
from rnnhw.plan.plan import arrangements

from .cases import random_case, random_knobs


def outcome(shapes, geometry) -> tuple:
    """What of an arrangement can be told apart in a schedule, but for its size."""
    rows = [-(-shape.units // geometry.pipelines) * shape.gates for shape in shapes]
    words = [[geometry.words(length) for length in shape.lengths] for shape in shapes]
    units = max(-(-shape.units // geometry.pipelines) for shape in shapes)
    return units, tuple(-(-count // geometry.lanes) for count in rows), tuple(map(tuple, words))


@pytest.mark.parametrize("seed", range(40))
def test_one_of_each_that_differs(seed):
    """By going through all numbers of pipelines, columns and lanes; of each kind the fewest of them."""
    network, rng = random_case(seed), np.random.default_rng(seed)
    hardware = Hardware(**random_knobs(seed, network))
    for choice in arrangements(network, hardware, chain(network, hardware)):
        lanes, columns = int(rng.integers(1, 25)), int(rng.integers(1, 6))
        engine = choice.make(Geometry(1))
        shapes = shapes_of(engine.layers, engine.parts, engine.every_step)
        units = max(shape.units for shape in shapes)
        first = {}
        for width, count in product(range(1, columns + 1), range(1, min(lanes, units) + 1)):
            first.setdefault((tuple(-(-n // width) for s in shapes for n in s.lengths), None), width)
            first.setdefault((None, -(-units // count)), count)
        widths = [value for (one, _), value in first.items() if one is not None]
        counts = [value for (_, other), value in first.items() if other is not None]
        expected = set()
        for width, count in product(widths, counts):
            if count % width and width % count:
                continue
            seen = set()
            for each in range(1, lanes // count + 1):
                groups = outcome(shapes, Geometry(each, count, width))[1]
                if groups not in seen:
                    seen.add(groups)
                    expected.add(Geometry(each, count, width))
        found = candidates(choice.setting, choice.pace, lanes, columns, "auto")
        assert {item.geometry for item in found} == expected
        assert len(found) == len(expected)
        assert all(item.size == size(item.geometry) and 0 < item.least < inf for item in found)


def test_as_many_pipelines_as_are_wanted():
    network = random_case(5)
    hardware = Hardware()
    choice = arrangements(network, hardware, chain(network, hardware))[0]
    found = candidates(choice.setting, choice.pace, 12, 3, 2)
    assert found
    assert {item.geometry.pipelines for item in found} == {2}
    assert all(item.geometry.columns in (1, 2) for item in found)


@pytest.mark.parametrize("seed", range(25))
def test_no_bound_is_above_what_is_counted(seed):
    """All arrangements, with everything that changes a schedule; sequences are short enough to be counted whole."""
    network, rng = random_case(seed, largest=5), np.random.default_rng(seed)
    knobs = random_knobs(seed, network) | {"registers": "many" if rng.random() < 0.5 else "few", "max_steps": 5}
    knobs |= {name: True for name in ("load_state", "read_state") if rng.random() < 0.2}
    try:
        hardware = Hardware(**knobs)
        choices = arrangements(network, hardware, chain(network, hardware))
    except RnnhwError:
        return
    for choice in choices:
        for geometry, least in choice.least.items():
            assert least <= choice.pace.cycles(choice.setting, geometry)
