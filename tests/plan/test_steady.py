"""The mean of the steady state: against long runs, and where a short look would be wrong."""

from itertools import pairwise

import pytest

from rnnhw.plan import StepMark, make_plan
from rnnhw.plan.stages import Sink, Step
from rnnhw.plan.steady import endless_cycles, mean_cycles, sequence_cycles, tidy

from .cases import make_network, random_plan, sequences


def test_tidy():
    assert tidy(12, 4) == 3
    assert type(tidy(12, 4)) is int
    assert tidy(5, 2) == 2.5


@pytest.mark.parametrize("seed", range(40))
def test_it_is_what_a_long_run_takes(seed):
    """The mean of many later steps, if what they begin with is long over."""
    plan = random_plan(
        seed, kinds=["lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"], mode="many-to-many", head="none"
    )
    streams = range(plan.hardware.streams)
    starts = [a for a, _ in plan.run([StepMark(t == 0, False, b) for t in range(600) for b in streams]).accepted]
    step = plan.cycles_per_step * len(streams)
    for first in (200, 300):
        last = starts[len(streams) * (first + 240)] - starts[len(streams) * first]
        assert last == pytest.approx(240 * step, abs=step)
    assert plan.cycles_per_step >= plan.bound_cycles


def test_a_drain_that_is_a_little_slower_than_its_front():
    """It takes 61 cycles a step at first, and 64 as soon as the room between front and drain is used up."""
    plan = make_plan(make_network(8, [64]), lanes=256, columns_per_cycle=8)
    assert plan.cycles_per_step == 64
    assert 64 in {b - a for a, b in pairwise(start for start, _ in plan.run(sequences(60)).accepted)}


@pytest.mark.parametrize("seed", range(40))
def test_looking_at_the_state_changes_nothing(seed):
    plan = random_plan(seed)
    streams = plan.hardware.streams
    marks = [mark for b in range(streams) for mark in sequences(3, 1, 6, 2, stream=b)][:: streams or 1]
    looked, alone = Sink(), Sink()
    one, other = plan.links.forward(looked), plan.links.forward(alone)
    for mark in marks:
        now = one.push(Step([0] * plan.network.input_size, *mark))
        one.state(now[-1])
        assert now == other.push(Step([0] * plan.network.input_size, *mark))
    assert looked.transfers == alone.transfers


def test_equal_states_are_followed_by_equal_steps():
    plan = make_plan(make_network(3, [6, 5], [4]), lanes=7)
    stage, seen, starts = plan.links.forward(Sink()), {}, []
    for number in range(60):
        now = stage.push(Step([0] * 3, number == 0, False))[-1]
        seen.setdefault(stage.state(now), []).append(number)
        starts.append(now)
    again = [numbers for numbers in seen.values() if len(numbers) > 1]
    assert again
    for numbers in again:
        ahead = {tuple(starts[n + k] - starts[n] for k in range(5)) for n in numbers if n < 50}
        assert len(ahead) <= 1


def test_long_sequences_are_extrapolated():
    """What lies in the middle of a sequence costs the same in a longer one."""
    plan = make_plan(make_network(3, [6], mode="many-to-one"), lanes=4)
    exact = sequence_cycles(plan.links.first, 3, 40, 1, 40)
    assert sequence_cycles(plan.links.first, 3, 40, 1, 16) == pytest.approx(exact)
    assert abs(exact - endless_cycles(plan.links.first, 3, 1)) < 1
    assert mean_cycles(plan.links.first, 3, sequences(40)) == exact


def test_a_buffer_that_fills_slowly():
    """The layer behind is slower by less than a step in a sequence; patience ends before the banks are full."""

    class Slow:
        """Takes a sequence of two steps in 1001 cycles, and may be 10 ** 6 cycles behind."""

        def __init__(self, sink):
            self.sink, self.front, self.back = sink, 0, 0

        def push(self, step):
            self.front = max(self.front + 500, self.back - 10**6)
            if step.last:
                self.back = max(self.front, self.back + 1001)
                self.sink.push(Step([self.back], True, True))
            return [self.front]

        def state(self, now):
            return (self.back - now,)

    assert mean_cycles(Slow, 1, sequences(2)) == 500.5
