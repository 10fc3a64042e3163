"""The heads' times by themselves; tests/gateware holds them against the hardware, cycle by cycle."""

from dataclasses import dataclass, field

import pytest

from rnnhw.fixedpoint import QFormat
from rnnhw.fixedpoint.exponential import softmax_tables
from rnnhw.plan.stages.base import Sink, Step
from rnnhw.plan.stages.heads import ArgmaxStage, SoftmaxStage


@dataclass
class SlowSink:
    """Takes an element every `period` cycles."""

    period: int
    taken: list[int] = field(default_factory=list)

    def push(self, step: Step) -> list[int]:
        """Take a step."""
        for earliest in step.earliest:
            cycle = max(earliest, self.taken[-1] + 1 if self.taken else 0)
            self.taken.append(cycle + -cycle % self.period)
        return self.taken[-len(step.earliest) :]


def steps(size: int, count: int):
    """Answers that are offered at once, with flags that tell them apart."""
    return [Step([0] * size, number % 2 == 0, number % 3 == 0, number % 4) for number in range(count)]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_argmax_takes_an_element_a_cycle(size):
    sink = Sink()
    stage = ArgmaxStage(sink)
    accepted = [cycle for step in steps(size, 12) for cycle in stage.push(step)]
    assert accepted == list(range(12 * size))
    assert sink.transfers == [[size * (number + 1)] for number in range(12)]
    assert [(s.first, s.last, s.stream) for s in sink.steps] == [(s.first, s.last, s.stream) for s in steps(size, 12)]


def test_argmax_waits_for_elements():
    sink = Sink()
    assert ArgmaxStage(sink).push(Step([5, 5, 5, 30], True, True)) == [5, 6, 7, 30]
    assert sink.transfers == [[31]]


def test_argmax_holds_the_third_answer():
    sink = SlowSink(10)
    stage = ArgmaxStage(sink)
    assert [stage.push(Step([0], True, True)) for _ in range(5)] == [[0], [1], [11], [21], [31]]
    assert sink.taken == [10, 20, 30, 40, 50]


@pytest.mark.parametrize("bits", [4, 8, 10, 11, 16])
@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 9, 10, 11, 16, 64])
def test_the_period_of_softmax(size, bits):
    """A frame an element, or the division if it takes longer: nothing else ever holds it."""
    tables, sink = softmax_tables(size, QFormat(2 * bits, bits + 2), bits), Sink()
    stage = SoftmaxStage(tables, sink)
    for step in steps(size, 60):
        stage.push(step)
    ends = [transfers[-1] for transfers in sink.transfers]
    assert ends[-1] - ends[-31] == 30 * max(size * len(tables.tables), tables.e_frac + 3)
    assert [(s.first, s.last, s.stream) for s in sink.steps] == [(s.first, s.last, s.stream) for s in steps(size, 60)]


def test_softmax_takes_two_answers_at_once():
    stage = SoftmaxStage(softmax_tables(6, QFormat(16, 10), 8), Sink())
    accepted = [cycle for step in steps(6, 2) for cycle in stage.push(step)]
    assert accepted == list(range(12))
    assert stage.push(steps(6, 1)[0]) == [12, 13, 14, 15, 16, 17]  # into places that have just been read
    assert stage.push(steps(6, 1)[0])[-1] > 23


def test_softmax_of_rare_answers_has_one_latency():
    """Up to the frame's phase, which is there all the time."""
    sink = Sink()
    stage = SoftmaxStage(softmax_tables(6, QFormat(16, 10), 8), sink)
    for start in (100, 300, 501, 703):
        stage.push(Step([start] * 6, True, True))
    latencies = [transfers[0] - start for transfers, start in zip(sink.transfers, (100, 300, 501, 703), strict=True)]
    assert latencies[0] == latencies[1]
    assert max(latencies) - min(latencies) <= 1
