# amaranth: UnusedElaboratable=no
"""The segment decoder at every position of the walk, in steps of all kinds."""

from itertools import product

import pytest

from rnnhw.gateware.segment_decoder import SegmentDecoder

from .expected_walk import Walk
from .stepper import replay
from .test_sequencer import SHAPES, plan_of

OUTPUTS = ("from_x", "zeroed", "shift", "absent", "number", "rounds", "group_start", "start", "split_here")
OUTPUTS += ("segment_end", "group_end", "pass_end", "step_end", "final_group", "releases", "reserves")


def positions(plan, last: int):
    """(segment, word, group) of each word of a step, counted by its segments' and its groups' ends."""
    segment = word = group = 0
    starts, total = [], 0
    for item in plan.passes:
        starts.append(total)
        total += len(item.segments)
    for item in Walk(plan, [(1, last, 0)]).words():
        yield item, (segment, word, group)
        word += 1
        if item.segment_end:
            word, segment = 0, segment + 1
        if item.end:
            group = 0 if item.final else group + 1
            segment = segment if item.final else starts[item.number]


def check(plan, *, error: int = 0) -> int:
    dut, rows, expected, columns = SegmentDecoder(plan), [], [], plan.geometry.columns
    for zero, last in product((0, 1), (0, 1)):
        before = None
        for word, position in positions(plan, last):
            rows.append((*position, zero, last))
            group_start = before is None or before.end
            rounds = -(-plan.passes[word.number].units // plan.geometry.pipelines)
            expected.append(
                (
                    word.x_index is not None,
                    word.old and zero,
                    dut.shifts.index(word.shift),
                    (1 << columns) - (1 << len(word.tokens)),
                    word.number,
                    rounds + error,
                    group_start,
                    word.start,
                    word.split_here,
                    word.segment_end,
                    word.end,
                    word.pass_end,
                    word.step_end,
                    word.final,
                    word.release,
                    bool(word.reserve),
                )
            )
            before = word
    inputs = [dut.segment, dut.word, dut.group, dut.zero, dut.last]
    seen = replay(dut, inputs, [getattr(dut, name) for name in OUTPUTS], rows)
    for position, values, wanted in zip(rows, seen, expected, strict=True):
        assert values == tuple(map(int, wanted)), position
    return len(rows)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_every_position(shape, mode):
    plan = plan_of(shape, mode)
    cycles = [sum(item.cycles for item in plan.passes if item.recurrent or answers) for answers in (0, 1)]
    assert check(plan) == 2 * (cycles[1] + cycles[plan.every_step])


def test_outputs_are_compared():
    """Control."""
    with pytest.raises(AssertionError):
        check(plan_of(0, "many-to-one"), error=1)
