# amaranth: UnusedElaboratable=no
"""The sequence buffer: contents against plain lists, cycles against its schedule, with stalls on both sides."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.sequence_buffer import SequenceBuffer
from rnnhw.plan.stages import SequenceBufferStage, Step

from .streams import ModelSink, Sink, Source, always, drive, offered, sometimes

WIDTH = 6


def steps_of(rng, lengths, cut_chance: float = 0.0):
    """(first, last) of each step; now and then a sequence breaks off, and the next one begins with `first`."""
    flags = []
    for length in lengths:
        kept = int(rng.integers(1, length)) if length > 1 and rng.random() < cut_chance else length
        flags += [(t == 0, t == length - 1) for t in range(kept)]
    return flags


def played(steps, pieces, max_steps: int, last_only: bool):
    """The beats that shall come out of steps (elements, first, last), and whether one was cut."""
    beats, stored, overflow = [], [], False
    for elements, first, last in steps:
        stored = [elements] if first else [*stored, elements]
        if not last and len(stored) < max_steps:
            continue
        overflow |= not last
        jobs = range(len(stored))
        for t in jobs[-1:] if last_only else jobs:
            vector = []
            for offset, length, mirrored in pieces:
                vector += stored[-1 - t if mirrored else t][offset : offset + length]
            opens, closes = last_only or t == 0, t == jobs[-1]
            beats += [(v, opens and k == 0, closes and k == len(vector) - 1) for k, v in enumerate(vector)]
        stored = []
    return beats, overflow


def run(size, pieces, max_steps, flags, rng, *, last_only=False, eagerness=1.0, ready=None, unrest=None):
    """Play steps through buffer and model; assert contents and cycles. Returns (source, sink, overflow by cycle)."""
    ready = always() if ready is None else ready
    steps = [(rng.integers(-32, 32, size).tolist(), *flag) for flag in flags]
    earliest = offered(rng, len(steps) * size, eagerness)
    junk = rng.integers(0, 2, (len(steps), size, 2)).tolist()  # flags inside a step
    source_beats = [
        (value, first if k == 0 else junk[n][k][0], last if k == size - 1 else junk[n][k][1])
        for n, (elements, first, last) in enumerate(steps)
        for k, value in enumerate(elements)
    ]
    expected, overflow = played(steps, pieces, max_steps, last_only)
    model_sink = ModelSink(ready)
    model = SequenceBufferStage(size, pieces, max_steps, last_only, model_sink)
    accepted = []
    for n, (first, last) in enumerate(flags):
        accepted += model.push(Step(earliest[n * size : (n + 1) * size], first, last))
    dut = SequenceBuffer(WIDTH, size, pieces, max_steps, last_only=last_only)
    source, sink = Source(dut.i, source_beats, earliest), Sink(dut.o, len(expected), ready)
    seen = drive(dut, [source, sink], extra=[dut.overflow], unrest=unrest)
    assert sink.beats == expected
    assert len(expected) > 0
    assert source.accepted == accepted
    assert sink.transfers == model_sink.transfers
    assert seen[-1][0] == overflow
    return source, sink, [row[0] for row in seen]


CASES = [
    (1, [(0, 1, False)]),
    (1, [(0, 1, True)]),
    (1, [(0, 1, False), (0, 1, True)]),
    (3, [(0, 3, False), (0, 3, True)]),
    (5, [(0, 2, False), (2, 3, True)]),
    (4, [(3, 1, True), (0, 4, False), (1, 2, True)]),
]


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize(("eagerness", "chance"), [(1, 1), (0.4, 1), (1, 0.4), (0.6, 0.6)])
@pytest.mark.parametrize("max_steps", [1, 2, 3, 7])
@pytest.mark.parametrize(("size", "pieces"), CASES)
def test_random(size, pieces, max_steps, eagerness, chance, last_only):
    """Lengths up to the limit and beyond it, and sequences that break off."""
    rng = np.random.default_rng([size, max_steps, len(pieces)])
    flags = steps_of(rng, [*rng.integers(1, max_steps + 2, 9).tolist(), max_steps], cut_chance=0.2)
    ready = always() if chance == 1 else sometimes(rng, chance)
    run(size, pieces, max_steps, flags, rng, last_only=last_only, eagerness=eagerness, ready=ready)


def test_cycles_by_hand():
    """Sequences of two steps of two elements, played forward and backward: 8 elements each.

    The first one is in after cycle 3 and comes out in 5..12; the second one, in after 7, follows without a gap.
    The first bank is free when its final element is fetched, in 11: the third sequence comes in from 12 on.
    """
    rng = np.random.default_rng(1)
    pieces = [(0, 2, False), (0, 2, True)]
    source, sink, overflow = run(2, pieces, 2, steps_of(rng, [2, 2, 2]), rng)
    assert source.accepted == [*range(8), *range(12, 16)]
    assert sink.transfers == list(range(5, 29))
    assert [beat[1:] for beat in sink.beats] == ([(1, 0)] + [(0, 0)] * 6 + [(0, 1)]) * 3
    assert not any(overflow)


def test_a_long_sequence_is_cut():
    """Seven steps without `last`, of which three fit: two sequences, and the beginning of one that never ends."""
    rng = np.random.default_rng(2)
    flags = [(step == 0, False) for step in range(7)]
    _, sink, overflow = run(1, [(0, 1, False)], 3, flags, rng)
    assert [beat[1:] for beat in sink.beats] == [(1, 0), (0, 0), (0, 1)] * 2
    assert overflow == [0, 0, 0] + [1] * (len(overflow) - 3)


def test_first_in_the_middle_restarts():
    rng = np.random.default_rng(3)
    flags = [(True, False), (False, False), (True, False), (False, True), (False, False), (True, True)]
    _, sink, overflow = run(2, [(0, 1, True)], 4, flags, rng)
    assert [beat[1:] for beat in sink.beats] == [(1, 0), (0, 1), (1, 1)]
    assert not any(overflow)


def test_a_stopped_consumer_stops_the_producer():
    """Both banks fill, then nothing is taken till the first one has been played."""
    rng = np.random.default_rng(4)
    ready = np.arange(200) >= 100
    source, sink, _ = run(3, [(0, 3, False)], 2, steps_of(rng, [2, 2, 1]), rng, ready=ready)
    assert source.accepted == [*range(12), 105, 106, 107]
    assert sink.transfers == list(range(100, 115))


@pytest.mark.parametrize("seed", range(6))
def test_reset_at_any_cycle(seed):
    rng = np.random.default_rng(seed)
    pieces = [(0, 2, False), (2, 1, True)]
    ready = sometimes(rng, 0.7)
    run(3, pieces, 3, steps_of(rng, [2, 3, 4, 1]), rng, last_only=seed % 2, ready=ready, unrest=rng)


def test_parameters_are_checked():
    with pytest.raises(RnnhwError, match=r"^max_steps must be at least 1, not 0$"):
        SequenceBuffer(WIDTH, 2, [(0, 2, False)], 0)
    with pytest.raises(RnnhwError, match=r"^a piece must lie in 0..1, not 2 elements from 1 on$"):
        SequenceBuffer(WIDTH, 2, [(1, 2, False)], 3)


def test_another_latency_is_found(monkeypatch):
    """The control of all comparisons with the schedule."""
    rng = np.random.default_rng(5)
    monkeypatch.setattr("rnnhw.plan.stages.sequence_buffer.STORED", 3)
    with pytest.raises(AssertionError):
        run(2, [(0, 2, True)], 2, steps_of(rng, [2, 2, 2]), rng)
