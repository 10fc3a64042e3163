"""Multipliers divided among engines: no other division is faster, as trying all of them shows."""

import itertools

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import balance, make_plan
from rnnhw.plan.choose import step_cycles

from .cases import limits, make_network, random_case


def slowest(network, hardware) -> float:
    return max(step_cycles(engine) for engine in make_plan(network, hardware).engines)


@pytest.mark.parametrize("seed", range(16))
def test_no_other_division_is_faster(seed):
    network = random_case(seed, kinds=["lstm", "gru", "gru-before", "rnn-relu", "bidirectional"], largest=4)
    alone = make_plan(network, lanes=1, engines="per-layer", max_steps=5)
    most = 3 * len(alone.engines)
    found = balance(network, most, engines="per-layer", max_steps=5)
    rows = [max(len(p.gates) * p.units for p in engine.passes) for engine in alone.engines]
    times = []
    for at, limit in enumerate(rows):
        each = [[1] * len(rows) for _ in range(min(limit, most))]
        for lanes, one in enumerate(each, 1):
            one[at] = lanes
        plans = [make_plan(network, lanes=tuple(one), engines="per-layer", max_steps=5) for one in each]
        times.append([step_cycles(plan.engines[at]) for plan in plans])
    divisions = itertools.product(*(range(1, len(each) + 1) for each in times))
    best = min(
        max(each[lanes - 1] for each, lanes in zip(times, division, strict=True))
        for division in divisions
        if sum(division) <= most
    )
    assert slowest(network, found) == best
    assert make_plan(network, found).multipliers <= most


@pytest.mark.parametrize("seed", range(16))
def test_more_multipliers_are_never_slower(seed):
    network, before = random_case(seed), None
    columns = min(2, limits(network)[1])
    for multipliers in (6, 9, 15, 40, 200):
        hardware = balance(network, multipliers, engines="per-layer", columns_per_cycle=columns, max_steps=4)
        assert make_plan(network, hardware).multipliers <= multipliers
        now = slowest(network, hardware)
        assert before is None or now <= before
        before = now


def test_by_hand():
    """Matrices of 64 x 20 and 64 x 32 on 7 multipliers: 22 groups of 20 columns and 16 of 32."""
    network = make_network(4, [16, 16])
    hardware = balance(network, 7, engines="per-layer")
    assert (hardware.lanes, hardware.columns_per_cycle, hardware.engines) == ((3, 4), (1, 1), "per-layer")
    assert make_plan(network, hardware).cycles_per_step == 16 * 32
    assert balance(network, 2, engines="per-layer").lanes == (1, 1)
    assert make_plan(network, lanes=hardware.lanes, engines="per-layer").cycles_per_step == 16 * 32
    assert balance(network, 8, engines="per-layer").lanes == (3, 5)  # control: one more, 22 of 20 and 13 of 32


def test_other_options_are_kept():
    hardware = balance(make_network(3, [4, 3]), 9, engines=2, streams=2, update_multiplier="lut")
    assert (hardware.streams, hardware.update_multiplier, hardware.engines) == (2, "lut", 2)


def test_too_few_and_wrong_kinds():
    network = make_network(3, [4, 3], [2])
    with pytest.raises(RnnhwError) as caught:
        balance(network, 2, engines="per-layer")
    assert str(caught.value) == "multipliers must be at least 3, one for each engine, not 2"
    with pytest.raises(RnnhwError, match=r"^multipliers must be at least 1, not 0$"):
        balance(network, 0)
    with pytest.raises(TypeError, match=r"^multipliers must be an integer, not 2.5$"):
        balance(network, 2.5)
    with pytest.raises(TypeError, match=r"^balance finds the lanes; give it the multipliers$"):
        balance(network, 9, lanes=3)
    with pytest.raises(RnnhwError, match=r"^columns_per_cycle must be in 1..4 "):
        balance(network, 9, columns_per_cycle=5)
