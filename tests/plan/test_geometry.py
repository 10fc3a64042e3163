"""Rounds and words against counting one by one."""

import pytest

from rnnhw.plan import Geometry


@pytest.mark.parametrize(("lanes", "pipelines", "columns"), [(1, 1, 1), (5, 1, 4), (3, 4, 2), (2, 3, 6), (7, 8, 8)])
def test_rounds_and_words(lanes, pipelines, columns):
    shape = Geometry(lanes, pipelines, columns)
    assert shape.all_lanes == lanes * pipelines
    assert shape.word == max(pipelines, columns)
    for size in range(1, 40):
        assert shape.rounds(size) == len({unit // pipelines for unit in range(size)})
        assert shape.words(size) == len({column // columns for column in range(size)})


def test_one_of_everything_is_the_usual():
    assert Geometry(4) == Geometry(lanes=4, pipelines=1, columns=1)
