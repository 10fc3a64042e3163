"""The schedule: figures known beforehand, a case by hand, and what holds for every run."""

from itertools import pairwise

import numpy as np
import pytest

from rnnhw.plan import Timing, make_plan

from .cases import make_network, random_case

SEEDS = range(30)


@pytest.mark.parametrize(
    ("inputs", "hidden", "outputs", "lanes", "cycles", "stalls"),
    [
        (1, 20, [], 4, 420, 0),  # the case that other generators are compared by
        (8, 32, [10], 1, 5120, 0),
        (8, 32, [10], 8, 640, 0),  # the digits network
        (8, 32, [10], 16, 320, 0),
        (8, 32, [10], 32, 173, 13),  # five table slots a unit: 160, and the way back into the state
        (8, 32, [10], 64, 172, 92),
    ],
)
def test_documented_cases(inputs, hidden, outputs, lanes, cycles, stalls):
    plan = make_plan(make_network(inputs, [hidden], outputs, "many-to-one"), lanes=lanes)
    assert plan.cycles_per_step == cycles
    assert plan.stall_cycles == stalls
    assert plan.bound_cycles == -(-4 * hidden // lanes) * (inputs + hidden) == cycles - stalls
    assert plan.head_cycles == sum(-(-n // lanes) * hidden for n in outputs)
    assert type(plan.cycles_per_step) is int


def test_a_head_in_every_step_counts_in_every_step():
    once, every = (make_plan(make_network(8, [32], [10], mode), lanes=16) for mode in ("many-to-one", "many-to-many"))
    assert (once.bound_cycles, once.head_cycles) == (320, 32)
    assert (every.bound_cycles, every.head_cycles) == (352, 0)
    assert every.cycles_per_step == 352
    assert once.macs_per_step == every.macs_per_step == 128 * 40 + 10 * 32


def test_the_smallest_network_by_hand():
    """One unit, one input, four lanes, a plain table.

    x is accepted in cycle 0 and read in 1; h follows in 2; the sums are captured 3 cycles later, in 5; the rows
    i, g, f, o leave in 6, 7, 8, 9. After row o: its value stands at the multiplier after 3 cycles, the new c
    takes the place of a pre-activation after 5, tanh(c) stands at the multiplier after 7, h is written
    after 9, in 18, and leaves in 19. In the next step, h is read in 19 instead of 2: 17 cycles later.

    The third step begins a sequence and does not wait for h: x is read in 20, h (as zero) in 21. The capture,
    due in 24, waits for the last row of the step before, in 26. The rows i, g, f leave in 27, 28, 29; in 30 the
    cell state of the step before has the table; o leaves in 31, and the result 10 cycles after it.
    """
    plan = make_plan(make_network(1, [1]), lanes=4)
    run = plan.run([2, 1])
    assert run.outputs == run.answers
    assert run.outputs == (19, 36, 41)
    assert run.accepted == ((0, 0), (1, 1), (2, 2))
    assert plan.cycles_per_step == 17
    assert plan.latency_cycles == 19


def test_an_interpolated_table_takes_two_cycles_more_each_time():
    plain, interpolated = (make_plan(make_network(1, [1], table=t), lanes=4) for t in ("exact", "interpolated"))
    assert (plain.timing, interpolated.timing) == (Timing(1), Timing(3))
    assert interpolated.latency_cycles == plain.latency_cycles + 4
    assert interpolated.cycles_per_step == plain.cycles_per_step + 4


@pytest.mark.parametrize("seed", SEEDS)
def test_what_holds_for_every_run(seed):
    network, lanes = random_case(seed)
    plan = make_plan(network, lanes=lanes)
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 6, 4).tolist()
    run, steps = plan.run(lengths), sum(lengths)
    answering = steps if plan.every_step else len(lengths)
    assert len(run.accepted) == steps
    assert len(run.answers) == answering
    assert len(run.outputs) == answering * network.output_size
    assert all(late - early == network.input_size - 1 for early, late in run.accepted)
    assert all(after[0] > before[1] for before, after in pairwise(run.accepted))
    assert all(after > before for before, after in pairwise(run.outputs))
    assert run.answers == run.outputs[network.output_size - 1 :: network.output_size]
    ends = range(steps) if plan.every_step else (np.cumsum(lengths) - 1).tolist()
    shortest = max(item.columns for item in plan.passes)
    for answer, step in zip(run.answers, ends, strict=True):
        assert answer > run.accepted[step][1] + shortest - network.input_size
    assert plan.run(lengths) == run


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_cycle_law_says(seed):
    network, lanes = random_case(seed)
    plan = make_plan(network, lanes=lanes)
    law = sum(-(-4 * layer.hidden_size // lanes) * (layer.input_size + layer.hidden_size) for layer in network.lstms)
    head = sum(-(-layer.output_size // lanes) * layer.input_size for layer in network.denses)
    assert plan.bound_cycles == law + (head if plan.every_step else 0)
    assert plan.head_cycles == (0 if plan.every_step else head)
    assert plan.stall_cycles == plan.cycles_per_step - plan.bound_cycles >= 0
    slots = 5 * sum(layer.hidden_size for layer in network.lstms)
    assert plan.cycles_per_step >= slots  # four rows and a cell state of each unit share one table


@pytest.mark.parametrize("seed", SEEDS)
def test_the_steady_state_is_steady(seed):
    """Any twelve later steps take as long as those that the figure comes from."""
    plan = make_plan(*random_case(seed)[:1], lanes=random_case(seed)[1])
    starts = [start for start, _ in plan.run([60]).accepted]
    for first in (6, 7, 13, 30, 40):
        assert starts[first + 12] - starts[first] == 12 * plan.cycles_per_step


@pytest.mark.parametrize("seed", SEEDS)
def test_sequences_far_apart_do_not_know_of_each_other(seed):
    network, lanes = random_case(seed)
    plan = make_plan(network, lanes=lanes)
    gap, before, after = 10**6, 3, 4
    both = plan.run([before, after], lambda step: gap if step >= before else 0)
    first, second = plan.run([before]), plan.run([after])
    assert both.accepted[:before] == first.accepted
    assert both.outputs[: len(first.outputs)] == first.outputs
    assert [(a - gap, b - gap) for a, b in both.accepted[before:]] == list(second.accepted)
    assert [cycle - gap for cycle in both.outputs[len(first.outputs) :]] == list(second.outputs)
    assert [cycle - gap for cycle in both.answers[len(first.answers) :]] == list(second.answers)


@pytest.mark.parametrize("seed", SEEDS)
def test_later_inputs_make_nothing_earlier(seed):
    network, lanes = random_case(seed)
    plan = make_plan(network, lanes=lanes)
    rng = np.random.default_rng(seed)
    offers = np.cumsum(rng.integers(0, 400, 9)).tolist()
    eager, slow = plan.run([4, 5]), plan.run([4, 5], lambda step: offers[step])
    assert all(start >= offers[step] for step, (start, _) in enumerate(slow.accepted))
    assert all(late >= early for early, late in zip(eager.outputs, slow.outputs, strict=True))
    assert plan.run([4, 5], lambda step: 0) == eager


@pytest.mark.parametrize("seed", SEEDS)
def test_latency_is_that_of_a_step_in_an_idle_core(seed):
    network, lanes = random_case(seed)
    plan = make_plan(network, lanes=lanes)
    run = plan.run([1])
    assert plan.latency_cycles == run.answers[-1] - run.accepted[-1][1]
    assert plan.latency_cycles > plan.passes[-1].columns


def test_no_stalls_where_the_state_is_long_beside_the_lanes():
    """The drain of the last group and the way into the state hide behind the columns before them."""
    for hidden, lanes, outputs in (
        (16, 4, []),
        (20, 4, []),
        (24, 8, [3]),
        (32, 8, []),
        (32, 16, [10]),
        (64, 32, []),
    ):
        plan = make_plan(make_network(4, [hidden], outputs, "many-to-one"), lanes=lanes)
        assert plan.stall_cycles == 0, (hidden, lanes)


def test_a_front_that_is_faster_than_the_drain_waits_for_it():
    """Sequences of one step wait for no state; each unit takes five slots of the drain, and inputs no sooner."""
    plan = make_plan(make_network(1, [8]), lanes=32)
    assert plan.bound_cycles == 9
    run = plan.run([1] * 20)
    starts = [start for start, _ in run.accepted]
    assert {after - before for before, after in pairwise(starts[5:])} == {40}
    assert {after - before for before, after in pairwise(run.answers[5:])} == {40}


def test_two_sequences_without_a_gap_take_less_than_two_apart():
    plan = make_plan(make_network(2, [8], [3], "many-to-one"), lanes=4)
    joined, alone = plan.run([5, 5]), plan.run([5])
    assert joined.answers[0] == alone.answers[0]
    assert alone.answers[0] < joined.answers[1] < 2 * alone.answers[0]
