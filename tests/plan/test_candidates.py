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


def first_of_each(numbers, outcome) -> list[int]:
    """The first number with each outcome."""
    first = {}
    for number in numbers:
        first.setdefault(outcome(number), number)
    return list(first.values())


def all_that_differ(shapes, lanes: int, columns: int) -> set[Geometry]:
    """By going through all numbers of columns, pipelines and lanes; of each kind the fewest of them."""
    units, found = max(shape.units for shape in shapes), set()
    lengths = [length for shape in shapes for length in shape.lengths]
    widths = first_of_each(range(1, columns + 1), lambda n: tuple(-(-length // n) for length in lengths))
    counts = first_of_each(range(1, min(lanes, units) + 1), lambda n: -(-units // n))
    for width, count in product(widths, counts):
        if count % width == 0 or width % count == 0:
            rows = [-(-shape.units // count) * shape.gates for shape in shapes]
            each = first_of_each(range(1, lanes // count + 1), lambda n, rows=rows: tuple(-(-r // n) for r in rows))
            found |= {Geometry(number, count, width) for number in each}
    return found


@pytest.mark.parametrize("seed", range(40))
def test_one_of_each_that_differs(seed):
    network, rng = random_case(seed), np.random.default_rng(seed)
    hardware = Hardware(**random_knobs(seed, network))
    for choice in arrangements(network, hardware, chain(network, hardware)):
        lanes, columns = int(rng.integers(1, 25)), int(rng.integers(1, 6))
        engine = choice.make(Geometry(1))
        shapes = shapes_of(engine.layers, engine.parts, engine.every_step)
        found = candidates(choice.setting, choice.pace, lanes, columns, "auto")
        assert {item.geometry for item in found} == all_that_differ(shapes, lanes, columns)
        assert len({item.geometry for item in found}) == len(found)
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
