# amaranth: UnusedElaboratable=no
"""The input buffer against a queue of steps, under random stalls of both sides."""

import numpy as np
import pytest

from rnnhw.gateware import InputBuffer

from .stepper import play, replay

WIDTH = 6


class Source:
    """Offers beats of random data and flags; keeps offering what was not taken."""

    def __init__(self, rng, steps: int, size: int, eagerness: float):
        self.rng, self.eagerness, self.size = rng, eagerness, size
        self.beats = [(int(rng.integers(-32, 32)), *rng.integers(0, 2, 2).tolist()) for _ in range(steps * size)]
        self.taken, self.offering = 0, False

    def offer(self):
        """(valid, data, first, last) of this cycle."""
        if not self.offering:
            self.offering = self.taken < len(self.beats) and self.rng.random() < self.eagerness
        return (1, *self.beats[self.taken]) if self.offering else (0, -1, 1, 1)

    def step(self, number: int):
        """Elements of a step that were taken."""
        return [beat[0] for beat in self.beats[number * self.size : min(self.taken, (number + 1) * self.size)]]

    def flags(self, number: int):
        """`first` of the step's first beat (forced for the first step of all), `last` of its last one."""
        first = self.beats[number * self.size][1] if number else 1
        return first, self.beats[(number + 1) * self.size - 1][2]


def actor(rng, source: Source, steps: int, size: int, groups: int, patience: float, checked: list):
    """Read each step `groups` times over, now and then standing still, and free it at its end."""
    number = group = index = 0
    standing = None  # what the read port must hold
    while number < steps:
        present = source.step(number)
        available = index < len(present)
        enable = int(rng.random() < patience)
        moves = available and enable
        free = moves and index == size - 1 and group == groups - 1
        row = (*source.offer(), index, enable, int(free))
        ready, data, is_available, first, last = yield row
        full = sum(len(source.step(n)) == size for n in (number, number + 1) if n < steps)
        assert ready == (full < 2)
        assert is_available == available
        if standing is not None:
            assert data == standing % (1 << WIDTH)
        if available:
            assert first == source.flags(number)[0]
        if len(present) == size:
            assert last == source.flags(number)[1]
        if enable:
            standing = present[index] if available else None
        if row[0] and ready:
            source.taken, source.offering = source.taken + 1, False
        if moves:
            checked.append(present[index])
            index = (index + 1) % size
            group = (group + (index == 0)) % groups
            number += bool(free)


def ports(dut):
    payload = dut.i.payload
    inputs = [dut.i.valid, payload.data, payload.first, payload.last, dut.index, dut.enable, dut.free_bank]
    return inputs, [dut.i.ready, dut.data, dut.available, dut.first, dut.last]


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9])
@pytest.mark.parametrize(("eagerness", "patience"), [(1, 1), (0.5, 1), (1, 0.4), (0.6, 0.6), (0.1, 0.9)])
@pytest.mark.parametrize("groups", [1, 3])
def test_random(size, eagerness, patience, groups):
    rng = np.random.default_rng([size, groups])
    steps, checked = 24, []
    dut = InputBuffer(size, WIDTH, "block")
    source = Source(rng, steps, size, eagerness)
    play(dut, *ports(dut), actor(rng, source, steps, size, groups, patience, checked), limit=40_000)
    assert len(checked) == steps * size * groups


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9])
def test_takes_an_element_a_cycle_until_both_banks_are_full(size):
    dut = InputBuffer(size, WIDTH, "block")
    seen = replay(dut, *ports(dut), [(1, k % 32, 0, 0, 0, 1, 0) for k in range(3 * size + 4)])
    assert [ready for ready, *_ in seen] == [1] * (2 * size) + [0] * (size + 4)
    available = [row[2] for row in seen]
    assert available == [0] + [1] * (3 * size + 3)  # the cycle after it was accepted


@pytest.mark.parametrize("size", [1, 3])
def test_flags_inside_a_step_mean_nothing(size):
    """`first` counts with a step's first element, `last` with its last; the first step is a first one anyway."""
    dut = InputBuffer(size, WIDTH, "registers")
    rows = []
    for _ in range(3):
        for k in range(size):
            rows.append((1, 0, int(k != 0), int(k != size - 1), 0, 1, 0))
        rows.append((0, 0, 0, 0, 0, 1, 0))
        rows.append((0, 0, 1, 1, size - 1, 1, 1))
    seen = replay(dut, *ports(dut), rows)
    looks = [seen[(step + 1) * (size + 2) - 1][2:] for step in range(3)]
    assert looks == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]
