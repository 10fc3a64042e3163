# amaranth: UnusedElaboratable=no
"""The sequencer against a naive walk: what it issues, in which order, and never before it is there."""

from collections import deque

import numpy as np
import pytest

from rnnhw.gateware import Sequencer

from .expected_walk import Walk
from .plans import small_plan
from .stepper import play

SHAPES = [
    (1, [1], [], 4),
    (1, [1], [], 1),
    (2, [1], [1], 3),
    (3, [2, 1], [2, 3], 5),
    (4, [3], [1, 1, 1], 12),
    (1, [1, 1, 1], [4], 4),
    (2, [4, 2, 3], [], 7),
    (5, [2], [9, 2], 9),
]


class Surroundings:
    """Input buffer, MAC array, drain and back pipeline, as slow as chance will have it.

    Holds what is really in the state memory (`store`), so that every read can be checked. At most three
    groups wait for the drain and at most four results are on their way (the back pipeline's places).
    """

    def __init__(self, rng, walk: Walk, speeds):
        self.rng, self.walk = rng, walk
        self.input_speed, self.drain_speed, self.back_speed = speeds
        self.store, self.groups, self.back = {}, deque(), deque()
        self.arrived = self.released = 0

    def x_available(self, step: int, index: int) -> bool:
        return self.arrived > step * self.walk.x_size + index

    def flags(self, step: int) -> tuple[int, int]:
        """`first` and `last` as the input buffer gives them: noise until the elements are there."""
        noise = self.rng.integers(0, 2, 2).tolist()
        first, last = self.walk.flags[step]
        there = self.x_available(step, 0), self.x_available(step, self.walk.x_size - 1)
        return first if there[0] else noise[0], last if there[1] else noise[1]

    def can_move(self) -> bool:
        return len(self.groups) < 3

    def will_write(self) -> bool:
        return bool(self.back) and self.rng.random() < self.back_speed

    def finish(self, wrote: bool, column) -> None:
        """The end of a cycle in which a result was written or not, and in which `column` was issued."""
        if wrote:
            token = self.back.popleft()
            self.store[self.walk.address(token)] = token
        if self.groups and len(self.back) + len(self.groups[0]) <= 4 and self.rng.random() < self.drain_speed:
            self.back.extend(self.groups.popleft())
        elif self.groups and len(self.groups[0]) > 4 and not self.back:
            self.back.extend(self.groups[0][:4])
            self.groups[0] = self.groups[0][4:]
        room = (self.released + 2) * self.walk.x_size
        total = len(self.walk.flags) * self.walk.x_size
        if self.arrived < min(room, total) and self.rng.random() < self.input_speed:
            self.arrived += 1
        if column is not None and column.end:
            # the final pass's dense outputs leave the core, but they count as written results all the same
            self.groups.append(column.results)
        if column is not None and column.release:
            self.released += 1


def actor(world: Surroundings, shifts, exact: bool, issued: list):
    """Compare every cycle with the walk; `exact`: a column is also issued as soon as it can be."""
    columns = world.walk.columns()
    column, step = next(columns, None), 0
    while column is not None:
        from_x = column.token[0] == "x"
        step = column.step if from_x else step
        if from_x:
            there = world.x_available(column.token[1], column.token[2])
        else:
            there = column.zero or world.store.get(column.address) == column.token
        enable, wrote = int(world.can_move() and world.rng.random() < 0.9), int(world.will_write())
        row = (enable, wrote, int(from_x and there), *world.flags(step))
        issue, release, x_index, h_address, *out, first, last = yield row
        assert issue <= there, f"{column} was issued too early"
        assert not exact or issue == there, f"{column} was not issued in time"
        moved = issue and enable
        assert release == (moved and column.release)
        assert x_index == column.token[2] if from_x else column.zero or h_address == column.address
        weight, is_x, zero, shift, start, end, number, final = out
        assert (weight, is_x, zero, shifts[shift]) == (column.weight, from_x, column.zero, column.shift)
        assert (start, end, number, final) == (column.start, column.end, column.number, column.final)
        if end:
            assert (first, last) == tuple(world.walk.flags[column.step])
        world.finish(wrote, column if moved else None)
        if moved:
            issued.append(column)
            column = next(columns, None)


def run(seed: int, shape, mode: str, flags, speeds, exact: bool) -> int:
    inputs, hidden, outputs, lanes = shape
    sizes = {"inputs": inputs, "hidden": hidden, "outputs": outputs, "mode": mode}
    plan = small_plan(seed, lanes=lanes, sizes=sizes)
    walk = Walk(plan.network, lanes, flags)
    shifts = sorted({segment.shift for item in plan.passes for segment in item.segments})
    depths = plan.memories["h"].depth, plan.memories["weights"].depth
    assert depths[0] == walk.depth
    dut = Sequencer(plan.passes, plan.every_step, *depths, shifts)
    world, issued = Surroundings(np.random.default_rng(seed), walk, speeds), []
    inputs = [dut.enable, dut.written, dut.x_available, dut.x_first, dut.x_last]
    outputs = [dut.issue, dut.x_release, dut.x_index, dut.h_address, dut.weight_address, dut.from_x, dut.zero]
    outputs += [dut.shift, dut.group_start, dut.group_end]
    outputs += [dut.tag.number, dut.tag.final, dut.tag.first, dut.tag.last]
    play(dut, inputs, outputs, actor(world, shifts, exact, issued), limit=60_000)
    return len(issued)


def flags_of(lengths) -> list[tuple[int, int]]:
    return [(int(k == 0), int(k == length - 1)) for length in lengths for k in range(length)]


@pytest.mark.parametrize("speeds", [(1, 1, 1), (0.2, 1, 1), (1, 0.3, 0.3), (0.5, 0.1, 0.9), (1, 0.9, 0.1)])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", SHAPES)
def test_walk(shape, mode, speeds):
    """Sequences of length one in a row, then longer ones: reads are right, and as early as can be."""
    flags = flags_of([1, 1, 1, 1, 1, 1, 1, 1, 3, 1, 2, 1, 1, 1, 1, 1, 1, 2])
    issued = run(len(shape[1]), shape, mode, flags, speeds, exact=True)
    assert issued >= len(flags) * shape[0]


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", SHAPES)
def test_flags_at_random(shape, mode):
    """A first step without a last one before it, a last one in the middle of a sequence: never too early."""
    rng = np.random.default_rng(3)
    flags = [tuple(flag) for flag in rng.integers(0, 2, (24, 2)).tolist()]
    flags[0] = (1, flags[0][1])
    assert run(7, shape, mode, flags, (0.7, 0.5, 0.4), exact=False) > 0
