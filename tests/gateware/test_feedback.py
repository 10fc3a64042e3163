# amaranth: UnusedElaboratable=no
"""The feedback around a chain that a test plays: what goes round, what goes out, and when."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, Rounding, requantize
from rnnhw.gateware.feedback import Feedback
from rnnhw.plan.stages import FeedbackStage, Step, accept

from .streams import ModelSink, Sink, Source, always, drive, offered, sometimes

ANSWER, INPUT = QFormat(11, 7), QFormat(6, 4)


class Chain(Sink):
    """Takes steps; puts answers that are known beforehand into a source, `latency` after a step's final element."""

    def __init__(self, port, size: int, answers, source: Source, latency: int, gap: int, ready):
        super().__init__(port, len(answers) * size, ready)
        self.size, self.answers, self.source = size, answers, source
        self.latency, self.gap = latency, gap

    def see(self, cycle: int, outputs) -> None:
        before = len(self.beats)
        super().see(cycle, outputs)
        if len(self.beats) > before and len(self.beats) % self.size == 0:
            values = self.answers[len(self.beats) // self.size - 1]
            self.source.beats += [(value, k % 2, 1) for k, value in enumerate(values)]  # flags mean nothing
            self.source.earliest += [cycle + self.latency + self.gap * k for k in range(self.size)]


class ChainModel:
    """The schedule of a `Chain` that is always ready."""

    def __init__(self, latency: int, gap: int, downstream):
        self.latency, self.gap, self.downstream = latency, gap, downstream
        self.next, self.steps = 0, []

    def push(self, step: Step) -> list[int]:
        accepted = accept(step.earliest, self.next)
        self.next = accepted[-1] + 1
        self.steps.append((step, accepted))
        earliest = [accepted[-1] + self.latency + self.gap * k for k in range(len(accepted))]
        self.downstream.push(Step(earliest, step.first, step.last, step.stream))
        return accepted


def run(steps, size, *, latency=3, gap=1, eagerness=1.0, ready=None, chain_ready=None, unrest=None, sequences=6):
    """Play sequences; assert contents. Returns what a test may hold against the schedule."""
    rng = np.random.default_rng([steps, size, sequences])
    rounding = list(Rounding)[(steps + size) % 3]
    inputs = rng.integers(INPUT.min_raw, INPUT.max_raw + 1, (sequences, size)).tolist()
    answers = rng.integers(ANSWER.min_raw, ANSWER.max_raw + 1, (sequences * steps, size)).tolist()
    dut = Feedback(steps, size, ANSWER, INPUT, rounding)
    earliest = offered(rng, sequences * size, eagerness)
    junk = rng.integers(0, 2, (sequences * size, 2)).tolist()
    beats = [(value, *junk[n]) for n, value in enumerate(value for step in inputs for value in step)]
    source, back = Source(dut.i, beats, earliest), Source(dut.from_chain, [], [])
    chain = Chain(dut.to_chain, size, answers, back, latency, gap, always() if chain_ready is None else chain_ready)
    sink = Sink(dut.o, sequences * steps * size, always() if ready is None else ready)
    drive(dut, [source, chain, back, sink], unrest=unrest)
    into, out = [], []
    for number, values in enumerate(answers):
        sequence, step = divmod(number, steps)
        vector = (
            requantize(np.array(answers[number - 1]), ANSWER, INPUT, rounding).tolist() if step else inputs[sequence]
        )
        ends = [(k == 0, k == size - 1) for k in range(size)]
        last = step == steps - 1
        into += [(v, first and step == 0, end and last) for v, (first, end) in zip(vector, ends, strict=True)]
        out += [(v, first and step == 0, end and last) for v, (first, end) in zip(values, ends, strict=True)]
    assert chain.beats == into
    assert sink.beats == out
    assert len(out) == sequences * steps * size > 0
    return source, chain, sink


def schedule(steps, size, source, *, latency, gap, ready):
    """The same by the model: (input accepted, chain's input accepted, output transferred, output steps)."""
    end, made = ModelSink(ready), []
    stage = FeedbackStage(steps, lambda behind: made.append(ChainModel(latency, gap, behind)) or made[0], end)
    accepted = []
    for start in range(0, len(source.beats), size):
        accepted += stage.push(Step(source.earliest[start : start + size], True, True))
    fed = [cycle for _, cycles in made[0].steps for cycle in cycles]
    return accepted, fed, end.transfers, [(step.first, step.last) for step in end.steps]


@pytest.mark.parametrize(("latency", "gap"), [(1, 1), (4, 1), (2, 3)])
@pytest.mark.parametrize(("eagerness", "chance"), [(1, 1), (0.1, 1), (1, 0.4), (0.3, 0.6)])
@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("steps", [1, 2, 3, 6])
def test_cycles(steps, size, eagerness, chance, latency, gap):
    ready = always() if chance == 1 else sometimes(np.random.default_rng(size), chance)
    source, chain, sink = run(steps, size, latency=latency, gap=gap, eagerness=eagerness, ready=ready)
    accepted, fed, out, flags = schedule(steps, size, source, latency=latency, gap=gap, ready=ready)
    assert source.accepted == accepted
    assert chain.transfers == fed
    assert sink.transfers == out
    assert flags == [(k == 0, k == steps - 1) for k in range(steps)] * 6


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize(("chance", "chain_chance"), [(1, 0.5), (0.5, 0.5), (0.2, 0.8), (0.8, 0.2)])
def test_stalls_everywhere(steps, size, chance, chain_chance):
    rng = np.random.default_rng(7)
    run(
        steps, size, eagerness=0.5, ready=sometimes(rng, chance), chain_ready=sometimes(rng, chain_chance), sequences=12
    )


@pytest.mark.parametrize("seed", range(6))
def test_reset_at_any_cycle(seed):
    rng = np.random.default_rng(seed)
    run(3, 2, ready=sometimes(rng, 0.7), chain_ready=sometimes(rng, 0.7), unrest=rng)


def test_another_latency_is_found():
    """The control of the comparison with the schedule."""
    source, chain, sink = run(3, 2, latency=3)
    _, fed, out, _ = schedule(3, 2, source, latency=4, gap=1, ready=always())
    assert chain.transfers != fed
    assert sink.transfers != out


def test_steps_are_checked():
    with pytest.raises(RnnhwError, match=r"^steps must be at least 1, not 0$"):
        Feedback(0, 2, ANSWER, INPUT, Rounding.FLOOR)
