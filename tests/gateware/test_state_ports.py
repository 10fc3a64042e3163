# amaranth: UnusedElaboratable=no
"""Walks through the state: each element to and from its place, in the cycle that the law says."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.state_ports import StateLoad, StateRead
from rnnhw.plan.stages import Step, accept

from .streams import ModelSink, Sink, Source, always, drive, offered, sometimes

H_BITS, C_BITS = 6, 9
SEGMENTS = [
    [("h", 1)],
    [("h", 5)],
    [("h", 1), ("c", 1)],
    [("h", 3), ("c", 3)],
    [("h", 4), ("h", 2)],
    [("h", 2), ("c", 2), ("h", 3), ("h", 1), ("c", 1)],
]


def places(segments):
    """(memory, segment, index, address) of each element of a vector."""
    walked, totals = [], {"h": 0, "c": 0}
    for number, (name, count) in enumerate(segments):
        for index in range(count):
            walked.append((int(name == "c"), number, index, totals[name]))
            totals[name] += 1
    return walked


def widths(segments):
    """Bits of h's and of c's words."""
    return H_BITS, C_BITS if any(name == "c" for name, _ in segments) else 0


class Starter:
    """Starts walks in given cycles, and further ones, `count` in all, `pause` cycles after `done`."""

    def __init__(self, dut, count: int, at: list[int], pause: int = 1):
        self.inputs, self.outputs = [dut.start], [dut.busy, dut.done]
        self.count, self.at, self.pause = count, at, pause
        self.starts, self.dones = [], []

    def offer(self, cycle: int) -> tuple:
        start = cycle in self.at and len(self.starts) < self.count
        if start:
            self.starts.append(cycle)
        return (int(start),)

    def see(self, cycle: int, outputs) -> None:
        busy, done = outputs
        running = len(self.dones) < len([start for start in self.starts if start < cycle])
        assert busy == running
        if done:
            assert busy
            self.dones.append(cycle)
            self.at = [*self.at, cycle + self.pause]

    @property
    def done(self) -> bool:
        return len(self.dones) == self.count


class Memories:
    """Synchronous read ports of both state memories."""

    def __init__(self, dut, segments, contents):
        self.inputs = [dut.h_data] + ([dut.c_data] if widths(segments)[1] else [])
        self.outputs = [dut.enable, dut.memory, dut.segment, dut.index, dut.address]
        self.contents, self.places = contents, places(segments)
        self.words, self.read, self.done = [-1, -1], 0, True

    def offer(self, cycle: int) -> tuple:
        return tuple(self.words[: len(self.inputs)])

    def see(self, cycle: int, outputs) -> None:
        enable, *place = outputs
        if enable:
            assert tuple(place) == self.places[self.read % len(self.places)]
            self.words = [-1, -1]  # the other port gives something else
            self.words[place[0]] = self.contents[self.read]
            self.read += 1


def vectors(rng, segments, count: int) -> list[int]:
    """Random elements of state vectors, one after the other."""
    limits = [1 << (bits - 1) for bits in (H_BITS, C_BITS)]
    return [int(rng.integers(-limits[at], limits[at])) for at, *_ in places(segments)] + (
        vectors(rng, segments, count - 1) if count > 1 else []
    )


@pytest.mark.parametrize("eagerness", [1, 0.4])
@pytest.mark.parametrize("segments", SEGMENTS)
def test_load(segments, eagerness):
    rng = np.random.default_rng(1)
    count, size = 3, len(places(segments))
    stream = vectors(rng, segments, count)
    dut = StateLoad(segments, C_BITS)
    starter, source = (
        Starter(dut, count, [4], 2),
        Source(dut.state, [(v,) for v in stream], offered(rng, len(stream), eagerness)),
    )
    extra = [dut.write, dut.memory, dut.segment, dut.index, dut.address, dut.data]
    seen = drive(dut, [starter, source], extra=extra)
    written = [(cycle, *row[1:]) for cycle, row in enumerate(seen) if row[0]]
    wanted = [(*place, value) for place, value in zip(places(segments) * count, stream, strict=True)]
    assert [row[1:] for row in written] == wanted
    assert [row[0] for row in written] == source.accepted
    for number, start in enumerate(starter.starts):
        part = slice(number * size, (number + 1) * size)
        assert source.accepted[part] == accept(source.earliest[part], start + 1)
    assert starter.dones == source.accepted[size - 1 :: size]


def run_read(segments, ready, *, at=(3,), pause=1, unrest=None, count=3):
    """Read vectors; assert contents and cycles."""
    rng = np.random.default_rng(2)
    contents, size = vectors(rng, segments, count), len(places(segments))
    dut = StateRead(segments, *widths(segments))
    starter, memories = Starter(dut, count, at, pause), Memories(dut, segments, contents)
    sink = Sink(dut.final, count * size, ready)
    drive(dut, [starter, memories, sink], unrest=unrest)
    assert sink.beats == [(value, (n + 1) % size == 0) for n, value in enumerate(contents)]
    model = ModelSink(ready)
    for start in starter.starts:
        model.push(Step([start + 2] * size, True, True))
    assert sink.transfers == model.transfers
    assert starter.dones == sink.transfers[size - 1 :: size]
    return starter, sink


@pytest.mark.parametrize("pause", [1, 5])
@pytest.mark.parametrize("chance", [1, 0.5])
@pytest.mark.parametrize("segments", SEGMENTS)
def test_read(segments, chance, pause):
    run_read(segments, always() if chance == 1 else sometimes(np.random.default_rng(3), chance), pause=pause)


@pytest.mark.parametrize("seed", range(5))
def test_reset_at_any_cycle(seed):
    rng = np.random.default_rng(seed)
    run_read(SEGMENTS[-1], sometimes(rng, 0.6), unrest=rng)


def test_read_by_hand():
    """Started in cycle 3, two elements: valid in 5 and 6; the next walk starts with `done`, in 6."""
    starter, sink = run_read([("h", 1), ("c", 1)], always(), at=[3, 6], count=2)
    assert starter.dones == [6, 9]
    assert sink.transfers == [5, 6, 8, 9]


def test_load_by_hand():
    """Started in cycle 3, two elements: taken in 4 and 5; the next walk starts with `done`, in 5."""
    dut = StateLoad([("h", 1), ("c", 1)], C_BITS)
    starter, source = Starter(dut, 2, [3, 5]), Source(dut.state, [(n,) for n in range(4)], [0] * 4)
    drive(dut, [starter, source])
    assert source.accepted == [4, 5, 6, 7]
    assert starter.dones == [5, 7]


def test_a_wrong_place_is_found():
    """Control: the memories expect another order."""
    dut = StateRead([("h", 1), ("c", 2)], H_BITS, C_BITS)
    ends = [Starter(dut, 1, [0]), Memories(dut, [("c", 2), ("h", 1)], [1, 2, 3]), Sink(dut.final, 3, always())]
    with pytest.raises(AssertionError):
        drive(dut, ends)


@pytest.mark.parametrize("segments", [(), (("x", 1),), (("h", 1), ("c", 0))])
def test_segments_are_checked(segments):
    message = f"a state vector is made of parts of h and c, an element at least, not {segments}"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        StateRead(segments, H_BITS, C_BITS)
