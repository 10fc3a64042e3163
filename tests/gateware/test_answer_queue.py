# amaranth: UnusedElaboratable=no
"""The answer queue: every element once, in order, in the cycle that its law says, and never more than fits."""

import numpy as np
import pytest

from rnnhw.gateware.answer_queue import AnswerQueue

from .streams import Sink, always, drive, sometimes

WIDTH = 7
SIZES = [(1, 1), (2, 1), (5, 1), (1, 2), (2, 2), (3, 2), (8, 4), (7, 4), (9, 3), (13, 5)]


class Maker:
    """Plays the engine: reserves an answer while there is room, pushes its elements a few at a time."""

    def __init__(self, dut, rng, answers: int, eagerness: float, streams: int = 1):
        self.dut, self.rng, self.eagerness = dut, rng, eagerness
        self.flags = [(*rng.integers(0, 2, 2).tolist(), int(rng.integers(streams))) for _ in range(answers)]
        self.streams = streams
        self.inputs = [dut.reserve, dut.push, *(dut.data[k] for k in range(dut.results)), dut.end, dut.first, dut.last]
        self.inputs += [dut.stream] if streams > 1 else []
        self.outputs = [dut.room]
        self.reserved = self.finished = self.element = 0
        self.pushed, self.beats, self.reserves = [], [], []

    def offer(self, cycle: int) -> tuple:
        """What is done in this cycle. Whether there is room is known from the model."""
        dut, rng = self.dut, self.rng
        reserve = self.reserved < len(self.flags) and self.room(cycle) and rng.random() < self.eagerness
        count = 0
        if self.finished < self.reserved and rng.random() < self.eagerness:
            rest = dut.size - self.element
            count = min(rest, dut.results if dut.banks.aligned else int(rng.integers(1, dut.results + 1)))
        values = rng.integers(-64, 64, dut.results).tolist()
        end = count > 0 and self.element + count == dut.size
        flags = self.flags[self.finished] if count else rng.integers(0, 2, 3).tolist()
        for k in range(count):
            at = self.element + k
            first, last = flags[0] & (at == 0), flags[1] & (at == dut.size - 1)
            self.beats.append((values[k], first, last) + ((flags[2],) if self.streams > 1 else ()))
            self.pushed.append(cycle)
        self.element = 0 if end else self.element + count
        self.finished += end
        if reserve:
            self.reserves.append(cycle)
        self.reserved += reserve
        end = end if count else int(rng.integers(2))
        return (int(reserve), (1 << count) - 1, *values, end, *flags[: 3 if self.streams > 1 else 2])

    def room(self, cycle: int) -> bool:
        """Whether an answer may be reserved: all but one of those before have left before this cycle."""
        return self.reserved < 2 or self.left(self.reserved - 2, cycle)

    def left(self, answer: int, cycle: int) -> bool:
        times = self.sink.transfers
        last = (answer + 1) * self.dut.size - 1
        return len(times) > last and times[last] < cycle

    def see(self, cycle: int, outputs) -> None:
        before = self.reserved - (self.reserves[-1:] == [cycle])
        assert outputs[0] == (before < 2 or self.left(before - 2, cycle))

    @property
    def done(self) -> bool:
        return self.finished == len(self.flags)


def law(pushed, ready) -> list[int]:
    """t[j] = max(pushed[j] + 1, t[j-1] + 1, the consumer is ready)."""
    times, cycle = [], -1
    for at in pushed:
        cycle = max(cycle, at) + 1
        while not ready[cycle % len(ready)]:
            cycle += 1
        times.append(cycle)
    return times


def run(size, results, *, answers, eagerness, ready, aligned=False, streams=1, style="block", unrest=None):
    rng = np.random.default_rng([size, results, answers])
    dut = AnswerQueue(WIDTH, size, results, streams, aligned=aligned, style=style)
    maker = Maker(dut, rng, answers, eagerness, streams)
    sink = maker.sink = Sink(dut.o, answers * size, ready)
    drive(dut, [maker, sink], unrest=unrest)
    assert sink.beats == maker.beats
    assert len(sink.beats) == answers * size > 0
    return maker, sink


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize(
    ("eagerness", "chance", "style"),
    [
        (1, 1, "block"),
        (0.5, 1, "block"),
        (1, 0.4, "block"),
        (0.3, 0.3, "block"),
        (1, 1, "registers"),
        (0.5, 0.6, "registers"),
    ],
)
@pytest.mark.parametrize(("size", "results"), SIZES)
def test_random(size, results, eagerness, chance, style, aligned):
    """Banks that are read a cycle ahead, and those of registers, which are read at once."""
    ready = always() if chance == 1 else sometimes(np.random.default_rng(3), chance)
    options = {"aligned": aligned, "style": style}
    maker, sink = run(size, results, answers=6 + 40 // size, eagerness=eagerness, ready=ready, **options)
    assert sink.transfers == law(maker.pushed, ready)


@pytest.mark.parametrize("streams", [2, 3, 5])
def test_streams(streams):
    ready = sometimes(np.random.default_rng(4), 0.6)
    maker, sink = run(3, 2, answers=30, eagerness=0.7, ready=ready, streams=streams, style="registers")
    assert sink.transfers == law(maker.pushed, ready)
    assert {beat[3] for beat in sink.beats} == set(range(streams))


@pytest.mark.parametrize(("size", "results"), SIZES)
def test_two_answers_wait_for_ever(size, results):
    ready = np.arange(400) >= 300
    maker, _ = run(size, results, answers=3, eagerness=1, ready=ready)
    assert maker.reserves[1] == 1
    assert maker.reserves[2] == 300 + size
    assert maker.pushed[2 * size - 1] < 100


@pytest.mark.parametrize("seed", range(5))
def test_reset_at_any_cycle(seed):
    ready = sometimes(np.random.default_rng(seed), 0.7)
    unrest = np.random.default_rng(seed)
    maker, sink = run(4, 3, answers=8, eagerness=0.8, ready=ready, streams=2, unrest=unrest)
    assert sink.transfers == law(maker.pushed, ready)


def test_the_law_can_fail():
    """Control: a consumer that is ready at other times than the law was told."""
    ready = sometimes(np.random.default_rng(4), 0.6)
    maker, sink = run(3, 2, answers=10, eagerness=1, ready=ready)
    assert sink.transfers != law(maker.pushed, always())
    assert sink.transfers != law(maker.pushed, ~ready)
