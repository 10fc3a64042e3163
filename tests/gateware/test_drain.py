# amaranth: UnusedElaboratable=no
"""The drain against a list of rows: every row once, in order, with its own bias, whatever stalls it."""

from collections import deque

import numpy as np
import pytest

from rnnhw.gateware import Drain

from .plans import small_plan
from .stepper import play

WIDTH = 12
FIELDS = ("number", "gate", "dense", "first", "last", "end")


def make(seed: int, lanes: int, sizes: dict):
    """(drain, layers as (rows, recurrent), bias of all rows of a step)."""
    plan = small_plan(seed, lanes=lanes, sizes=sizes)
    layers = [(4 * layer.hidden_size, True) for layer in plan.network.lstms]
    layers += [(layer.output_size, False) for layer in plan.network.denses]
    rng = np.random.default_rng(seed)
    bias = rng.integers(-1000, 1000, sum(rows for rows, _ in layers)).tolist()
    words = [value % (1 << WIDTH) for value in bias]
    return Drain(plan.passes, lanes, WIDTH, words, "block", plan.every_step), layers, bias


def groups_of(rng, layers, bias, lanes: int, every_step: bool, steps: int):
    """Groups in order: (tag, sums of all lanes, rows as (fields, biased sum))."""
    for _ in range(steps):
        first, last = rng.integers(0, 2, 2).tolist()
        row_of_step = 0
        for number, (rows, recurrent) in enumerate(layers):
            if not (recurrent or every_step or last):
                break
            for start in range(0, rows, lanes):
                final = start + lanes >= rows
                sums = rng.integers(-1000, 1000, lanes).tolist()
                out = []
                for lane, row in enumerate(range(start, min(start + lanes, rows))):
                    end = int(row == rows - 1)
                    gate = row % 4 if recurrent else None
                    fields = (number, gate, int(not recurrent), first, last, end)
                    out.append((fields, sums[lane] + bias[row_of_step]))
                    row_of_step += 1
                yield (number, int(final), first, last), sums, out


def actor(rng, groups, lanes: int, chances, counted: list):
    """`chances` of a pause before a group, of a block, of a stall."""
    rows, upcoming, standing = deque(), next(groups), None
    wait = 0
    while upcoming is not None or rows:
        capture = int(upcoming is not None and wait == 0)
        tag, sums, out = upcoming if capture else ((0, 1, 1, 1), [-1] * lanes, [])
        block, stall = int(rng.random() < chances[1]), int(rng.random() < chances[2])
        free, valid, total, *fields = yield (capture, *tag, *sums, block, 1 - stall)
        expected = bool(rows) and not block and not stall
        assert valid == expected
        assert free == (not rows or (expected and len(rows) == 1))
        if standing is not None:
            assert total == standing
        if valid:
            wanted, standing = rows.popleft()
            pairs = zip(fields, wanted, strict=True)
            assert [f for f, w in pairs if w is not None] == [w for w in wanted if w is not None]
            counted.append(wanted)
        wait = max(wait - 1, 0)
        if capture and free:
            rows.extend(out)
            upcoming = next(groups, None)
            wait = int(rng.integers(1, 12)) if rng.random() < chances[0] else 0


@pytest.mark.parametrize("chances", [(0, 0, 0), (0.5, 0, 0), (0, 0.25, 0), (0.2, 0.2, 0.5)])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize(
    ("lanes", "hidden", "outputs"),
    [(1, [1], [1]), (4, [1], []), (3, [2, 1], [5, 2]), (8, [2], []), (7, [3], [7]), (12, [1, 3], [1, 12, 1])],
)
def test_rows(lanes, hidden, outputs, mode, chances):
    drain, layers, bias = make(lanes, lanes, {"hidden": hidden, "outputs": outputs, "mode": mode})
    rng = np.random.default_rng([lanes, len(hidden)])
    groups = list(groups_of(rng, layers, bias, lanes, mode == "many-to-many", 8))
    counted = []
    inputs = [drain.capture, *[drain.capture_tag[f] for f in ("number", "final", "first", "last")]]
    inputs += [*[drain.sums[lane] for lane in range(lanes)], drain.block, drain.enable]
    outputs = [drain.free, drain.valid, drain.sum, *[drain.tag[f] for f in FIELDS]]
    play(drain, inputs, outputs, actor(rng, iter(groups), lanes, chances, counted), limit=20_000)
    assert len(counted) == sum(len(out) for _, _, out in groups) > 0


def test_a_group_every_lanes_cycles():
    """`free` comes with the last row, so that groups follow each other without a gap."""
    drain, layers, bias = make(1, 4, {"hidden": [2], "outputs": [], "mode": "many-to-many"})
    groups = list(groups_of(np.random.default_rng(1), layers, bias, 4, True, 5))
    frees = []

    def presser():
        taken = 0
        while taken < len(groups):
            tag, sums, _ = groups[taken]
            free, valid = yield (1, *tag, *sums, 1)
            frees.append(free)
            assert valid == (len(frees) > 1)
            taken += free

    inputs = [drain.capture, *[drain.capture_tag[f] for f in ("number", "final", "first", "last")]]
    inputs += [*[drain.sums[lane] for lane in range(4)], drain.enable]
    play(drain, inputs, [drain.free, drain.valid], presser(), limit=1000)
    assert frees == [1] + [0, 0, 0, 1] * (len(groups) - 1)
