"""Passes: groups, segments, addresses and how many results may be missing, each by a model of its own."""

from collections import Counter
from dataclasses import replace

import pytest

from rnnhw.plan import Geometry, make_plan
from rnnhw.plan.passes import pack

from .cases import make_network, random_case, random_plan


@pytest.mark.parametrize("lanes", range(1, 21))
def test_groups_and_cycles(lanes):
    network = make_network(3, [5, 4], [6, 2])
    engine = replace(make_plan(network, lanes=1).engines[0], geometry=Geometry(lanes))
    assert [(p.rows, p.columns, p.units, p.recurrent) for p in engine.passes] == [
        (20, 8, 5, True),
        (16, 9, 4, True),
        (6, 4, 6, False),
        (2, 6, 2, False),
    ]
    for item in engine.passes:
        counted = Counter(row // lanes for row in range(item.rows))
        assert item.groups == len(counted)
        assert item.final_rows == counted[item.groups - 1]
        assert item.cycles == item.groups * item.columns


@pytest.mark.parametrize("seed", range(30))
def test_groups_and_words_of_any_arrangement(seed):
    for engine in random_plan(seed).engines:
        shape = engine.geometry
        for item in engine.passes:
            units = Counter(unit % shape.pipelines for unit in range(item.units))
            rows = max(units.values()) * len(item.gates)
            assert (item.rounds, item.drained) == (max(units.values()), rows)
            counted = Counter(row // shape.lanes for row in range(rows))
            assert (item.groups, item.final_rows) == (len(counted), counted[len(counted) - 1])
            words = {(at, k // shape.columns) for at, s in enumerate(item.segments) for k in range(s.length)}
            assert item.words == len(words)
            assert item.cycles == len(counted) * len(words)


def test_segments_of_stacked_layers_with_a_head():
    """Bank 0: 5 + 4 units from 0, bank 1 from 9, dense results from 18."""
    engine = make_plan(make_network(3, [5, 4], [6, 2]), lanes=4).engines[0]
    found = [[(s.source, s.length, s.base, s.rounds, s.slack, s.old) for s in item.segments] for item in engine.passes]
    assert found == [
        [("x", 3, (0, 0), 0, 0, False), ("h", 5, (9, 0), 5, 4 + 8, True)],
        [("h", 4, (14, 5), 4, 8 + 5, True), ("h", 5, (0, 9), 5, 0, False)],
        [("h", 4, (5, 14), 4, 0, False)],
        [("h", 6, (18, 18), 6, 0, False)],
    ]
    assert [item.final for item in engine.passes] == [False, False, False, True]
    assert [[s.releases for s in item.segments] for item in engine.passes] == [
        [True, False],
        [False, False],
        [False],
        [False],
    ]


def test_segments_of_a_gru_whose_reset_gate_comes_first():
    """s = r * h stands behind both banks, and the candidate reads x again."""
    engine = make_plan(make_network(3, [5], kind="gru-before"), lanes=2).engines[0]
    reset, candidate = engine.passes
    assert [(s.source, s.length, s.base, s.old) for s in reset.segments] == [
        ("x", 3, (0, 0), False),
        ("h", 5, (5, 0), True),
    ]
    assert [(s.source, s.length, s.base, s.old) for s in candidate.segments] == [
        ("x", 3, (0, 0), False),
        ("h", 5, (10, 10), False),
    ]
    assert [s.releases for s in (*reset.segments, *candidate.segments)] == [False, False, True, False]


def test_alignment_shifts_go_with_their_segments():
    for seed in range(20):
        network = random_case(seed)
        for engine in make_plan(network, lanes=1).engines:
            for item in engine.passes:
                for at, segment in enumerate(item.segments):
                    if not item.recurrent:
                        assert segment.shift == 0
                        continue
                    x_shift, h_shift = item.layer.shifts
                    own = segment.old or (item.kind == "candidate" and at == 1)
                    assert segment.shift == (h_shift if own else x_shift)
            largest = max([max(p.layer.shifts) for p in engine.passes if p.recurrent], default=0)
            assert engine.element_bits == network.config.activation_bits + largest


class Machine:
    """Walks through steps and remembers which result was written into which element of the memory."""

    def __init__(self, engine):
        self.engine, self.shape = engine, engine.geometry
        self.memory = {}  # element -> (what, element of it, rounds of all results before its round)
        self.rounds = self.read = 0

    def step(self, number: int, first: bool, answering: bool) -> None:
        bank, s_of = number % 2, {}
        for index, item in enumerate(self.engine.passes):
            if not item.recurrent and not answering:
                continue
            for at, segment in enumerate(item.segments):
                if segment.source == "h" and not (segment.old and first):
                    self.check(item, self.meant(item, at, index, number, s_of), segment, bank)
            what = (number, item.name, item.kind == "reset")
            base = self.engine.work.outputs[index][bank] * self.shape.word
            keep = item.recurrent or index < len(self.engine.passes) - 1
            for unit in range(item.units if keep else 0):
                self.memory[base + unit] = (what, unit, self.rounds + unit // self.shape.pipelines)
            self.rounds += item.rounds

    def meant(self, item, at, index, number, s_of):
        """Whose results a segment stands for."""
        if item.segments[at].old:
            return number - 1, item.name, False
        if item.kind == "candidate" and at == 1:
            return number, item.name, True
        names = [p.name for p in self.engine.passes[:index] if p.name != item.name]
        if self.engine.layers[0].kind == "bidirectional" and self.engine.layers[1].name == item.name:
            return number, self.engine.layers[0].cells[at].name, False
        return number, names[-1], False

    def check(self, item, meant, segment, bank: int) -> None:
        """Each element read is the one meant, and just as many rounds may be missing as came after it."""
        for element in range(segment.length):
            what, which, before = self.memory[segment.base[bank] * self.shape.word + element]
            assert (what, which) == (meant, element)
            last = min((element // self.shape.columns + 1) * self.shape.columns, segment.length) - 1
            if element == last:
                missing = segment.missing(element // self.shape.columns, self.shape)
                assert missing == self.rounds - (before + 1)
            self.read += 1


@pytest.mark.parametrize("seed", range(40))
def test_addresses_and_slack(seed):
    for engine in random_plan(seed).engines:
        machine, number = Machine(engine), 0
        for length in (3, 1, 1, 4, 2):
            for step in range(length):
                machine.step(number, step == 0, engine.every_step or step == length - 1)
                number += 1
        assert machine.read > 0 or all(
            item.kind == "dense" and item.segments[0].source == "x" for item in engine.passes
        )
        assert max(machine.memory, default=-1) < engine.state_words * engine.geometry.word


def test_the_walk_finds_a_wrong_slack():
    """Control."""
    engine = make_plan(make_network(2, [3, 2]), lanes=2).engines[0]
    item = engine.passes[0]
    object.__setattr__(
        item, "segments", (item.segments[0], item.segments[1]._replace(slack=item.segments[1].slack + 1))
    )
    machine = Machine(engine)
    machine.step(0, True, True)
    with pytest.raises(AssertionError):
        machine.step(1, False, True)


def test_packed_words():
    import numpy as np

    assert pack(np.array([[1, -1, 2], [0, 3, -4]]), 3) == [1 | 7 << 3 | 2 << 6, 3 << 3 | 4 << 6]
    assert pack(np.array([[-1] * 40]), 16) == [2**640 - 1]
