# amaranth: UnusedElaboratable=no
"""Whole cores: reset in the middle of anything, flags at any place, and sequences that never end."""

import numpy as np
import pytest

from rnnhw.gateware import NetworkTop
from rnnhw.plan import StepMark
from tests.networks import CELLS

from .cores import Traffic
from .plans import small_plan
from .streams import Sink, Source, always, drive
from .test_network_top import BOTH, LENGTHS

RESETS = [
    ({"inputs": 2, "hidden": [3], "outputs": [], "kinds": ["lstm"], "mode": "many-to-many"}, {"lanes": 4}),
    ({"inputs": 1, "hidden": [2, 2], "outputs": [3], "kinds": ["gru"], "mode": "many-to-one"}, {"lanes": 3}),
    ({"inputs": 2, "hidden": [2], "outputs": [], "kinds": ["gru-before"], "mode": "many-to-many"}, {"lanes": 4}),
    ({"inputs": 1, "hidden": [3, 3], "kinds": CELLS, "mode": "many-to-one"}, {"lanes": 3, "streams": 3}),
    (
        {"inputs": 3, "hidden": [3], "outputs": [2], "kinds": [*BOTH, "gru"], "head": "softmax"},
        {"lanes": 3, "max_steps": 4},
    ),
    ({"inputs": 2, "hidden": [3, 2], "kinds": ["lstm", "gru"], "mode": "one-to-many", "steps": 3}, {"lanes": 4}),
    ({"inputs": 3, "hidden": [3, 2], "kinds": ["rnn-relu", "rnn-tanh"]}, {"lanes": 2, "engines": "per-layer"}),
]
FLAGS = ["lstm", "gru", "gru-before", "rnn-tanh", "rnn-relu"]


@pytest.mark.parametrize("case", range(len(RESETS)))
@pytest.mark.parametrize("seed", range(4))
def test_reset_in_the_middle(case, seed):
    """After random inputs and a reset at any moment a core behaves as a new one, to the cycle."""
    sizes, hardware = RESETS[case]
    plan = small_plan(case + 1, sizes, hardware)
    lengths = (1, 1) if plan.network.mode.startswith("one") else LENGTHS
    Traffic(plan, lengths, seed).check(unrest=np.random.default_rng(seed))


@pytest.mark.parametrize("cut", [1, 30, 100, 170])
@pytest.mark.parametrize("case", [0, 1, 3, 5])
def test_reset_while_it_works(case, cut):
    """The same with sequences in the core that make sense, its output held or not."""
    sizes, hardware = RESETS[case]
    plan = small_plan(case + 1, sizes, hardware)
    lengths = (1, 1) if plan.network.mode.startswith("one") else LENGTHS
    victim = Traffic(plan, lengths, 9)

    class Interrupted(Traffic):
        """The victim's traffic for `cut` cycles, then a reset."""

        def run(self, **_):
            top = NetworkTop(self.plan)
            ends = [Source(top.i, self.beats, [0] * len(self.beats)), Sink(top.o, len(self.expected), always())]
            ready = np.full(1, bool(cut % 4))
            before = [Source(top.i, victim.beats, [0] * len(victim.beats)), Sink(top.o, 0, ready)]
            drive(top, ends, before=(before, cut))
            return ends

    Interrupted(plan, lengths, 1).check()


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
@pytest.mark.parametrize("kind", FLAGS)
def test_flags_at_random(kind, mode):
    """`first` without a `last` before it, `last` in mid-sequence, flags on elements where they do not count."""
    sizes = {"inputs": 2, "hidden": [2, 2], "outputs": [2], "kinds": [kind], "mode": mode, "head": "none"}
    plan = small_plan(7, sizes, {"lanes": 2})
    network, rng, steps = plan.network, np.random.default_rng(len(kind)), 16
    x = rng.integers(network.input.min_raw, network.input.max_raw + 1, (steps, 2))
    first, last = rng.integers(0, 2, (2, steps, 2))
    first[0, 0], last[-1, -1] = 0, 1  # the first step after reset is a first one anyway
    beats = list(zip(x.flat, first.flat, last.flat, strict=True))
    expected, begin = [], 0
    for step in range(steps):
        begin = step if first[step, 0] else begin
        if last[step, -1] or plan.every_step:
            values = network.run_raw(x[None, begin : step + 1]).reshape(-1)[-2:].tolist()
            expected += [(values[0], 0), (values[1], int(last[step, -1]))]
    top = NetworkTop(plan)
    source, sink = Source(top.i, beats, [0] * len(beats)), Sink(top.o, len(expected), always())
    drive(top, [source, sink])
    assert sink.beats == expected
    marks = [StepMark(bool(a or not n), bool(b)) for n, (a, b) in enumerate(zip(first[:, 0], last[:, 1], strict=True))]
    assert sink.transfers == list(plan.run(marks).outputs)


@pytest.mark.parametrize("kinds", [["lstm"], ["gru", "gru-before"], ["rnn-relu"]])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_never_ending(kinds, mode):
    """Without a `last`, many-to-one never answers; many-to-many answers every step, in the promised rhythm."""
    sizes = {"inputs": 1, "hidden": [2, 2], "outputs": [3], "kinds": kinds, "mode": mode, "head": "none"}
    plan = small_plan(4, sizes, {"lanes": 2})
    steps = 40
    traffic = Traffic(plan, (steps,), 3)
    traffic.beats = [(data, first, 0) for data, first, _ in traffic.beats]
    traffic.marks = [mark._replace(last=False) for mark in traffic.marks]
    traffic.expected = [(data, 0) for data, _ in traffic.expected] if plan.every_step else []
    _, sink = traffic.run()
    assert sink.beats == traffic.expected
    assert sink.transfers == list(plan.run(traffic.marks).outputs)
    if plan.every_step:
        ends = sink.transfers[2::3]
        assert ends[-1] - ends[-13] == 12 * plan.cycles_per_step


@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_goes_on_while_the_output_is_held(mode):
    """Two answers find a place; the core stands still with the third, and loses nothing."""
    sizes = {"inputs": 2, "hidden": [3], "outputs": [3], "kinds": ["lstm"], "mode": mode, "head": "none"}
    traffic = Traffic(small_plan(5, sizes, {"lanes": 4}), (1,) * 12, 3)
    asleep = np.concatenate([np.zeros(1500, bool), np.ones(3000, bool)])
    source, sink = traffic.run(ready=asleep)
    assert sink.beats == traffic.expected
    early = [cycle for cycle in source.accepted if cycle < 1500]
    assert len(early) == 2 * 4 or len(early) == 2 * 5  # two whole answers, one under way, and the buffer's two banks


def test_a_core_remembers_without_reset():
    """Control: sequences without `first` go on from the state before, so the answers differ."""
    sizes = {"inputs": 2, "hidden": [3], "outputs": [], "kinds": ["lstm"], "mode": "many-to-many", "head": "none"}
    traffic = Traffic(small_plan(5, sizes, {"lanes": 4}), (2, 2), 3)
    traffic.beats = [(data, 0, last) for data, _, last in traffic.beats]
    with pytest.raises(AssertionError):
        traffic.check()
