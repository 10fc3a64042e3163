# amaranth: UnusedElaboratable=no
"""The drain against a list of rows: every row once, in order, with its own bias, whatever stalls it."""

from collections import deque

import numpy as np
import pytest

from rnnhw.gateware.drain import DrainChain, DrainControl
from tests.networks import CELLS

from .plans import small_engine
from .stepper import play, replay

FIELDS = ("number", "gate", "bank", "stream", "first", "last", "zero", "end")
KEPT = ("bank", "stream", "first", "last", "zero")
CASES = [  # sizes, lanes, pipelines
    ({"hidden": [1], "outputs": [1], "kinds": ["lstm"]}, 1, 1),
    ({"hidden": [2], "outputs": [], "kinds": ["lstm"]}, 3, 1),
    ({"hidden": [3, 2], "outputs": [5, 2], "kinds": ["gru", "lstm"]}, 6, 2),
    ({"hidden": [2, 3, 4], "outputs": [2], "kinds": CELLS}, 2, 1),
    ({"hidden": [5], "outputs": [3], "kinds": ["gru-before"]}, 7, 3),
    ({"hidden": [3, 5], "outputs": [], "kinds": ["gru"]}, 9, 1),
    ({"hidden": [4], "outputs": [6, 1], "kinds": ["rnn-relu"]}, 4, 2),
]


def make(case: int, mode: str, registers: str = "few"):
    sizes, lanes, pipelines = CASES[case]
    hardware = {"lanes": lanes, "pipelines": pipelines, "streams": 1 + case % 3, "registers": registers}
    return small_engine(case, {"inputs": 2, "mode": mode} | sizes, hardware)


def signed_words(word: int, width: int, count: int) -> list[int]:
    """The values in a word, the first lowest."""
    values = [word >> (width * k) & ((1 << width) - 1) for k in range(count)]
    return [value - (1 << width) if value >> (width - 1) else value for value in values]


def biases(plan, number: int, round_: int, gate: int) -> list[int]:
    """Of one row in each pipeline, zero where there is no unit."""
    item, pipelines = plan.passes[number], plan.geometry.pipelines
    units = [round_ * pipelines + k for k in range(pipelines)]
    return [int(item.bias_raw[unit, gate]) if unit < item.units else 0 for unit in units]


def groups_of(rng, plan, steps: int):
    """Groups in order: (tag, rows as (fields, biases, second biases or None))."""
    lanes, pipelines = plan.geometry.lanes, plan.geometry.pipelines
    for _ in range(steps):
        kept = {name: int(rng.integers(2)) for name in KEPT}
        kept["stream"] = int(rng.integers(plan.hardware.streams))
        for number, item in enumerate(plan.passes):
            if not (item.recurrent or plan.every_step or kept["last"]):
                break
            gates, drained = len(item.gates), -(-item.units // pipelines) * len(item.gates)
            for start in range(0, drained, lanes):
                rows = []
                for row in range(start, min(start + lanes, drained)):
                    fields = {"number": number, "gate": row % gates, "end": int(row == drained - 1)} | kept
                    second = None
                    if item.kind == "gru" and row % gates == 2:
                        units = range(row // gates * pipelines, (row // gates + 1) * pipelines)
                        second = [int(item.input_bias_raw[u]) if u < item.units else 0 for u in units]
                    rows.append((fields, biases(plan, number, row // gates, row % gates), second))
                yield {"number": number, "final": int(start + lanes >= drained)} | kept, rows


def control_actor(plan, rng, groups, chances, counted: list):
    """`chances` of a pause before a group, and of a block."""
    width, pipelines = plan.accumulator_bits, plan.geometry.pipelines
    rows, upcoming, wait = deque(), next(groups), 0
    while upcoming is not None or rows:
        capture = int(upcoming is not None and wait == 0)
        tag = upcoming[0] if capture else {"number": 0, "final": 1} | dict.fromkeys(KEPT, 0)
        block = int(rng.random() < chances[1])
        free, load, valid, bias, second, *fields = yield (capture, *tag.values(), block)
        assert valid == (bool(rows) and not block)
        assert free == (not rows or (valid and len(rows) == 1))
        assert load == (capture and free)
        if valid:
            wanted, first_bias, second_bias = rows.popleft()
            assert dict(zip(FIELDS, fields, strict=True)) == wanted
            assert signed_words(bias, width, pipelines) == first_bias
            if second_bias is not None:
                assert signed_words(second, width, pipelines) == second_bias
            counted.append(wanted)
        wait = max(wait - 1, 0)
        if load:
            rows.extend(upcoming[1])
            upcoming = next(groups, None)
            wait = int(rng.integers(1, 12)) if rng.random() < chances[0] else 0


def control_ports(dut):
    inputs = [dut.capture, *[dut.capture_tag[f] for f in ("number", "final", *KEPT)], dut.block]
    return inputs, [dut.free, dut.load, dut.valid, dut.bias, dut.input_bias, *[dut.tag[f] for f in FIELDS]]


@pytest.mark.parametrize("chances", [(0, 0), (0.5, 0), (0, 0.25), (0.2, 0.5)])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_rows(case, mode, chances):
    plan = make(case, mode)
    rng, counted = np.random.default_rng([case, len(mode)]), []
    groups = list(groups_of(rng, plan, 7))
    dut = DrainControl(plan)
    play(dut, *control_ports(dut), control_actor(plan, rng, iter(groups), chances, counted), limit=20_000)
    assert len(counted) == sum(len(rows) for _, rows in groups) > 0


def test_a_group_every_lanes_cycles():
    """`free` comes with the last row, so that groups follow each other without a gap."""
    plan = small_engine(1, {"inputs": 2, "hidden": [2], "outputs": [], "kinds": ["lstm"]}, {"lanes": 4, "pipelines": 1})
    groups, frees, dut = list(groups_of(np.random.default_rng(1), plan, 5)), [], DrainControl(plan)

    def presser():
        taken = 0
        while taken < len(groups):
            free, _, valid, *_ = yield (1, *groups[taken][0].values(), 0)
            frees.append(free)
            assert valid == (len(frees) > 1)
            taken += free

    play(dut, *control_ports(dut), presser(), limit=1000)
    assert plan.geometry.lanes == 4
    assert frees == [1] + [0, 0, 0, 1] * (len(groups) - 1)


def test_biases_are_compared():
    """Control: the biases of another step's walk."""
    plan, rng = make(2, "many-to-many"), np.random.default_rng(1)
    groups = list(groups_of(rng, plan, 3))[1:]
    dut = DrainControl(plan)
    with pytest.raises(AssertionError):
        play(dut, *control_ports(dut), control_actor(plan, rng, iter(groups), (0, 0), []), limit=1000)


def check_chain(case: int, registers: str, late: int) -> None:
    """Compare all sums, each so many cycles after its row left."""
    plan, rng = make(case, "many-to-many", registers), np.random.default_rng(case)
    dut, lanes, width = DrainChain(plan), plan.geometry.lanes, plan.accumulator_bits
    quarter = 1 << (width - 3)  # the sums of two parts and a bias fit
    rows, expected, captured = [], [None], deque()
    for _ in range(150):
        number = int(rng.integers(len(plan.passes)))
        item = plan.passes[number]
        sums, parts = rng.integers(-quarter, quarter + 1, (2, lanes)).tolist()
        for k in range(lanes + 1):
            take, gate = int(k > 0 and rng.random() < 0.9), int(rng.integers(len(item.gates)))
            bias, second = rng.integers(-quarter, quarter + 1, 2).tolist()
            load = int(k == 0)
            rows.append((load, int(item.split), take, number, gate, bias, second, *sums, *parts))
            wanted = expected[-1]
            if load:
                captured = deque(zip(sums, parts, strict=True))
            elif take:
                now, before = captured.popleft()
                wanted = now + bias, None
                if item.split:
                    state, x = (before, now) if item.segments[0].old else (now, before)
                    whole = state if gate == 2 else before + now
                    wanted = whole + bias, x + second
            expected.append(wanted)
    ports = [dut.load, dut.split, dut.take, dut.number, dut.gate, dut.bias, dut.input_bias]
    ports += [word[k] for word in (dut.sums, dut.parts) for k in range(lanes)]
    compared = 0
    given = replay(dut, ports, [dut.sum, dut.input_sum], rows + rows[:1] * late)
    for seen, wanted in zip(given[late - 1 :], expected, strict=True):
        if wanted is not None:
            assert seen[0] == wanted[0]
            assert wanted[1] is None or seen[1] == wanted[1]
            compared += 1
    assert compared > 100


@pytest.mark.parametrize(("registers", "late"), [("few", 1), ("many", 2)])
@pytest.mark.parametrize("case", range(len(CASES)))
def test_chain(case, registers, late):
    """Lane 0 first; of rows n of a GRU the two parts apart, of all others their sum."""
    assert make(case, "many-to-many", registers).timing.sum == late
    check_chain(case, registers, late)


@pytest.mark.parametrize(("registers", "late"), [("few", 2), ("many", 1)])
def test_sums_of_another_cycle_are_seen(registers, late):
    """Control."""
    with pytest.raises(AssertionError):
        check_chain(2, registers, late)
