# amaranth: UnusedElaboratable=no
"""The activation unit: every value of its table, both functions, at the promised latency."""

from functools import cache

import numpy as np
import pytest

from rnnhw.fixedpoint import build_table
from rnnhw.gateware import ActivationUnit
from rnnhw.plan import Timing

from .stepper import replay

CASES = [
    (kind, bits)
    for bits in (4, 8, 9, 12, 16)
    for kind in ("exact", "interpolated", "hard")
    if (kind, bits) != ("exact", 16)
]


@cache
def truth(kind: str, bits: int):
    """(values of the sigmoid, values of tanh) for all pre-activations from the lowest on, and the lowest."""
    table = build_table(kind, bits)
    top = (1 << (table.input_width - 1)) - 1
    z_raw = np.arange(-top, top + 1)
    return (table.sigmoid(z_raw).tolist(), table.tanh(z_raw).tolist()), -top


def requests(rng, lowest: int) -> list[tuple[int, int]]:
    """(z, tanh): all of both functions interleaved where there are at most 2^13, else corners and random."""
    if -2 * lowest + 1 <= 1 << 13:
        order = [(z, tanh) for z in range(lowest, 1 - lowest) for tanh in (0, 1)]
        rng.shuffle(order)
        return [(int(z), int(tanh)) for z, tanh in order]
    ends = {lowest, lowest + 1, -1, 0, 1, -lowest - 1, -lowest}
    ends |= {sign * ((1 << e) + d) for e in range((-lowest).bit_length()) for d in (-1, 0, 1) for sign in (-1, 1)}
    some = [z for z in sorted(ends) if lowest <= z <= -lowest] + rng.integers(lowest, 1 - lowest, 1500).tolist()
    return [(z, tanh) for z in some for tanh in (0, 1)]


def check(kind: str, bits: int, asked, enables) -> int:
    """Ask for values, moving only where enabled; each must come `table_latency` enabled cycles later."""
    table = build_table(kind, bits)
    values, lowest = truth(kind, bits)
    latency = Timing.of(table).table_latency
    dut = ActivationUnit(table, "block")
    flow, rows, expected = iter(asked), [], []
    pipeline = [None] * latency
    current = next(flow)
    for enable in enables:
        rows.append((*current, enable))
        expected.append(pipeline[-1])
        if enable:
            pipeline = [values[current[1]][current[0] - lowest], *pipeline[:-1]]
            current = next(flow, None)
            if current is None:
                break
    seen = replay(dut, [dut.z, dut.tanh, dut.enable], [dut.value], rows)
    pairs = [(got, wanted) for (got,), wanted in zip(seen, expected, strict=True) if wanted is not None]
    assert [got for got, _ in pairs] == [wanted for _, wanted in pairs]
    return len(pairs)


@pytest.mark.parametrize(("kind", "bits"), CASES)
def test_values(kind, bits):
    rng = np.random.default_rng(bits)
    _, lowest = truth(kind, bits)
    asked = requests(rng, lowest)
    assert check(kind, bits, [*asked, (0, 0), (0, 0), (0, 0)], [1] * (len(asked) + 3)) >= len(asked)


@pytest.mark.parametrize(("kind", "bits"), CASES)
def test_stalls(kind, bits):
    rng = np.random.default_rng(100 + bits)
    _, lowest = truth(kind, bits)
    asked = [(int(rng.integers(lowest, 1 - lowest)), int(rng.integers(2))) for _ in range(300)]
    assert check(kind, bits, asked, rng.integers(2, size=900).tolist()) > 300


@pytest.mark.parametrize(("kind", "latency"), [("exact", 1), ("interpolated", 3), ("hard", 3)])
def test_latency(kind, latency):
    """Cycles from the one in which z stands at the input to the one in which its value stands at the output."""
    table = build_table(kind, 8)
    assert Timing.of(table).table_latency == latency
    dut = ActivationUnit(table, "block")
    rows = [(0, 0, 1)] * 6 + [(40, 0, 1)] + [(0, 0, 1)] * 6
    seen = [value for (value,) in replay(dut, [dut.z, dut.tanh, dut.enable], [dut.value], rows)]
    half, changed = 128, int(table.sigmoid(40))
    assert changed != half
    assert [n for n in range(6, 13) if seen[n] == changed] == [6 + latency]
    assert [seen[n] for n in range(5, 13) if n != 6 + latency] == [half] * 7
