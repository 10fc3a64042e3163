"""Passes: groups, segments, addresses and how many results may be missing, each by a model of its own."""

from collections import Counter

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import Hardware, Segment, make_passes, make_plan

from .cases import make_network, random_case


@pytest.mark.parametrize("lanes", range(1, 21))
def test_groups_and_cycles(lanes):
    network = make_network(3, [5, 4], [6, 2])
    passes = make_passes(network, lanes)
    assert [(p.rows, p.columns, p.results, p.recurrent) for p in passes] == [
        (20, 8, 5, True),
        (16, 9, 4, True),
        (6, 4, 6, False),
        (2, 6, 2, False),
    ]
    for item in passes:
        counted = Counter(row // lanes for row in range(item.rows))
        assert item.groups == len(counted)
        assert item.final_rows == counted[item.groups - 1]
        assert item.cycles == item.groups * item.columns


def test_segments_of_stacked_layers_with_a_head():
    """Bank 0: 5 + 4 units from 0, bank 1 from 9, dense results from 18."""
    first, second, third, fourth = (p.segments for p in make_passes(make_network(3, [5, 4], [6, 2]), 4))
    x_shift, h_shift = first[0].shift, first[1].shift
    assert first == (Segment("x", 3, x_shift), Segment("h", 5, h_shift, (9, 0), 9 + 8 - 1, old=True))
    assert [(s.source, s.length, s.base, s.slack, s.old) for s in second] == [
        ("h", 4, (14, 5), 9 + 8 - 1, True),
        ("h", 5, (0, 9), 5 - 1, False),
    ]
    assert third == (Segment("h", 4, 0, (5, 14), 3),)
    assert fourth == (Segment("h", 6, 0, (18, 18), 5),)


def test_alignment_shifts_go_with_their_segments():
    for seed in range(12):
        network, _ = random_case(seed)
        for index, (layer, item) in enumerate(zip(network.lstms, make_passes(network, 1), strict=False)):
            shifts = [segment.shift for segment in item.segments]
            assert shifts == list(layer.shifts if index == 0 else layer.shifts[::-1])


class Machine:
    """Walks through steps and remembers where each result was written, and as which one."""

    def __init__(self, network):
        self.network = network
        self.passes = make_passes(network, 1)
        self.units = [layer.hidden_size for layer in network.lstms]
        self.memory = {}  # address -> (what, element, number of results before it)
        self.count = 0
        self.read = 0

    def address(self, index: int, bank: int) -> int:
        """Where a pass writes: a bank of all LSTM layers, or behind both banks."""
        total = sum(self.units)
        if index < len(self.units):
            return bank * total + sum(self.units[:index])
        return 2 * total + sum(d.output_size for d in self.network.denses[: index - len(self.units)])

    def step(self, number: int, first: bool, answering: bool) -> None:
        bank = number % 2
        for index, item in enumerate(self.passes):
            if not item.recurrent and not answering:
                continue
            for place, segment in enumerate(item.segments):
                self.check(index, place, segment, number, bank, first)
            for element in range(item.results):
                if index < len(self.passes) - 1 or item.recurrent:
                    self.memory[self.address(index, bank) + element] = ((number, index), element, self.count)
                self.count += 1

    def check(self, index: int, place: int, segment, number: int, bank: int, first: bool) -> None:
        """Each element read is the one meant, and as many results may be missing as came after it."""
        if segment.source == "x":
            assert (index, place, segment.old) == (0, 0, False)
            return
        if segment.old and first:
            return
        meant = (number - 1, index) if segment.old else (number, index - 1)
        for element in range(segment.length):
            what, which, before = self.memory[segment.base[bank] + element]
            assert (what, which) == (meant, element)
            assert segment.slack - element == self.count - (before + 1)
            self.read += 1


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize(
    ("hidden", "outputs"),
    [([1], []), ([4], []), ([3, 2], []), ([5], [2]), ([2, 4, 3], [5, 1, 2]), ([1, 1], [1, 1])],
)
def test_addresses_and_slack(hidden, outputs, mode):
    network = make_network(2, hidden, outputs, mode)
    machine, number = Machine(network), 0
    for length in (3, 1, 1, 4, 2):
        for step in range(length):
            answering = mode == "many-to-many" or step == length - 1
            machine.step(number, step == 0, answering)
            number += 1
    assert machine.read > 0
    inner = sum(outputs[:-1])
    assert make_plan(network, lanes=1).memories["h"].depth == 2 * sum(hidden) + inner
    assert max(machine.memory) == (2 * sum(hidden) + inner - 1 if outputs or number > 1 else sum(hidden) - 1)


def test_memory_map_by_hand():
    network = make_network(3, [5, 4], [6, 2], weight_bits=6, activation_bits=8)
    plan = make_plan(network, lanes=4)
    table = network.table
    assert {name: (use.depth, use.width, use.rom) for name, use in plan.memories.items()} == {
        "x": (8, 8, False),  # two banks of 3, each rounded up to 4
        "h": (2 * 9 + 6, 8, False),
        "c": (9, 16, False),
        "weights": (5 * 8 + 4 * 9 + 2 * 4 + 1 * 6, 4 * 6, True),
        "bias": (20 + 16 + 6 + 2, plan.accumulator_bits, True),
        "table": (512, table.word_width, True),
    }
    assert all(name == use.name for name, use in plan.memories.items())
    assert all(use.bits == use.depth * use.width for use in plan.memories.values())
    assert plan.memories["x"].style == "registers"  # 64 bits
    assert plan.memories["h"].style == "block"  # 192 bits
    assert plan.macs_per_step == 20 * 8 + 16 * 9 + 6 * 4 + 2 * 6


@pytest.mark.parametrize(("inputs", "depth"), [(1, 2), (2, 4), (3, 8), (4, 8), (5, 16), (8, 16), (9, 32)])
def test_input_banks_are_powers_of_two(inputs, depth):
    assert make_plan(make_network(inputs, [1])).memories["x"].depth == depth


def test_element_width_after_alignment():
    for seed in range(12):
        network, lanes = random_case(seed)
        plan = make_plan(network, lanes=lanes)
        largest = max(max(layer.shifts) for layer in network.lstms)
        assert plan.element_bits == network.config.activation_bits + largest <= 16


@pytest.mark.parametrize(
    ("hidden", "outputs", "lanes", "message"),
    [
        ([2], [], 9, "lanes must be in 1..8 (the rows of the largest layer), not 9"),
        ([2, 3], [], 13, "lanes must be in 1..12 (the rows of the largest layer), not 13"),
        ([1], [7], 100, "lanes must be in 1..7 (the rows of the largest layer), not 100"),
    ],
)
def test_more_lanes_than_rows(hidden, outputs, lanes, message):
    network = make_network(2, hidden, outputs)
    with pytest.raises(RnnhwError) as caught:
        make_plan(network, lanes=lanes)
    assert str(caught.value) == message
    with pytest.raises(RnnhwError):
        make_plan(network, Hardware(lanes=lanes))
    assert make_plan(network, lanes=max([4 * h for h in hidden] + outputs)).bound_cycles > 0


def test_options_of_the_plan():
    network = make_network(2, [2])
    assert make_plan(network).hardware == Hardware()
    assert make_plan(network, Hardware(lanes=3)).hardware.lanes == 3
    assert make_plan(network, lanes=3, update_multiplier="lut").hardware.update_multiplier == "lut"
    with pytest.raises(RnnhwError) as caught:
        make_plan(network, lanes=0)
    assert str(caught.value) == "lanes must be at least 1, not 0"
