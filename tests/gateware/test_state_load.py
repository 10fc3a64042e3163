# amaranth: UnusedElaboratable=no
"""A state vector that comes in: each round in its place, in the cycle that the schedule says."""

import numpy as np
import pytest

from rnnhw.gateware.state_load import InitialState, StateLoad
from rnnhw.plan.states import StatePort, StateTimes

from .plans import small_engine
from .state_ends import Starter
from .streams import Sink, Source, always, drive, offered, sometimes

WIDTH = 9
CASES = [  # hidden, kind, pipelines
    ([1], "rnn-tanh", 1),
    ([5], "gru", 2),
    ([3], "lstm", 1),
    ([4, 3], "lstm", 3),
    ([2, 5], "gru-before", 2),
]


def make(case):
    hidden, kind, pipelines = case
    sizes = {"inputs": 2, "hidden": hidden, "outputs": [2], "kinds": [kind]}
    return small_engine(1, sizes, {"lanes": min(pipelines, min(hidden)), "pipelines": min(pipelines, min(hidden))})


class Offers(StatePort):
    """A source that has elements from given cycles on."""

    def __init__(self, earliest):
        super().__init__()
        self.earliest = iter(earliest)

    def transfer(self, earliest: int) -> int:
        return super().transfer(max(earliest, next(self.earliest)))


def rounds(plan, vector):
    """(write_h, write_c, pass, end, values) of each round of a vector."""
    values = iter(vector)
    for part in plan.state_parts:
        left = part.length
        while left:
            size = min(left, plan.geometry.pipelines)
            left -= size
            round_ = [next(values) for _ in range(size)]
            yield part.memory == "h", part.carry is not None, part.number, left == 0, round_


def run(plan, eagerness=1.0, count=3, *, expected=None):
    rng = np.random.default_rng(1)
    size = sum(part.length for part in plan.state_parts)
    words = rng.integers(-(1 << WIDTH - 1), 1 << WIDTH - 1, (count, size)).tolist()
    dut = StateLoad(plan, WIDTH)
    earliest = offered(rng, count * size, eagerness)
    source = Source(dut.state, [(word,) for vector in words for word in vector], earliest)
    starter = Starter(dut, count, at=3)
    extra = [dut.write_h, dut.write_c, dut.tag.number, dut.tag.end, dut.tag.bank, *dut.values]
    seen = drive(dut, [starter, source], extra=extra)
    times = StateTimes(plan.state_parts, plan.geometry, Offers(earliest), None)
    on = [times.load(start) for start in starter.starts]
    assert source.accepted == times.source.cycles
    assert [cycle + 1 for cycle in starter.dones] == on  # the cycle after the last write
    written = [row for row in seen if row[0] or row[1]]
    wanted = [(n, *row) for n, vector in enumerate(words) for row in rounds(expected or plan, vector)]
    assert len(written) == len(wanted)
    for row, (number, *flags, values) in zip(written, wanted, strict=True):
        assert row[:5] == (*flags, starter.banks[number])
        assert list(row[5 : 5 + len(values)]) == values
    return source, starter


@pytest.mark.parametrize("eagerness", [1, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_vectors(case, eagerness):
    run(make(case), eagerness)


def test_by_hand():
    """Three elements of h, three of c, one a round: started in cycle 3, taken in 4 .. 9, the last written in 10."""
    source, starter = run(make(CASES[2]), count=1)
    assert source.accepted == [4, 5, 6, 7, 8, 9]
    assert starter.dones == [10]


def test_another_layout_is_found():
    """Control."""
    with pytest.raises((AssertionError, StopIteration, RuntimeError)):
        run(make(CASES[3]), expected=make(([3, 4], "lstm", 3)))


class LateSink(Sink):
    """Looks away in cycle 0, in which the constant's first word is being read (no `StateLoad` is ready so early)."""

    def see(self, cycle: int, outputs) -> None:
        if cycle > 0:
            super().see(cycle, outputs)


@pytest.mark.parametrize("take", [1, 0.5])
@pytest.mark.parametrize("words", [[-5], [1, -256, 255], list(range(-20, 20))])
def test_initial_state(words, take):
    """The constant is offered again and again, an element in each cycle in which it is taken."""
    dut = InitialState([word & ((1 << WIDTH) - 1) for word in words], WIDTH, "block")
    ready = always() if take == 1 else sometimes(np.random.default_rng(2), take)
    sink = LateSink(dut.state, 3 * len(words), np.concatenate([[False], np.resize(ready, 500)]))
    drive(dut, [sink])
    assert [beat[0] for beat in sink.beats[: 3 * len(words)]] == words * 3
