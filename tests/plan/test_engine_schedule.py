"""The recurrence of an engine: what holds for every run; simulations hold it against the hardware."""

from itertools import pairwise

import numpy as np
import pytest

from rnnhw.plan import make_plan

from .cases import CELLS, make_network, random_case, random_knobs, random_plan, sequences


def plan_of(seed: int):
    """A plan without softmax, whose frame has a phase of its own, and with more than one step a sequence."""
    network = random_case(seed, kinds=CELLS, mode=["many-to-one", "many-to-many"][seed % 2], head="none")
    return make_plan(network, **(random_knobs(seed, network) | {"streams": 1}))


@pytest.mark.parametrize("seed", range(30))
def test_sequences_far_apart_do_not_know_of_each_other(seed):
    plan, gap, before, after = plan_of(seed), 10**6, 3, 4
    both = plan.run(sequences(before, after), lambda step: gap if step >= before else 0)
    first, second = plan.run(sequences(before)), plan.run(sequences(after))
    assert both.accepted[:before] == first.accepted
    assert both.outputs[: len(first.outputs)] == first.outputs
    assert [(a - gap, b - gap) for a, b in both.accepted[before:]] == list(second.accepted)
    assert [cycle - gap for cycle in both.outputs[len(first.outputs) :]] == list(second.outputs)
    assert [cycle - gap for cycle in both.answers[len(first.answers) :]] == list(second.answers)


@pytest.mark.parametrize("seed", range(30))
def test_no_input_is_accepted_before_it_is_offered(seed):
    plan, rng = plan_of(seed), np.random.default_rng(seed)
    offers = np.cumsum(rng.integers(0, 400, 9)).tolist()
    slow = plan.run(sequences(4, 5), lambda step: offers[step])
    assert all(start >= offers[step] for step, (start, _) in enumerate(slow.accepted))
    assert plan.run(sequences(4, 5), lambda step: 0) == plan.run(sequences(4, 5))


@pytest.mark.parametrize("seed", range(30))
def test_no_answer_comes_before_what_it_is_made_of(seed):
    """The columns of the last pass are read after the input is there, and the rows drained after that."""
    plan = random_plan(seed, kinds=CELLS, mode="many-to-many", head="none")
    run = plan.run(sequences(3, 1, 2))
    for answer, (_, accepted) in zip(run.answers, run.accepted, strict=True):
        assert answer >= accepted + plan.engines[-1].timing.capture + 2


def test_a_front_that_is_faster_than_the_drain_waits_for_it():
    """Sequences of one step wait for no state; each unit takes five slots of the drain, and inputs no sooner."""
    plan = make_plan(make_network(1, [8]), lanes=32, pipelines=1)
    run = plan.run(sequences(*[1] * 30))
    starts = [start for start, _ in run.accepted]
    assert {after - before for before, after in pairwise(starts[9:])} == {40}
    assert {after - before for before, after in pairwise(run.answers[9:])} == {40}


def test_two_sequences_without_a_gap_take_less_than_two_apart():
    plan = make_plan(make_network(2, [8], [3], "many-to-one"), lanes=4)
    joined, alone = plan.run(sequences(5, 5)), plan.run(sequences(5))
    assert joined.answers[0] == alone.answers[0]
    assert alone.answers[0] < joined.answers[1] < 2 * alone.answers[0]
