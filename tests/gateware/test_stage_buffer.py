# amaranth: UnusedElaboratable=no
"""The stage buffer: nothing lost, doubled or reordered, and the stream's rules."""

import numpy as np
import pytest

from rnnhw.gateware.stage_buffer import StageBuffer

from .streams import Sink, always, drive, sometimes


class Pusher:
    """Pushes random elements where it may."""

    def __init__(self, dut, count: int, chance: float, rng):
        fields = [dut.answer[name] for name, _ in dut.answer.shape()]
        self.inputs, self.outputs = [dut.push, *fields], [dut.full]
        self.count, self.chance, self.rng = count, chance, rng
        self.streams = len(fields) == 4
        self.pushed: list[tuple] = []
        self.cycles: list[int] = []
        self.sink, self.full = None, 0

    def offer(self, cycle: int) -> tuple:
        held = len(self.pushed) - len(self.sink.beats)
        beat = (int(self.rng.integers(-64, 64)), *self.rng.integers(0, 2, 2).tolist())
        beat += (int(self.rng.integers(3)),) if self.streams else ()
        self.expected_full = int(held == 2)
        self.row = (int(held < 2 and not self.done and self.rng.random() < self.chance), *beat)
        return self.row

    def see(self, cycle: int, outputs) -> None:
        assert outputs == (self.expected_full,)
        if self.row[0]:
            self.pushed.append(self.row[1:])
            self.cycles.append(cycle)

    @property
    def done(self) -> bool:
        return len(self.pushed) == self.count


def run(count: int, chance: float, ready, streams: int = 1):
    dut = StageBuffer(7, streams)
    pusher, sink = Pusher(dut, count, chance, np.random.default_rng(3)), Sink(dut.o, count, ready)
    pusher.sink = sink
    drive(dut, [pusher, sink])
    assert sink.beats == pusher.pushed
    return pusher, sink


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("chance", [1, 0.7, 0.2])
@pytest.mark.parametrize("take", [1, 0.7, 0.2])
def test_random(take, chance, streams):
    run(200, chance, sometimes(np.random.default_rng(5), take), streams)


def test_one_element_a_cycle_and_one_cycle_late():
    pusher, sink = run(50, 1, always())
    assert pusher.cycles == list(range(50))
    assert sink.transfers == list(range(1, 51))


@pytest.mark.parametrize("period", [2, 3, 5])
def test_rhythms(period):
    run(60, 1, np.arange(period) == period - 1)


def test_holds_two_elements_for_ever():
    pusher, sink = run(3, 1, np.arange(400) >= 200)
    assert pusher.cycles[:2] == [0, 1]
    assert sink.transfers == [200, 201, 202]
    assert pusher.cycles[2] == 201
