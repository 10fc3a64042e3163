# amaranth: UnusedElaboratable=no
"""The input buffer against a queue of steps, under random stalls of both sides."""

import numpy as np
import pytest

from rnnhw.gateware.input_buffer import InputBuffer

from .stepper import play, replay

WIDTH = 6


def make(parts, columns: int = 1, streams: int = 1, style: str = "block") -> InputBuffer:
    return InputBuffer(parts, columns, WIDTH, streams, style)


def words_of(parts, columns: int) -> list[list[int]]:
    """Elements of each word of a step."""
    words, start = [], 0
    for length in parts:
        elements = list(range(start, start + length))
        words += [elements[k : k + columns] for k in range(0, length, columns)]
        start += length
    return words


class Feed:
    """Offers beats of random data and flags; keeps offering what was not taken."""

    def __init__(self, rng, steps: int, size: int, eagerness: float, streams: int):
        self.rng, self.eagerness, self.size = rng, eagerness, size
        flags = rng.integers(0, 2, (steps * size, 2)).tolist()
        self.beats = [(int(rng.integers(-32, 32)), *pair, int(rng.integers(streams))) for pair in flags]
        self.taken, self.offering = 0, False

    def offer(self):
        """(valid, data, first, last, stream) of this cycle."""
        if not self.offering:
            self.offering = self.taken < len(self.beats) and self.rng.random() < self.eagerness
        return (1, *self.beats[self.taken]) if self.offering else (0, -1, 1, 1, 0)

    def step(self, number: int):
        """Elements of a step that were taken."""
        return [beat[0] for beat in self.beats[number * self.size : min(self.taken, (number + 1) * self.size)]]

    def flags(self, number: int):
        """`first` (forced for a stream's first step) and stream of the step's first beat, `last` of its last one."""
        _, first, _, stream = self.beats[number * self.size]
        earlier = {self.beats[n * self.size][3] for n in range(number)}
        return int(first or stream not in earlier), stream, self.beats[(number + 1) * self.size - 1][2]


def actor(rng, feed: Feed, steps: int, words, whole: bool, groups: int, patience: float, checked: list):
    """Read each step `groups` times over, now and then standing still, and free it at its end."""
    number = group = index = 0
    standing = None  # what the read port must hold
    while number < steps:
        present = feed.step(number)
        complete = len(present) == feed.size
        available = complete or (not whole and words[index][-1] < len(present))
        enable = int(rng.random() < patience)
        moves = available and enable
        free = moves and index == len(words) - 1 and group == groups - 1
        row = (*feed.offer(), index, enable, int(free))
        ready, is_available, first, last, stream, *data = yield row
        full = sum(len(feed.step(n)) == feed.size for n in (number, number + 1) if n < steps)
        assert ready == (full < 2)
        assert is_available == available
        for element, there in zip(standing or [], data, strict=False):
            assert there == element % (1 << WIDTH)
        if available:
            assert (first, stream) == feed.flags(number)[:2]
        if complete:
            assert last == feed.flags(number)[2]
        if enable:
            standing = [present[k] for k in words[index]] if available else None
        if row[0] and ready:
            feed.taken, feed.offering = feed.taken + 1, False
        if moves:
            checked.append(standing)
            index = (index + 1) % len(words)
            group = (group + (index == 0)) % groups
            number += bool(free)


def ports(dut):
    payload = dut.i.payload
    inputs = [dut.i.valid, payload.data, payload.first, payload.last]
    inputs += [payload.stream] if dut.streams > 1 else []
    outputs = [dut.i.ready, dut.available, dut.first, dut.last, dut.stream, *[dut.data[k] for k in range(dut.columns)]]
    return [*inputs, dut.index, dut.enable, dut.free_bank], outputs


def without_stream(dut, rows):
    """Rows for a buffer whose payload has no `stream`."""
    answer = next(rows)
    while True:
        try:
            seen = yield (*answer[:4], *answer[4 + (dut.streams == 1) :])
            answer = rows.send(seen)
        except StopIteration:
            return


@pytest.mark.parametrize("parts", [(1,), (2,), (7,), (8,), (1, 1), (3, 3), (5, 5)])
@pytest.mark.parametrize(("eagerness", "patience"), [(1, 1), (1, 0.4), (0.6, 0.6), (0.1, 0.9)])
@pytest.mark.parametrize(("columns", "streams", "groups"), [(1, 1, 1), (2, 3, 2), (4, 2, 1), (3, 1, 3)])
def test_random(parts, eagerness, patience, columns, streams, groups):
    rng = np.random.default_rng([sum(parts), groups])
    steps, checked = 12, []
    dut, words = make(parts, columns, streams), words_of(parts, columns)
    assert dut.words == len(words)
    feed = Feed(rng, steps, sum(parts), eagerness, streams)
    rows = actor(rng, feed, steps, words, len(parts) > 1, groups, patience, checked)
    play(dut, *ports(dut), without_stream(dut, rows), limit=40_000)
    assert len(checked) == steps * len(words) * groups


@pytest.mark.parametrize("size", [1, 2, 3, 8, 9])
def test_takes_an_element_a_cycle_until_both_banks_are_full(size):
    dut = make((size,))
    seen = replay(dut, *ports(dut), [(1, k % 32, 0, 0, 0, 1, 0) for k in range(3 * size + 4)])
    assert [ready for ready, *_ in seen] == [1] * (2 * size) + [0] * (size + 4)
    available = [row[1] for row in seen]
    assert available == [0] + [1] * (3 * size + 3)  # the cycle after it was accepted


@pytest.mark.parametrize("size", [1, 3])
def test_flags_inside_a_step_mean_nothing(size):
    """`first` counts with a step's first element, `last` with its last; the first step is a first one anyway."""
    dut = make((size,), style="registers")
    rows = []
    for _ in range(3):
        rows += [(1, 0, int(k != 0), int(k != size - 1), 0, 1, 0) for k in range(size)]
        rows += [(0, 0, 0, 0, 0, 1, 0), (0, 0, 1, 1, size - 1, 1, 1)]
    seen = replay(dut, *ports(dut), rows)
    looks = [seen[(step + 1) * (size + 2) - 1][1:4] for step in range(3)]
    assert looks == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]


def test_words_are_compared():
    """Control: a reader that takes words of two columns for words of one."""
    rng, dut = np.random.default_rng(1), make((4,), 2)
    feed = Feed(rng, 3, 4, 1, 1)
    rows = actor(rng, feed, 3, [[0, 2], [1, 3]], False, 1, 1, [])
    with pytest.raises(AssertionError):
        play(dut, *ports(dut), without_stream(dut, rows), limit=1000)
