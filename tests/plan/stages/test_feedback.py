"""The feedback's schedule by hand; against the hardware it is held in tests/gateware."""

import pytest

from rnnhw.plan.stages import FeedbackStage, Sink, Step, accept


class Chain:
    """Answers two elements, the first one 10 cycles after a step's final element; may be slow to take a step."""

    def __init__(self, downstream, ready=0, answers=1):
        self.downstream, self.ready, self.answers = downstream, ready, answers
        self.steps, self.accepted = [], []

    def push(self, step):
        accepted = accept(step.earliest, self.ready)
        self.ready = max(self.ready, accepted[-1] + 1)
        self.steps.append((step.first, step.last))
        self.accepted.append(accepted)
        for _ in range(self.answers):
            self.downstream.push(Step([accepted[-1] + 10] * 2, step.first, step.last))
        return accepted


def make(steps, **options):
    chains, sink = [], Sink()
    stage = FeedbackStage(steps, lambda behind: chains.append(Chain(behind, **options)) or chains[0], sink)
    return stage, chains[0], sink


def test_three_answers():
    stage, chain, sink = make(3)
    assert stage.push(Step([2, 3], True, True)) == [2, 3]
    assert chain.accepted == [[2, 3], [13, 14], [24, 25]]
    assert sink.transfers == [[13, 14], [24, 25], [35, 36]]
    assert chain.steps == [(True, False), (False, False), (False, True)]
    assert stage.push(Step([0, 0], True, True)) == [26, 27]  # while the final answer is still on its way
    assert [(step.first, step.last) for step in sink.steps] == chain.steps[:3] * 2


def test_one_answer():
    stage, chain, sink = make(1)
    assert [stage.push(Step([0, 0], True, True)) for _ in range(2)] == [[0, 1], [2, 3]]
    assert chain.steps == [(True, True)] * 2
    assert sink.transfers == [[11, 12], [13, 14]]


def test_a_chain_that_is_not_ready_for_its_answer():
    stage, chain, _ = make(2)
    push = chain.push

    def slow(step):
        accepted = push(step)
        chain.ready += 30
        return accepted

    chain.push = slow
    with pytest.raises(RuntimeError, match=r"an answer that left in cycles \[11, 12\] was fed back in \[32, 33\]"):
        stage.push(Step([0, 0], True, True))


@pytest.mark.parametrize("answers", [0, 2])
def test_a_chain_that_does_not_answer_every_step(answers):
    stage, _, _ = make(2, answers=answers)
    with pytest.raises(RuntimeError, match=f"the chain gave {answers} answers to a step, not one"):
        stage.push(Step([0, 0], True, True))
