# amaranth: UnusedElaboratable=no
"""A state vector that goes out: each element from its place, in the cycle that the schedule says."""

import numpy as np
import pytest

from rnnhw.gateware.state_read import StateRead
from rnnhw.plan.states import StatePort, StateTimes

from .plans import small_engine
from .state_ends import Starter
from .streams import Sink, always, drive, sometimes

WIDTH = 16
CASES = [  # hidden, kind, pipelines, columns
    ([1], "rnn-tanh", 1, 1),
    ([5], "gru", 2, 1),
    ([3], "lstm", 1, 3),
    ([4, 3], "lstm", 3, 1),
    ([4, 5], "lstm", 2, 4),
    ([2, 5], "gru-before", 2, 2),
]


def make(case):
    hidden, kind, pipelines, columns = case
    sizes = {"inputs": 4, "hidden": hidden, "outputs": [2], "kinds": [kind]}
    pipelines = min(pipelines, min(hidden))
    return small_engine(1, sizes, {"lanes": pipelines, "pipelines": pipelines, "columns_per_cycle": columns})


class Memories:
    """Both memories, filled with random words; what is not asked for is junk."""

    def __init__(self, dut, plan, rng):
        shape = plan.geometry
        self.inputs = [*(dut.h_data[k] for k in range(shape.columns)), *(dut.c_data[k] for k in range(shape.pipelines))]
        self.outputs = [dut.h_address, dut.h_part, dut.c_read, dut.c_pass]
        self.plan, self.rng, self.done = plan, rng, True
        self.h = [self.words(dut.bits, shape.word) for _ in range(plan.state_words)]
        passes = {part.number: part.length for part in plan.state_parts if part.memory == "c"}
        self.rounds = [
            (number, self.words(plan.cell_bits, shape.pipelines))
            for number, length in passes.items()
            for _ in range(-(-length // shape.pipelines))
        ]
        self.read, self.h_word, self.c_word = 0, [0] * shape.columns, [0] * shape.pipelines

    def words(self, bits: int, count: int) -> list[int]:
        """Random signed elements."""
        return self.rng.integers(-(1 << bits - 1), 1 << bits - 1, count).tolist()

    def offer(self, cycle: int) -> tuple:
        """What was read in the cycle before."""
        return (*self.h_word, *self.c_word)

    def see(self, cycle: int, outputs) -> None:
        """Read for the next cycle."""
        address, part, c_read, c_pass = outputs
        columns = self.plan.geometry.columns
        word = self.h[address] if address < len(self.h) else [-1] * self.plan.geometry.word  # beyond: while c is read
        self.h_word = word[part * columns : (part + 1) * columns]
        self.c_word = [-1] * len(self.c_word)
        if c_read:
            number, self.c_word = self.rounds[self.read % len(self.rounds)]
            assert number == c_pass
            self.read += 1

    def vector(self, bank: int) -> list[int]:
        """The elements that shall come out."""
        elements, word = [], self.plan.geometry.word
        for part in self.plan.state_parts:
            if part.memory == "h":
                base = self.plan.work.outputs[part.number][bank]
                elements += [self.h[base + at // word][at % word] for at in range(part.length)]
            else:
                values = [value for number, round_ in self.rounds if number == part.number for value in round_]
                elements += values[: part.length]
        return elements


class Takes(StatePort):
    """A sink with a readiness by cycle."""

    def __init__(self, ready):
        super().__init__()
        self.ready = ready

    def transfer(self, earliest: int) -> int:
        cycle = max(earliest, self.cycles[-1] + 1 if self.cycles else 0)
        while not self.ready[cycle % len(self.ready)]:
            cycle += 1
        return super().transfer(cycle)


def run(plan, ready, count=3, pause=1, *, swapped=False):
    dut = StateRead(plan, WIDTH)
    memories, starter = Memories(dut, plan, np.random.default_rng(1)), Starter(dut, count, 3, pause)
    size = sum(part.length for part in plan.state_parts)
    sink = Sink(dut.final, count * size, ready)
    seen = drive(dut, [starter, memories, sink], extra=[dut.busy])
    wanted = [value for bank in starter.banks for value in memories.vector(bank ^ swapped)]
    assert sink.beats == [(value, int(n % size == size - 1)) for n, value in enumerate(wanted)]
    times = StateTimes(plan.state_parts, plan.geometry, None, Takes(ready))
    on = [times.read(start) for start in starter.starts]
    assert sink.transfers == times.sink.cycles
    assert [cycle + 1 for cycle in starter.dones] == on
    busy = [any(a < n <= b for a, b in zip(starter.starts, starter.dones, strict=True)) for n in range(len(seen))]
    assert [bool(row[0]) for row in seen] == busy
    return starter, sink


@pytest.mark.parametrize("pause", [1, 4])
@pytest.mark.parametrize("take", [1, 0.5])
@pytest.mark.parametrize("case", CASES)
def test_vectors(case, take, pause):
    run(make(case), always() if take == 1 else sometimes(np.random.default_rng(3), take), pause=pause)


def test_by_hand():
    """Three elements of h in a word, then three rounds of an element of c; started in cycle 3, each word 3 later."""
    starter, sink = run(make(CASES[2]), always(), count=1)
    assert sink.transfers == [6, 7, 8, 11, 14, 17]
    assert starter.dones == [17]


def test_the_other_bank_is_found():
    """Control."""
    with pytest.raises(AssertionError):
        run(make(CASES[1]), always(), swapped=True)
