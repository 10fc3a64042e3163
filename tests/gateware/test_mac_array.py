# amaranth: UnusedElaboratable=no
"""The MAC array against plain sums: random groups, bubbles and stalls, and the widest possible sums."""

import numpy as np
import pytest
from amaranth.lib import data

from rnnhw.gateware import MacArray
from rnnhw.plan.timing import CAPTURE

from .stepper import replay

TAG = data.StructLayout({"number": 5})


def columns_of(rng, lengths, lanes: int, weight_bits: int, element_bits: int, bubbles: float):
    """Columns as (valid, start, end, tag, weights, element), some of them bubbles full of garbage."""
    w_end, e_end = 1 << (weight_bits - 1), 1 << (element_bits - 1)
    columns = []
    for group, length in enumerate(lengths):
        for k in range(length):
            while rng.random() < bubbles:
                columns.append((0, *rng.integers(0, 2, 2).tolist(), int(rng.integers(32)), [0] * lanes, e_end - 1))
            weights = rng.integers(-w_end, w_end, lanes).tolist()
            tag = group % 32 if k == length - 1 else int(rng.integers(32))  # the last column's is the group's
            columns.append((1, k == 0, k == length - 1, tag, weights, int(rng.integers(-e_end, e_end))))
    return columns


def run(dut, columns, enables):
    """Present the columns stage by stage; return (local cycle of issue, sums, tag) of each capture, as seen."""
    lanes, bits = dut.lanes, dut.weight_width
    idle = (0, 0, 0, 0, [0] * lanes, 0)
    columns = [*columns, *[idle] * (CAPTURE + 1)]
    rows, at, local = [], 0, []
    behind = idle
    for enable in enables:
        if at == len(columns):
            break
        valid, start, end, tag, _, _ = columns[at]
        word = sum((w & ((1 << bits) - 1)) << (bits * lane) for lane, w in enumerate(behind[4]))
        rows.append((enable, valid, start, end, tag, word, behind[5]))
        local.append(at)
        if enable:
            behind, at = columns[at], at + 1
    assert at == len(columns)
    inputs = [dut.enable, dut.valid, dut.group_start, dut.group_end, dut.tag.number, dut.weights, dut.element]
    outputs = [dut.capture, dut.capture_tag.number, *[dut.sums[lane] for lane in range(lanes)]]
    seen = replay(dut, inputs, outputs, rows)
    captures = {}
    for cycle, row, (capture, tag, *sums) in zip(local, rows, seen, strict=True):
        if capture:
            held = captures.setdefault(cycle, (sums, tag))
            assert held == (sums, tag), "a capture must stand while it waits"
            assert row is not None
    return captures


def expected(columns):
    """The same from the definition: sums over each group, `CAPTURE` cycles after its last column."""
    captures, group = {}, []
    for cycle, (valid, start, end, tag, weights, element) in enumerate(columns):
        if not valid:
            continue
        group = [] if start else group
        group.append([w * element for w in weights])
        if end:
            captures[cycle + CAPTURE] = ([sum(lane) for lane in zip(*group, strict=True)], tag)
    return captures


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("bubbles", [0.0, 0.3])
@pytest.mark.parametrize(("lanes", "weight_bits", "element_bits"), [(1, 2, 4), (3, 8, 9), (4, 16, 16)])
def test_sums(lanes, weight_bits, element_bits, bubbles, stalls):
    rng = np.random.default_rng(lanes)
    lengths = [*rng.integers(1, 9, 30).tolist(), 1, 1, 1, 2, 40]
    columns = columns_of(rng, lengths, lanes, weight_bits, element_bits, bubbles)
    dut = MacArray(lanes, weight_bits, element_bits, weight_bits + element_bits + 6, TAG)
    enables = rng.integers(2, size=5 * len(columns)).tolist() if stalls else [1] * (len(columns) + 9)
    captures = run(dut, columns, enables)
    assert captures == expected(columns)
    assert len(captures) == len(lengths)


@pytest.mark.parametrize(("weight_bits", "element_bits", "length"), [(2, 4, 8), (8, 8, 16), (16, 16, 32)])
def test_worst_case_width(weight_bits, element_bits, length):
    """All-min times all-min fills the accumulator; its width is that of the plan: bound.bit_length() + 1."""
    w, e = -(1 << (weight_bits - 1)), -(1 << (element_bits - 1))
    total = w * e * length
    width = total.bit_length() + 1
    column = [(1, k == 0, k == length - 1, 3, [w, -w - 1], e) for k in range(length)]
    captures = run(MacArray(2, weight_bits, element_bits, width, TAG), column * 2, [1] * (2 * length + 9))
    assert list(captures.values()) == [([total, (-w - 1) * e * length], 3)] * 2


def test_sums_that_pass_the_width_on_the_way():
    """Partial sums may wrap as long as the group's sum fits (two's complement)."""
    signs = [1, 1, 1, 1, -1, -1, -1]
    columns = [(1, k == 0, k == 6, 0, [7 * sign], 7) for k, sign in enumerate(signs)]
    captures = run(MacArray(1, 4, 4, 8, TAG), columns, [1] * 20)
    assert list(captures.values()) == [([49], 0)]
