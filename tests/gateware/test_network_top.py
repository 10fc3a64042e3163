# amaranth: UnusedElaboratable=no
"""A whole core: reset in the middle of anything, starvation, backpressure, and the streams' rules."""

from functools import cache

import numpy as np
import pytest

from rnnhw.gateware import NetworkTop

from .plans import small_plan
from .stepper import RESET, play

CASES = {
    "one layer": (4, {"inputs": 2, "hidden": [3], "outputs": [], "mode": "many-to-many"}, {}),
    "head": (5, {"inputs": 3, "hidden": [2, 2], "outputs": [3, 2], "mode": "many-to-one"}, {"activation_bits": 12}),
    "every step": (8, {"inputs": 1, "hidden": [2], "outputs": [2], "mode": "many-to-many"}, {"table": "interpolated"}),
}
LENGTHS = (1, 3, 2, 1, 1, 2)


@cache
def plan_of(case: str):
    lanes, sizes, options = CASES[case]
    return small_plan(4, lanes=lanes, sizes=sizes, **options)


def beats_of(case: str, seed: int):
    """(data, first, last) of sequences of `LENGTHS`."""
    network = plan_of(case).network
    rng = np.random.default_rng(seed)
    beats = []
    for length in LENGTHS:
        count = length * network.input_size
        data = rng.integers(network.input.min_raw, network.input.max_raw + 1, count).tolist()
        beats += [(value, int(k == 0), int(k == count - 1)) for k, value in enumerate(data)]
    return beats


def answers(case: str) -> int:
    plan = plan_of(case)
    return plan.network.output_size * (sum(LENGTHS) if plan.every_step else len(LENGTHS))


class Partners:
    """Source and sink. `offer` and `take`: chances of either side in a cycle."""

    def __init__(self, beats, count: int, *, offer=1.0, take=1.0, seed=0):
        self.beats, self.count, self.offer, self.take = beats, count, offer, take
        self.rng = np.random.default_rng(seed)
        self.taken, self.out, self.cycles = 0, [], []
        self.offering, self.waiting = False, None

    def row(self):
        if not self.offering:
            self.offering = self.taken < len(self.beats) and self.rng.random() < self.offer
        beat = self.beats[self.taken] if self.offering else (0, 1, 1)
        return (int(self.offering), *beat, int(self.rng.random() < self.take))

    def see(self, row, status, cycle: int) -> None:
        ready, valid, data, last = status
        if row[0] and ready:
            self.taken, self.offering = self.taken + 1, False
        if self.waiting is not None:
            assert valid, "an offered element must not be taken back"
            assert (data, last) == self.waiting, "an offered element must not change"
        self.waiting = (data, last) if valid and not row[-1] else None
        if valid and row[-1]:
            self.out.append((data, last))
            self.cycles.append(cycle)

    def play(self, after: int = 40):
        """Until all answers are there, and `after` cycles more: nothing may follow."""
        cycle = 0
        while len(self.out) < self.count or self.taken < len(self.beats) or after:
            after -= len(self.out) >= self.count and self.taken == len(self.beats)
            row = self.row()
            self.see(row, (yield (0, *row)), cycle)
            cycle += 1
        assert len(self.out) == self.count


def simulate(case: str, actor, limit: int = 60_000) -> None:
    top = NetworkTop(plan_of(case))
    data_in, data_out = top.i.payload, top.o.payload
    inputs = [RESET, top.i.valid, data_in.data, data_in.first, data_in.last, top.o.ready]
    play(top, inputs, [top.i.ready, top.o.valid, data_out.data, data_out.last], actor, limit=limit)


@cache
def undisturbed(case: str, seed: int):
    """Outputs and their cycles from a fresh core whose partners never wait."""
    partners = Partners(beats_of(case, seed), answers(case))
    simulate(case, partners.play())
    return partners.out, partners.cycles


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("cut", [1, 2, 5, 17, 40, 58, 71, 93, 110])
def test_reset_in_the_middle(case, cut):
    """Cut short at any moment, with the output held or not, the next sequences are those of a fresh core."""
    partners = Partners(beats_of(case, 2), answers(case))

    def actor():
        victim = Partners(beats_of(case, 1), answers(case), take=cut % 2, seed=cut)
        for cycle in range(cut):
            row = victim.row()
            victim.see(row, (yield (0, *row)), cycle)
        for _ in range(1 + cut % 2):
            yield (1, 1, -1, 1, 1, 1)  # what is offered while reset is asserted does not count
        yield from partners.play()

    simulate(case, actor())
    assert (partners.out, partners.cycles) == undisturbed(case, 2)


@pytest.mark.parametrize("case", CASES)
def test_first_is_not_needed_after_reset(case):
    beats = beats_of(case, 2)
    partners = Partners([(beats[0][0], 0, beats[0][2]), *beats[1:]], answers(case))
    simulate(case, partners.play())
    assert (partners.out, partners.cycles) == undisturbed(case, 2)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("offer", "take"), [(0.03, 1), (1, 0.03), (0.3, 0.3), (0.02, 0.02), (0.9, 0.5)])
def test_starvation_and_backpressure(case, offer, take):
    """Neither changes a value, their order, or where `last` stands."""
    partners = Partners(beats_of(case, 2), answers(case), offer=offer, take=take, seed=4)
    simulate(case, partners.play())
    assert partners.out == undisturbed(case, 2)[0]


@pytest.mark.parametrize("case", CASES)
def test_a_consumer_that_sleeps(case):
    """Nothing is taken for long: the input stops, nothing is lost, and all goes on as if nothing had been."""
    partners = Partners(beats_of(case, 2), answers(case))

    def actor():
        partners.take = 0
        for cycle in range(600):
            row = partners.row()
            partners.see(row, (yield (0, *row)), cycle)
        assert partners.waiting is not None
        assert partners.taken < len(partners.beats), "the core cannot have room for everything"
        partners.take = 1
        yield from partners.play()

    simulate(case, actor())
    assert partners.out == undisturbed(case, 2)[0]


def test_goes_on_while_the_output_is_full():
    """Only an answer that finds no place stops the core: with one answer waiting the next sequence is computed."""
    case, size = "head", plan_of("head").network.input_size
    data = beats_of(case, 2)[0][0]
    flags = [(1, 0)] + [(0, 0)] * (size - 2) + [(0, 1)] + [(1, 0)] + [(0, 0)] * (9 * size - 1)
    partners = Partners([(data, *flag) for flag in flags], 2, take=0)

    def actor():
        for cycle in range(900):
            row = partners.row()
            partners.see(row, (yield (0, *row)), cycle)

    simulate(case, actor())
    assert partners.waiting is not None
    assert partners.taken == 10 * size


@pytest.mark.parametrize("case", CASES)
def test_last_stands_on_the_final_element_of_each_sequence(case):
    plan = plan_of(case)
    out, _ = undisturbed(case, 2)
    steps = LENGTHS if plan.every_step else (1,) * len(LENGTHS)
    expected = [int(k == n * plan.network.output_size - 1) for n in steps for k in range(n * plan.network.output_size)]
    assert [last for _, last in out] == expected
    assert len({data for data, _ in out}) > 3
