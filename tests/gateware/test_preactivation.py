# amaranth: UnusedElaboratable=no
"""What becomes of biased sums, of every kind of row, against `rnnhw.fixedpoint.requantize`."""

import numpy as np
import pytest

from rnnhw.fixedpoint import QFormat, requantize
from rnnhw.gateware.preactivation import Preactivation

from .plans import small_engine
from .stepper import replay

TANH = {"lstm": "g", "gru": "n", "candidate": "n", "rnn": "a"}
KINDS = [
    ["lstm"],
    ["gru"],
    ["gru-before"],
    ["rnn-tanh"],
    ["rnn-relu"],
    ["lstm", "gru", "rnn-relu"],
    ["gru", "rnn-tanh"],
]


def make(kinds, seed: int, rounding="half_up", registers: str = "few", **options):
    sizes = {"inputs": 3, "hidden": [2, 3, 2], "outputs": [4, 2], "kinds": kinds}
    hardware = {"lanes": 2, "registers": registers}
    return small_engine(seed, sizes, hardware, rounding=rounding, per_gate=True, **options)


def constant(shift: int, rounding: str) -> int:
    """What the bias carries: half of a unit of the last place for half_up."""
    return 2**shift // 2 if rounding == "half_up" and shift > 0 else 0


def outcome(plan, item, gate: int):
    """(output, format, rounding mode, whether negative values become zero) of a row."""
    modes, name = plan.network.config.rounding, item.gates[gate]
    if item.kind == "dense":
        return "direct", item.layer.y, modes["y"], item.layer.relu
    if item.kind == "relu":
        return "direct", item.layer.h, modes["h"], True
    if item.kind == "gru" and name == "n":
        return "p", item.layer.p, modes["c"], False
    return "z", plan.network.preactivations[TANH.get(item.kind) == name], modes["z"], False


def check(plan, seed: int, count: int = 1000, error: int = 0, delay: int = 0) -> dict:
    """Random rows; returns the values of each output that were compared.

    A row's sum and tag stand there at `Timing.sum`, its tag and a value in its place at `Timing.choice`, the results a
    cycle later (`delay`: looked for so many cycles later still).
    """
    between = plan.timing.choice - plan.timing.sum
    rng, dut = np.random.default_rng(seed), Preactivation(plan)
    end, top = 1 << (plan.accumulator_bits - 1), plan.network.preactivations[1].max_raw
    rows, expected = [], []
    for _ in range(count):
        number = int(rng.integers(len(plan.passes)))
        item = plan.passes[number]
        gate = int(rng.integers(len(item.gates)))
        output, form, mode, relu = outcome(plan, item, gate)
        shift = item.shifts[gate]
        carried = constant(shift, mode)
        a = int(rng.integers(-end, end - carried)) >> int(rng.integers(plan.accumulator_bits))
        if rng.random() < 0.1:
            a = int(rng.choice([-end, end - carried - 1]))
        second, second_z = int(plan.uses_table and rng.random() < 0.2), int(rng.integers(-top, top + 1))
        rows.append(((a + carried, number, gate), (number, gate, second, second_z)))
        value = requantize(a, QFormat(62, form.frac + shift), form, mode)
        wanted = {output: max(value, 0) if relu else value, "tanh": int(TANH.get(item.kind) == item.gates[gate])}
        if second:
            wanted |= {"z": second_z, "tanh": 1}
        expected.append(wanted)
    outputs, compared = ["z", "tanh", "p", "direct"], {}
    ports = [dut.sum, dut.tag.number, dut.tag.gate]
    ports += [dut.choice_tag.number, dut.choice_tag.gate, dut.second_valid, dut.second]
    rest = [rows[0]] * (1 + between + delay)
    sums, choices = [first for first, _ in rows + rest], [second for _, second in rest[:between] + rows + rest]
    applied = [(*first, *second) for first, second in zip(sums, choices, strict=False)]
    seen = replay(dut, ports, [getattr(dut, name) for name in outputs], applied)[1 + between + delay :]
    for values, wanted in zip(seen, expected, strict=True):
        for name, value in wanted.items():
            if name == "tanh" and not plan.uses_table:
                continue
            assert values[outputs.index(name)] == value + error, (name, wanted)
            compared.setdefault(name, set()).add(value)
    return compared


@pytest.mark.parametrize("kinds", KINDS)
@pytest.mark.parametrize(
    ("rounding", "registers"),
    [
        ("half_up", "few"),
        ("floor", "few"),
        ("half_even", "few"),
        ({"z": "half_even", "y": "floor", "c": "floor"}, "few"),
        ("half_up", "many"),
        ({"z": "half_up", "y": "half_even", "c": "half_even"}, "many"),
    ],
)
def test_against_requantize(rounding, kinds, registers):
    plan = make(kinds, 2, rounding, registers, weight_bits=6)
    assert plan.timing.choice - plan.timing.sum == (registers == "many")
    compared = check(plan, 1)
    assert len(compared["direct"]) > 20
    assert "z" not in compared or len(compared["z"]) > 50


@pytest.mark.parametrize(("weight_bits", "activation_bits"), [(1, 4), (16, 16), (2, 16), (16, 4)])
@pytest.mark.parametrize("kinds", KINDS[4:])
def test_widths_at_their_limits(kinds, weight_bits, activation_bits):
    registers = "many" if weight_bits > activation_bits else "few"
    check(make(kinds, 3, registers=registers, weight_bits=weight_bits, activation_bits=activation_bits), 2, 400)


def test_formats_differ():
    """The cases above distinguish shifts, and dense layers with relu from those without."""
    plans = [make(KINDS[5], seed) for seed in range(2, 5)]
    for plan in plans:
        assert len({shift for item in plan.passes for shift in item.shifts}) > 2
    assert {item.layer.relu for plan in plans for item in plan.passes if item.kind == "dense"} == {False, True}


@pytest.mark.parametrize("registers", ["few", "many"])
@pytest.mark.parametrize("wrong", [{"error": 1}, {"delay": 1}])
def test_outputs_are_compared(wrong, registers):
    """Control: other values, or a cycle that is not theirs."""
    with pytest.raises(AssertionError):
        check(make(["lstm"], 2, registers=registers), 1, 10, **wrong)
