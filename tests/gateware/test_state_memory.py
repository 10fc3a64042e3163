# amaranth: UnusedElaboratable=no
"""The state memory: two banks of hidden states, cell states in place, words for inner dense layers."""

import numpy as np
import pytest

from rnnhw.gateware import StateMemory
from rnnhw.plan import MemoryUse

from .stepper import replay

H_BITS, C_BITS = 8, 13


def make(units: int, inner: int) -> StateMemory:
    return StateMemory(MemoryUse("h", 2 * units + inner, H_BITS), MemoryUse("c", units, C_BITS), units)


@pytest.mark.parametrize(("units", "inner"), [(1, 0), (1, 1), (2, 0), (3, 5), (8, 1), (9, 7)])
def test_hidden_states_and_inner_dense_outputs(units, inner):
    """Writes go round the banks and round the dense words; reads give what stood there before the cycle."""
    rng = np.random.default_rng(units)
    dut = make(units, inner)
    depth = 2 * units + inner
    store, held = [0] * depth, 0
    hidden, dense = 0, 0
    rows, expected = [], []
    for _ in range(40 * depth):
        kind = rng.random()
        h_write, dense_write = int(kind < 0.4), int(inner > 0 and kind > 0.7)
        result, address, enable = int(rng.integers(256)), int(rng.integers(depth)), int(rng.random() < 0.7)
        rows.append((h_write, dense_write, result, address, enable))
        expected.append(held)
        held = store[address] if enable else held
        if h_write:
            store[hidden] = result
            hidden = (hidden + 1) % (2 * units)
        if dense_write:
            store[2 * units + dense] = result
            dense = (dense + 1) % inner
    inputs = [dut.h_write, dut.dense_write, dut.result, dut.h_address, dut.h_enable]
    seen = [data for (data,) in replay(dut, inputs, [dut.h_data], rows)]
    assert seen == expected
    assert len(set(seen)) > 3


@pytest.mark.parametrize("units", [1, 2, 3, 8, 9])
def test_cell_states(units):
    """Each unit's cell state is read two cycles after `c_next` of the one before, and written in place."""
    rng = np.random.default_rng(units)
    dut = make(units, 0)
    store, held = [0] * units, 0
    read = write = 0
    rows, expected = [], []
    for _ in range(120 * units):
        c_next, c_write, enable = (rng.random(3) < [0.3, 0.3, 0.8]).astype(int).tolist()
        result = int(rng.integers(1 << C_BITS))
        rows.append((c_next, c_write, enable, result))
        expected.append(held)
        held = store[read] if enable else held
        if c_write:
            store[write] = result
            write = (write + 1) % units
        read = (read + c_next) % units
    seen = [data for (data,) in replay(dut, [dut.c_next, dut.c_write, dut.c_enable, dut.c_result], [dut.c_data], rows)]
    assert seen == expected


def test_both_ports_at_once():
    """A hidden state, a cell state and both reads in one cycle do not disturb each other."""
    dut = make(2, 1)
    ports = [dut.h_write, dut.dense_write, dut.result, dut.h_address, dut.h_enable]
    ports += [dut.c_next, dut.c_write, dut.c_enable, dut.c_result]
    rows = [(1, 0, 11, 0, 1, 0, 1, 1, 21), (0, 1, 12, 0, 1, 1, 1, 1, 22), (1, 0, 13, 4, 1, 1, 0, 1, 0)]
    rows += [(0, 0, 0, 1, 1, 0, 0, 1, 0), (0, 0, 0, 0, 1, 0, 0, 1, 0)]
    seen = replay(dut, ports, [dut.h_data, dut.c_data], rows)
    assert seen == [(0, 0), (0, 0), (11, 21), (12, 22), (13, 21)]
