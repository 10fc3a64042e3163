# amaranth: UnusedElaboratable=no
"""The segment decoder at every position of the walk, in steps of all kinds."""

from itertools import pairwise

import pytest

from rnnhw.gateware.segment_decoder import SegmentDecoder
from tests.plan.cases import random_plan

from .expected_walk import Walk
from .stepper import replay
from .test_sequencer import SHAPES, plan_of

OUTPUTS = ("from_x", "old", "shift", "absent", "number", "passed", "split_here", "segment_end", "group_end", "pass_end")
OUTPUTS += ("step_end", "short_end", "final_group", "releases", "reserves", "anew", "allowed", "allowed_old")


def positions(plan):
    """Each word of a step, the word behind it, and its (segment, word, group), counted by the ends before it."""
    segment = word = group = 0
    starts, total = [], 0
    for item in plan.passes:
        starts.append(total)
        total += len(item.segments)
    for item, following in pairwise(Walk(plan, [(1, 1, 0), (0, 1, 0)]).words()):
        if item.step:
            return
        yield item, following, (segment, word, group)
        word += 1
        if item.segment_end:
            word, segment = 0, segment + 1
        if item.end:
            group = 0 if item.final else group + 1
            segment = segment if item.final else starts[item.number]


def missing(plan, word) -> int:
    """Rounds of results of earlier passes that may be missing for a word of states, counted from what it reads."""
    rounds = [-(-item.units // plan.geometry.pipelines) for item in plan.passes]
    source, newest = word.tokens[0][0], word.tokens[-1][2]
    later = rounds[source : word.number]
    if word.old:
        before = [n for n, item in enumerate(plan.passes) if item.recurrent or plan.every_step]
        later = [rounds[n] for n in before if n >= source] + rounds[: word.number]
    return sum(later) - (newest // plan.geometry.pipelines + 1)


def expected_room(plan, word, following):
    """anew, allowed, allowed_old; None where it means nothing."""
    shape = plan.geometry
    if word.segment_end:
        if following.x_index is not None:
            return 1, None, 0
        own = -(-plan.passes[word.number].units // shape.pipelines) if word.pass_end else 0
        return 1, missing(plan, following) + 1 - own, following.old
    if word.x_index is not None:
        return 0, None, None
    ends_part = (word.tokens[-1][2] + 1) % shape.word == 0
    less = shape.columns // shape.pipelines if shape.word == shape.columns else int(ends_part)
    if missing(plan, following) == missing(plan, word) - less:
        return 0, None, None
    return 1, missing(plan, following) + 1, following.old


def expected(plan, shifts, error: int = 0):
    """(position, outputs) of each word of a step; None for what means nothing there."""
    columns = plan.geometry.columns
    short = {(word.number, word.weight) for word in Walk(plan, [(1, 0, 0)]).words() if word.step_end}
    for word, following, position in positions(plan):
        yield (
            position,
            (
                word.x_index is not None,
                word.old,
                shifts.index(word.shift),
                (1 << columns) - (1 << len(word.tokens)),
                word.number,
                (plan.passes[word.number].rounds - 1 if word.pass_end else -1) + error,
                word.split_here,
                word.segment_end,
                word.end,
                word.pass_end,
                word.step_end,
                (word.number, word.weight) in short and not word.step_end,
                word.final,
                word.release,
                bool(word.reserve),
                *expected_room(plan, word, following),
            ),
        )


def check(plan, *, error: int = 0, room: int = 0) -> int:
    """Compare all positions; `error` in a number of rounds, `room` in what may be missing."""
    dut = SegmentDecoder(plan)
    wanted = list(expected(plan, dut.shifts, error))
    rows = [position for position, _ in wanted]
    seen = replay(dut, [dut.segment, dut.word, dut.group], [getattr(dut, name) for name in OUTPUTS], rows)
    for (position, values), outputs in zip(wanted, seen, strict=True):
        for name, value, output in zip(OUTPUTS, values, outputs, strict=True):
            assert value is None or output == int(value) + room * (name == "allowed"), (name, position)
    return len(rows)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_every_position(shape, mode):
    plan = plan_of(shape, mode)
    assert check(plan) == sum(item.cycles for item in plan.passes)


@pytest.mark.parametrize("seed", range(20))
def test_every_position_of_random_plans(seed):
    for plan in random_plan(seed).engines:
        assert check(plan) == sum(item.cycles for item in plan.passes)


def first_of(plan) -> dict[str, int]:
    """The outputs at the first position."""
    dut = SegmentDecoder(plan)
    names = [name for name in dut.signature.members if name not in ("segment", "word", "group")]
    ((*values,),) = replay(dut, [dut.segment, dut.word, dut.group], [getattr(dut, name) for name in names], [(0, 0, 0)])
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_at_first(shape, mode):
    plan = plan_of(shape, mode)
    assert SegmentDecoder(plan).at_first() == first_of(plan)


@pytest.mark.parametrize("seed", range(40))
def test_at_first_of_random_plans(seed):
    """What registers hold from the beginning on is what would be decoded there."""
    for plan in random_plan(seed).engines:
        assert SegmentDecoder(plan).at_first() == first_of(plan)


def test_outputs_are_compared():
    """Controls."""
    plan = plan_of(0, "many-to-one")
    with pytest.raises(AssertionError, match="passed"):
        check(plan, error=1)
    with pytest.raises(AssertionError, match="allowed"):
        check(plan, room=1)
    other = plan_of(0, "many-to-one")
    assert SegmentDecoder(other).at_first() != first_of(plan_of(2, "many-to-one"))
