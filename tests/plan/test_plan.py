"""A core's figures: those known beforehand, and what holds for every plan."""

from dataclasses import replace

import pytest

from rnnhw.plan import Geometry, Hardware, StepMark, make_plan

from .cases import CELLS, make_network, random_case, random_knobs, random_plan, sequences


@pytest.mark.parametrize(
    ("inputs", "hidden", "outputs", "lanes", "cycles", "stalls"),
    [
        (1, 20, [], 4, 420, 0),  # the case that other generators are compared by
        (8, 32, [10], 1, 5120, 0),
        (8, 32, [10], 8, 640, 0),  # the digits network
        (8, 32, [10], 16, 320, 0),
        (8, 32, [10], 32, 160, 0),
        (8, 32, [10], 64, 80, 0),
        (8, 32, [10], 128, 48, 8),
    ],
)
def test_documented_cases_of_an_lstm(inputs, hidden, outputs, lanes, cycles, stalls):
    plan = make_plan(make_network(inputs, [hidden], outputs, "many-to-one"), lanes=lanes)
    assert plan.cycles_per_step == cycles
    assert plan.stall_cycles == stalls
    assert plan.bound_cycles == -(-4 * hidden // lanes) * (inputs + hidden) == cycles - stalls
    assert plan.lanes == plan.multipliers == lanes
    assert type(plan.cycles_per_step) is int


@pytest.mark.parametrize(
    ("kind", "lanes", "cycles"),
    [
        *[("gru", lanes, cycles) for lanes, cycles in ((8, 480), (16, 240), (32, 120))],
        *[("gru-before", lanes, cycles) for lanes, cycles in ((8, 480), (16, 240), (32, 121))],
        *[
            (kind, lanes, cycles)
            for kind in ("rnn-tanh", "rnn-relu")
            for lanes, cycles in ((8, 160), (16, 80), (32, 40))
        ],
    ],
)
def test_documented_cases_of_other_cells(kind, lanes, cycles):
    plan = make_plan(make_network(8, [32], kind=kind), lanes=lanes)
    assert plan.cycles_per_step == cycles


def test_the_latency_optimal_end():
    """H=20, I=1, all at once: the way round through the table takes 18 cycles; 20 answers leave one a cycle."""
    once, every = (make_network(1, [20], mode=mode) for mode in ("many-to-one", "many-to-many"))
    assert make_plan(once, lanes=80, columns_per_cycle=20).cycles_per_step == 18
    assert make_plan(every, lanes=80, columns_per_cycle=20).cycles_per_step == 20


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

    The first x stays in the buffer till its column is read, in 1, and the second one till 3, so that the third
    one, for which a bank is free from 2 on, is accepted in 2.
    """
    chosen = make_plan(make_network(1, [1]), lanes=4)
    plan = replace(chosen, stages=(replace(chosen.engines[0], geometry=Geometry(4)),))
    run = plan.run(sequences(2, 1))
    assert run.outputs == run.answers == (19, 36, 41)
    assert run.accepted == ((0, 0), (1, 1), (2, 2))
    assert plan.cycles_per_step == 17
    assert plan.latency_cycles == 19
    assert (chosen.cycles_per_step, chosen.lanes) == (17, 2)  # two rows leave while the other two are summed


def test_an_interpolated_table_takes_two_cycles_more_each_time():
    plain, interpolated = (make_plan(make_network(1, [1], table=t), lanes=4) for t in ("exact", "interpolated"))
    assert interpolated.latency_cycles == plain.latency_cycles + 4
    assert interpolated.cycles_per_step == plain.cycles_per_step + 4


@pytest.mark.parametrize("kind", CELLS)
def test_no_stalls_where_the_state_is_long_beside_the_lanes(kind):
    """The drain of the last group and the way into the state hide behind the columns before them."""
    for hidden, lanes, outputs in ((20, 4, []), (24, 8, [3]), (32, 8, []), (32, 16, [10])):
        plan = make_plan(make_network(4, [hidden], outputs, "many-to-one", kind=kind), lanes=lanes)
        assert plan.stall_cycles == 0, (hidden, lanes)


@pytest.mark.parametrize("seed", range(40))
def test_the_law(seed):
    """Row groups times column words, of the slowest engine; and nothing takes less."""
    plan = random_plan(seed)
    busy = [e for e in plan.engines if plan.every_step or any(item.recurrent for item in e.passes)]
    laws = []
    for engine in busy:
        shape, law = engine.geometry, 0
        for item in engine.passes:
            if item.recurrent or plan.every_step:
                rows = -(-item.units // shape.pipelines) * len(item.gates)
                law += -(-rows // shape.lanes) * sum(-(-s.length // shape.columns) for s in item.segments)
        laws.append(law)
    assert plan.bound_cycles == max(laws)
    assert plan.stall_cycles == plan.cycles_per_step - plan.bound_cycles >= 0
    assert plan.lanes <= sum(len(p.gates) * p.units for e in plan.engines for p in e.passes)


@pytest.mark.parametrize("seed", range(40))
def test_what_a_run_gives(seed):
    network = random_case(seed)
    plan = make_plan(network, **(random_knobs(seed, network) | {"max_steps": 3}))
    steps = 1 if network.mode.startswith("one-to") else 3
    run = plan.run(sequences(steps, 1, steps))
    answers = {"many-to-one": 3, "one-to-many": 3 * (network.steps or 1)}.get(network.mode, 2 * steps + 1)
    size = 1 if network.head == "argmax" else network.layers[-1].output_size
    assert len(run.accepted) == 2 * steps + 1
    assert (len(run.answers), len(run.outputs)) == (answers, answers * size)
    assert run.answers == run.outputs[size - 1 :: size]
    assert all(last - first >= network.input_size - 1 for first, last in run.accepted)
    assert all(after > before for before, after in zip(run.outputs, run.outputs[1:], strict=False))
    assert all(after[0] > before[1] for before, after in zip(run.accepted, run.accepted[1:], strict=False))
    assert plan.run(sequences(steps, 1, steps)) == run


@pytest.mark.parametrize("seed", range(20))
def test_latency_is_that_of_a_step_in_an_idle_core(seed):
    plan = random_plan(seed, kinds=CELLS, mode="many-to-one")
    run = plan.run(sequences(1))
    late = plan.run(sequences(1), lambda step: 1000)
    assert (
        late.answers[-1] - late.accepted[-1][1] == run.answers[-1] - run.accepted[-1][1]
        or plan.network.head == "softmax"
    )
    gap = 10**6
    apart = plan.run([StepMark(t == 0, t == 2) for t in range(3)], lambda step: step * gap)
    slack = 4 if plan.network.head == "softmax" else 0  # the frame's phase
    assert plan.latency_cycles == pytest.approx(apart.answers[-1] - apart.accepted[-1][1], abs=slack)


def test_engines_work_at_the_same_time():
    """Two layers on two engines: the slower one sets the pace, where one engine takes their sum."""
    network = make_network(16, [16, 16])
    one, two = (make_plan(network, lanes=4, engines=engines) for engines in (1, 2))
    assert (one.bound_cycles, two.bound_cycles) == (2 * 512, 512)
    assert two.cycles_per_step == 512
    assert two.lanes == 8


def test_options_of_the_plan():
    network = make_network(2, [2])
    assert make_plan(network).hardware == Hardware()
    assert make_plan(network, Hardware(lanes=3)).hardware.lanes == 3
    assert make_plan(network, lanes=3, update_multiplier="lut").hardware.update_multiplier == "lut"
    with pytest.raises(TypeError, match=r"^make_plan takes hardware or its fields, not both$"):
        make_plan(network, Hardware(), lanes=3)


@pytest.mark.parametrize("seed", range(6))
def test_the_same_options_give_the_same_plan(seed):
    network = random_case(seed)
    plans = [make_plan(network, **random_knobs(seed, network)) for _ in range(2)]
    assert plans[0].cycles_per_step == plans[1].cycles_per_step
    assert [e.geometry for e in plans[0].engines] == [e.geometry for e in plans[1].engines]
