# amaranth: UnusedElaboratable=no
"""The activation unit: every value of its table, both functions, at the promised latency."""

from functools import cache

import numpy as np
import pytest

from rnnhw.fixedpoint import build_table
from rnnhw.gateware.activation_unit import ActivationUnit

from .plans import small_engine
from .stepper import replay

CURVES = [("logistic", "tanh"), ("hard", "tanh"), ("logistic", "hard"), ("hard-0.2", "hard")]
CASES = [
    (kind, bits, curves)
    for bits in (4, 8, 9, 12, 16)
    for kind in ("exact", "interpolated")
    for curves in CURVES[: 4 if bits in (4, 9) else 1]
    if (kind, bits) != ("exact", 16)
]


@cache
def table_of(kind: str, bits: int, curves):
    return build_table(kind, bits, sigmoid=curves[0], tanh=curves[1])


@cache
def truth(kind: str, bits: int, curves):
    """(values of the sigmoid, values of tanh) for all pre-activations from the lowest on, and the lowest."""
    table = table_of(kind, bits, curves)
    top = (1 << (table.input_width - 1)) - 1
    z_raw = np.arange(-top, top + 1)
    return (table.sigmoid(z_raw).tolist(), table.tanh(z_raw).tolist()), -top


def requests(rng, lowest: int) -> list[tuple[int, int]]:
    """(z, tanh): all of both functions interleaved where there are at most 2^12, else corners and random."""
    if -2 * lowest + 1 <= 1 << 12:
        order = [(z, tanh) for z in range(lowest, 1 - lowest) for tanh in (0, 1)]
        rng.shuffle(order)
        return [(int(z), int(tanh)) for z, tanh in order]
    ends = {lowest, lowest + 1, -1, 0, 1, -lowest - 1, -lowest}
    ends |= {sign * ((1 << e) + d) for e in range((-lowest).bit_length()) for d in (-1, 0, 1) for sign in (-1, 1)}
    some = [z for z in sorted(ends) if lowest <= z <= -lowest] + rng.integers(lowest, 1 - lowest, 700).tolist()
    return [(z, tanh) for z in some for tanh in (0, 1)]


def latency_of(table, registers: str = "few") -> int:
    return (3 if table.residual_bits else 1) + (3 if registers == "many" else 0)


def check(table, values, lowest: int, asked, registers: str = "few") -> int:
    """Ask for a value a cycle; each must come `latency_of` cycles later."""
    latency = latency_of(table, registers)
    dut = ActivationUnit(table, "block", registers)
    seen = replay(dut, [dut.z, dut.tanh], [dut.value], [*asked, *[(0, 0)] * latency])
    assert [value for (value,) in seen[latency:]] == [values[tanh][z - lowest] for z, tanh in asked]
    return len(asked)


@pytest.mark.parametrize(("kind", "bits", "curves"), CASES)
def test_values(kind, bits, curves):
    values, lowest = truth(kind, bits, curves)
    asked = requests(np.random.default_rng(bits), lowest)
    assert check(table_of(kind, bits, curves), values, lowest, asked) >= 50


@pytest.mark.parametrize(("kind", "bits", "curves"), [case for case in CASES if case[1] in (4, 9)])
def test_values_with_many_registers(kind, bits, curves):
    values, lowest = truth(kind, bits, curves)
    asked = requests(np.random.default_rng(bits), lowest)
    assert check(table_of(kind, bits, curves), values, lowest, asked[:1500], "many") >= 50


def test_the_other_curve_is_another():
    """Control: the values of a hard sigmoid are not those of the logistic one."""
    values, lowest = truth("exact", 8, CURVES[0])
    with pytest.raises(AssertionError):
        check(table_of("exact", 8, CURVES[1]), values, lowest, requests(np.random.default_rng(1), lowest))


@pytest.mark.parametrize(
    ("kind", "curves", "registers", "latency"),
    [
        ("exact", 0, "few", 1),
        ("exact", 3, "few", 1),
        ("interpolated", 0, "few", 3),
        ("exact", 0, "many", 4),
        ("exact", 3, "many", 4),
        ("interpolated", 0, "many", 6),
    ],
)
def test_latency(kind, curves, registers, latency):
    """Cycles from the one in which z stands at the input to the one in which its value stands at the output."""
    sizes = {"hidden": [1], "outputs": [], "sigmoid": CURVES[curves][0]}
    plan = small_engine(1, sizes, {"lanes": 1, "registers": registers}, table=kind)
    assert plan.timing.table_latency == latency == latency_of(plan.network.table, registers)
    table = table_of(kind, 8, CURVES[curves])
    dut = ActivationUnit(table, "block", registers)
    rows = [(0, 0)] * 6 + [(40, 0)] + [(0, 0)] * 6
    seen = [value for (value,) in replay(dut, [dut.z, dut.tanh], [dut.value], rows)]
    half, changed = 128, int(table.sigmoid(40))
    assert changed != half
    assert [n for n in range(6, 13) if seen[n] == changed] == [6 + latency]
    assert [seen[n] for n in range(5, 13) if n != 6 + latency] == [half] * 7
