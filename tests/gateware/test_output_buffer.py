# amaranth: UnusedElaboratable=no
"""The output buffer: nothing lost, doubled or reordered, and the stream's rules."""

import numpy as np
import pytest

from rnnhw.gateware import OutputBuffer

from .stepper import play


def run(count: int, pushing, ready, seed: int):
    """Push random elements where it may; return (sent, received, cycles used)."""
    rng = np.random.default_rng(seed)
    dut = OutputBuffer(7)
    sent, received, cycles = [], [], []

    def actor():
        full, waiting, offer, taking = 0, None, None, ready(0)
        cycle = 0
        while len(received) < count:
            held = len(sent) - len(received)
            offer = (int(rng.integers(-64, 64)), int(rng.integers(2)))
            full = held == 2
            push = int(not full and len(sent) < count and pushing(cycle))
            taking = int(ready(cycle))
            is_full, valid, data, last = yield (push, *offer, taking)
            assert is_full == full
            assert valid == (held > 0), "valid must not wait for ready, nor be lowered"
            if waiting is not None:
                assert (data, last) == waiting, "the payload must stay until it is taken"
            waiting = (data, last) if valid and not taking else None
            if push:
                sent.append(offer)
            if valid and taking:
                received.append((data, last))
            cycle += 1
        cycles.append(cycle)

    inputs = [dut.push, dut.answer.data, dut.answer.last, dut.o.ready]
    play(dut, inputs, [dut.full, dut.o.valid, dut.o.payload.data, dut.o.payload.last], actor())
    return sent, received, cycles[0]


@pytest.mark.parametrize("push_chance", [1, 0.7, 0.2])
@pytest.mark.parametrize("ready_chance", [1, 0.7, 0.2])
def test_random(push_chance, ready_chance):
    rng = np.random.default_rng(5)
    sent, received, _ = run(300, lambda _: rng.random() < push_chance, lambda _: rng.random() < ready_chance, 6)
    assert received == sent
    assert len(sent) == 300


def test_one_element_a_cycle_and_one_cycle_late():
    sent, received, cycles = run(50, lambda _: True, lambda _: True, 7)
    assert received == sent
    assert cycles == 51


@pytest.mark.parametrize("period", [2, 3, 5])
def test_rhythms(period):
    sent, received, _ = run(60, lambda _: True, lambda cycle: cycle % period == period - 1, 8)
    assert received == sent


def test_holds_two_elements_for_ever():
    sent, received, cycles = run(3, lambda _: True, lambda cycle: cycle >= 200, 9)
    assert received == sent
    assert cycles >= 202
