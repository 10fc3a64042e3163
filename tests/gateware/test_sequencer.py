# amaranth: UnusedElaboratable=no
"""The sequencer against a naive walk: what it issues, in which order, and never before it is there."""

from collections import deque

import numpy as np
import pytest

from rnnhw.gateware.sequencer import Sequencer
from tests.networks import CELLS

from .expected_walk import Walk
from .plans import small_engine, small_plan
from .stepper import play

SHAPES = [  # sizes, hardware
    ({"inputs": 1, "hidden": [1], "outputs": [], "kinds": ["lstm"]}, {"lanes": 4}),
    ({"inputs": 1, "hidden": [1], "outputs": [1], "kinds": ["rnn-tanh"]}, {"lanes": 1}),
    ({"inputs": 3, "hidden": [2, 1], "outputs": [2, 3], "kinds": ["gru", "lstm"]}, {"lanes": 3}),
    ({"inputs": 2, "hidden": [3], "outputs": [1, 1, 1], "kinds": ["gru-before"]}, {"lanes": 2, "streams": 2}),
    ({"inputs": 1, "hidden": [1, 1, 1], "outputs": [3], "kinds": CELLS}, {"lanes": 1, "streams": 3}),
    ({"inputs": 5, "hidden": [4, 2, 3], "outputs": [], "kinds": CELLS}, {"lanes": 4, "columns_per_cycle": 2}),
    ({"inputs": 5, "hidden": [7], "outputs": [5], "kinds": ["gru"]}, {"lanes": 6, "columns_per_cycle": 3}),
    ({"inputs": 4, "hidden": [5, 5], "outputs": [], "kinds": ["gru"]}, {"lanes": 6, "pipelines": 3}),
    ({"inputs": 4, "hidden": [6], "outputs": [2], "kinds": ["lstm"]}, {"lanes": 8, "pipelines": 2, "streams": 3}),
    (
        {"inputs": 3, "hidden": [5], "outputs": [2], "kinds": ["lstm"]},
        {"lanes": 8, "columns_per_cycle": 4, "pipelines": 2, "registers": "many"},
    ),
]
FIELDS = ("number", "final", "bank", "stream", "first", "last", "zero")


def plan_of(shape: int, mode: str):
    sizes, hardware = SHAPES[shape]
    return small_engine(shape, sizes | {"mode": mode}, hardware)


class Surroundings:
    """Input buffer, MAC array, drain, back and answer queue, as slow as chance will have it.

    Holds what is really in the state memory, so that every read can be checked. At most three groups wait for
    the drain and at most four rounds of results are on their way.
    """

    def __init__(self, rng, walk: Walk, speeds):
        self.rng, self.walk, self.plan = rng, walk, walk.plan
        self.input_speed, self.drain_speed, self.back_speed = speeds
        self.store, self.groups, self.back = {}, deque(), deque()
        self.arrived = self.released = self.answers = 0
        self.size = sum(walk.plan.parts)
        streams = [stream for _, _, stream in walk.flags]
        self.banks = [streams[:step].count(stream) % 2 for step, stream in enumerate(streams)]

    def x_there(self, step: int, element: int) -> bool:
        last = element if len(self.plan.parts) == 1 else self.size - 1
        return self.arrived > step * self.size + last

    def flags(self, step: int) -> list[int]:
        """`first`, `last` and `stream` as the input buffer gives them: noise until they are there."""
        first, last, stream = self.walk.flags[step]
        noise = [*self.rng.integers(0, 2, 2).tolist(), int(self.rng.integers(self.plan.hardware.streams))]
        begun = self.x_there(step, min(self.plan.geometry.columns, self.plan.parts[0]) - 1)
        complete = self.x_there(step, self.size - 1)
        return [first if begun else noise[0], last if complete else noise[1], stream if begun else noise[2]]

    def elements(self, address: int, part: int):
        shape = self.plan.geometry
        start = address * shape.word + part * shape.columns
        return [self.store.get(start + k) for k in range(shape.columns)]

    def write(self) -> None:
        """A round of results goes to the state memory."""
        number, step, round_ = self.back.popleft()
        item, shape = self.plan.passes[number], self.plan.geometry
        if item.final and not item.recurrent:
            return
        stream = self.walk.flags[step][2]
        base = self.plan.work.outputs[number][self.banks[step]] + stream * self.plan.state_words
        for k in range(round_ * shape.pipelines, (round_ + 1) * shape.pipelines):
            self.store[base * shape.word + k] = (number, step, k) if k < item.units else None

    def finish(self, wrote: bool, word) -> None:
        """The end of a cycle in which a round was written or not, and in which `word` was issued."""
        if wrote:
            self.write()
        if self.groups and len(self.back) < 4 and self.rng.random() < self.drain_speed:
            while self.groups[0] and len(self.back) < 4:
                self.back.append(self.groups[0].popleft())
            if not self.groups[0]:
                self.groups.popleft()
        room = min((self.released + 2) * self.size, len(self.walk.flags) * self.size)
        self.arrived += self.arrived < room and self.rng.random() < self.input_speed
        if self.answers and self.rng.random() < 0.3:
            self.answers -= 1
        if word is not None:
            if word.end:
                self.groups.append(deque(word.results))
            self.released += word.release
            self.answers += word.reserve


def actor(world: Surroundings, shifts, exact: bool, issued: list, columns: int):
    """Compare every cycle with the walk; `exact`: a word is also issued as soon as it can be."""
    words, flags, rng = world.walk.words(), world.walk.flags, world.rng
    word = next(words, None)
    fresh = set()
    while word is not None:
        from_x, zero = word.x_index is not None, bool(flags[word.step][0] or world.walk.before[word.step] is None)
        room = world.answers < 2
        enable = int(len(world.groups) < 3 and rng.random() < 0.9)
        wrote = int(bool(world.back) and rng.random() < world.back_speed)
        x_there = from_x and world.x_there(word.step, word.tokens[-1][2])
        seen = yield (enable, wrote, room, int(x_there), *world.flags(word.step))
        issue, address, part, weight, is_x, zeroed, shift, absent, x_index, ended, *rest = seen
        there = (
            x_there
            if from_x
            else (word.old and zero) or world.elements(address, part)[: len(word.tokens)] == list(word.tokens)
        )
        there = there and (room or not word.reserve)
        assert issue <= there, f"{word} was issued too early"
        assert not exact or issue == there, f"{word} was not issued in time"
        moved = bool(issue and enable)
        if issue:
            assert (weight, is_x, shifts[shift]) == (word.weight, from_x, word.shift)
            assert zeroed == (word.old and zero)
            assert absent == (1 << columns) - (1 << len(word.tokens))
            assert not from_x or x_index == word.x_index
            names = dict(zip(("split_here", "end"), rest, strict=False))
            assert all(names[name] == getattr(word, name) for name in names)
            assert (rest[2], rest[3], ended) == (
                word.release and moved,
                word.reserve and moved,
                word.step_end and moved,
            )
        if issue and word.end:
            tag = dict(zip(FIELDS, rest[4:], strict=True))
            first, last, stream = flags[word.step]
            wanted = {"number": word.number, "final": word.final, "bank": world.banks[word.step], "stream": stream}
            assert tag == wanted | {"first": tag["first"], "last": last, "zero": zero}
            assert tag["first"] == first or word.step in fresh
        world.finish(wrote, word if moved else None)
        if moved:
            issued.append(word)
            word = next(words, None)


def run(plan, flags, speeds, *, exact: bool, seed: int = 1) -> int:
    """Compare all words of these steps; returns how many there were."""
    return play_in(Surroundings(np.random.default_rng(seed), Walk(plan, flags), speeds), exact=exact)


def play_in(world: Surroundings, *, exact: bool) -> int:
    """The same in given surroundings."""
    plan = world.plan
    shifts = sorted({segment.shift for item in plan.passes for segment in item.segments})
    dut, issued = Sequencer(plan), []
    inputs = [dut.enable, dut.written, dut.room, dut.x_available, dut.x_first, dut.x_last, dut.x_stream]
    outputs = [dut.issue, dut.h_address, dut.h_part, dut.weight_address, dut.from_x, dut.zeroed, dut.shift, dut.absent]
    outputs += [dut.x_index, dut.ended, dut.split_here, dut.group_end, dut.x_release, dut.reserve]
    outputs += [dut.tag[name] for name in FIELDS]
    play(dut, inputs, outputs, actor(world, shifts, exact, issued, plan.geometry.columns), limit=60_000)
    return len(issued)


def flags_of(lengths, streams: int) -> list[tuple[int, int, int]]:
    """Sequences that take turns, number s on stream s mod streams."""
    queues = [[] for _ in range(streams)]
    for number, length in enumerate(lengths):
        queues[number % streams] += [(int(k == 0), int(k == length - 1), number % streams) for k in range(length)]
    flags = []
    while any(queues):
        flags += [queue.pop(0) for queue in queues if queue]
    return flags


@pytest.mark.parametrize("speeds", [(1, 1, 1), (0.2, 1, 1), (0.5, 0.1, 0.9), (1, 0.9, 0.2)])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_walk(shape, mode, speeds):
    """Sequences of length one in a row, then longer ones: reads are right, and as early as can be."""
    plan = plan_of(shape, mode)
    flags = flags_of([1, 1, 1, 1, 1, 3, 1, 2, 1, 1, 1, 2], plan.hardware.streams)
    assert run(plan, flags, speeds, exact=True) >= len(flags)


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_flags_at_random(shape, mode):
    """A first step without a last one before it, a last one in the middle, streams in any order: never too early."""
    plan, rng = plan_of(shape, mode), np.random.default_rng(3)
    streams = plan.hardware.streams
    flags = [(*pair, int(rng.integers(streams))) for pair in rng.integers(0, 2, (16, 2)).tolist()]
    fresh = [stream not in [s for _, _, s in flags[:n]] for n, (_, _, stream) in enumerate(flags)]
    flags = [(int(first or new), last, stream) for (first, last, stream), new in zip(flags, fresh, strict=True)]
    assert run(plan, flags, (0.7, 0.5, 0.4), exact=False) > 0


@pytest.mark.parametrize("seed", range(3))
def test_bidirectional(seed):
    """Two cells, each with a part of the step of its own."""
    sizes = {
        "inputs": 3,
        "hidden": [3],
        "outputs": [2],
        "kinds": ["bidirectional", "bidirectional", "lstm", "gru-before"],
    }
    sizes |= {"mode": "many-to-one", "reading": "final", "head": "none"}
    plan = small_plan(seed + 1, sizes, {"lanes": 3, "columns_per_cycle": 1 + seed})
    (engine,) = plan.engines
    assert run(engine, flags_of([1, 3, 1, 1, 2], 1), (0.6, 0.5, 0.5), exact=True) > 0


def test_words_are_compared():
    """Control: a walk of other flags."""
    plan = plan_of(2, "many-to-one")
    walk = Walk(plan, [(1, 1, 0), (1, 1, 0)])
    world = Surroundings(np.random.default_rng(1), walk, (1, 1, 1))
    world.flags = lambda _: [1, 0, 0]
    with pytest.raises(AssertionError):
        play_in(world, exact=True)


def test_a_word_that_is_read_too_early_is_found():
    """Control: the sequencer is told of results that are not written."""
    plan = plan_of(2, "many-to-many")
    world = Surroundings(np.random.default_rng(1), Walk(plan, flags_of([3, 3], 1)), (1, 1, 1))
    world.write = world.back.popleft
    with pytest.raises(AssertionError, match="was issued too early"):
        play_in(world, exact=True)
