# amaranth: UnusedElaboratable=no
"""WaitingQueue: each value is shown as the oldest one when it is used, as close as values may come."""

import numpy as np
import pytest
from amaranth import signed

from rnnhw.gateware.waiting_queue import WaitingQueue

from .stepper import replay


def check(dut, waiting: int, spacing: int, chance: float, seed: int = 0) -> int:
    """Values that arrive `spacing` cycles apart or later, and are used `waiting` cycles after that."""
    rng, at, arrivals = np.random.default_rng(seed), 0, {}
    while len(arrivals) < 120:
        arrivals[at] = int(rng.integers(-8, 8))
        at += spacing + (int(rng.integers(1, 9)) if rng.random() < chance else 0)
    rows = []
    for cycle in range(at + waiting + 1):
        rows.append(
            (int(cycle in arrivals), arrivals.get(cycle, int(rng.integers(-8, 8))), int(cycle - waiting in arrivals))
        )
    seen = replay(dut, [dut.arrive, dut.value, dut.take], [dut.oldest], rows)
    for cycle, value in arrivals.items():
        assert seen[cycle + waiting] == (value,)
    return len(arrivals)


@pytest.mark.parametrize("chance", [0, 0.3])
@pytest.mark.parametrize(
    ("waiting", "spacing"), [(1, 1), (2, 1), (5, 4), (7, 4), (4, 4), (9, 4), (6, 3), (8, 3), (3, 5)]
)
def test_values(waiting, spacing, chance):
    dut = WaitingQueue(signed(4), waiting, spacing)
    assert dut.depth == -(-waiting // spacing)
    assert check(dut, waiting, spacing, chance) == 120


@pytest.mark.parametrize(("waiting", "spacing"), [(5, 4), (8, 4), (6, 3)])
def test_a_place_less_is_too_few(waiting, spacing):
    """Control: with values closer together than promised one is overwritten before it is used."""
    with pytest.raises(AssertionError):
        check(WaitingQueue(signed(4), waiting, spacing + 4), waiting, spacing, 0)
