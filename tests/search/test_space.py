"""What is searched, and the ways in which engines share multipliers."""

import pytest

from rnnhw.estimate import find_device
from rnnhw.plan import Hardware, balance, make_plan
from rnnhw.plan.chain import chain
from rnnhw.plan.plan import arrangements
from rnnhw.search.latency import inference_cycles, least_inference
from rnnhw.search.space import Space, Timed
from rnnhw.search.stairs import stairs
from tests.pretended import quantised


def space(qnet, device="ecp5-12f", **fixed):
    return Space(qnet, find_device(device), fixed)


def test_divisions_into_engines():
    qnet = quantised(hidden=[2, 2], kinds=["lstm"])
    assert space(qnet).engines == (1, (1, 2), (2, 1), (1, 1, 1))
    assert space(qnet, engines="per-layer").engines == ("per-layer",)
    assert space(qnet, lanes=(2, 1)).engines == ((1, 2), (2, 1))
    both = quantised(hidden=[2, 2], kinds=["bidirectional"], mode="many-to-many")
    assert space(both).engines == (1,)  # each layer has its own in any case


@pytest.mark.parametrize(("kinds", "device", "updates"), [("lstm", "ecp5", 2), ("rnn-tanh", "ice40", 1)])
def test_other_knobs(kinds, device, updates):
    """LUT RAM where there is some, and the cell update's multiplier where there is one."""
    found = space(quantised(kinds=[kinds]), device)
    assert len(found.others("update_multiplier")) == updates
    assert ("lut" in found.others("state_memory")) == (device == "ecp5")
    assert found.others("multiplier") == ("auto", "lut")
    assert space(quantised(weight_bits=4)).others("multiplier") == ("auto", "dsp")
    assert found.others("registers") == ("many", "few")
    assert Space(quantised(), find_device("xilinx"), {}, clocked=False).others("registers") == ("many",)


def test_every_arrangement_that_a_plan_may_have():
    """Whatever numbers of lanes, columns and pipelines are asked for."""
    qnet = quantised(hidden=[3], inputs=4, outputs=[2])
    found = space(qnet).arranged(Timed(1, "many", "dsp"), 1 << 20)
    for lanes in range(1, 13):
        for columns in range(1, 5):
            for pipelines in ("auto", 1, 2, 3):
                if pipelines != "auto" and pipelines > lanes:
                    continue
                options = {"lanes": lanes, "columns_per_cycle": columns, "pipelines": pipelines, "registers": "many"}
                plan = make_plan(qnet, **options)
                assert tuple(engine.geometry for engine in plan.engines) in found
    assert max(found.values()) > min(found.values())
    fewer = space(qnet).arranged(Timed(1, "many", "dsp"), 6)
    assert set(fewer) < set(found)  # control
    assert {a for a in found if a[0].all_lanes * a[0].columns <= 6} == set(fewer)


@pytest.mark.parametrize("engines", ["per-layer", (2, 1)])
def test_stairs(engines):
    """Every number of multipliers is divided as `balance` does it, and there is nothing else."""
    qnet = quantised(hidden=[3, 2], inputs=2, outputs=[2])
    wanted = Hardware(lanes=12, columns_per_cycle=3, engines=engines)
    found = stairs(arrangements(qnet, wanted, chain(qnet, wanted)), 24)
    balanced = {}
    for columns in range(1, 4):
        for multipliers in range(len(chain(qnet, wanted)), 25):
            hardware = balance(qnet, multipliers, engines=engines, columns_per_cycle=columns)
            balanced[hardware.lanes, hardware.columns_per_cycle] = hardware
    shapes = {(tuple(g.all_lanes for g in a), tuple(g.columns for g in a)) for a in found}
    assert shapes == set(balanced)
    for arrangement, least in found.items():
        shape = tuple(g.all_lanes for g in arrangement), tuple(g.columns for g in arrangement)
        assert make_plan(qnet, balanced[shape]).cycles_per_step >= least


@pytest.mark.parametrize("kinds", ["lstm", "gru-before", "bidirectional"])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many", "one-to-one"])
@pytest.mark.parametrize("length", [None, 1, 4])
def test_a_latency_is_not_less_than_it_may_be(kinds, mode, length):
    """And more lanes make it shorter."""
    if mode == "one-to-one":
        length = length and 1
    qnet = quantised(hidden=[4, 3], inputs=3, outputs=[2], kinds=[kinds], mode=mode)
    found = []
    for lanes, columns in ((1, 1), (4, 2), (8, 3)):
        plan = make_plan(qnet, lanes=lanes, columns_per_cycle=columns, max_steps=5)
        geometries = tuple(engine.geometry for engine in plan.engines)
        least = least_inference(qnet, chain(qnet, plan.hardware), geometries, plan.hardware, length)
        found.append(inference_cycles(plan, length))
        assert 0 < least <= found[-1]
    assert found == sorted(found, reverse=True)
    assert least > 0.02 * found[-1]  # control: it says something
