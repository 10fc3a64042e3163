"""The sequence buffer's schedule by hand; against the hardware it is held in tests/gateware."""

import re

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan.stages import SequenceBufferStage, Sink, Step

BOTH = [(0, 2, False), (0, 2, True)]


def make(pieces=BOTH, max_steps=4, last_only=False):
    sink = Sink()
    return SequenceBufferStage(2, pieces, max_steps, last_only, sink), sink


def test_two_steps():
    """In after cycle 3; from cycle 5 on two jobs of four elements."""
    stage, sink = make()
    assert stage.push(Step([0, 0], True, False)) == [0, 1]
    assert sink.steps == []
    assert stage.push(Step([0, 0], False, True)) == [2, 3]
    assert sink.transfers == [[5, 6, 7, 8], [9, 10, 11, 12]]
    assert [(step.first, step.last) for step in sink.steps] == [(True, False), (False, True)]


def test_the_third_sequence_waits_for_a_bank():
    """The first bank's final element is fetched in 11, as the one before it leaves."""
    stage, sink = make(max_steps=2)
    accepted = [stage.push(Step([0, 0], step % 2 == 0, step % 2 == 1)) for step in range(6)]
    assert accepted == [[0, 1], [2, 3], [4, 5], [6, 7], [12, 13], [14, 15]]
    assert [cycle for job in sink.transfers for cycle in job] == list(range(5, 29))


def test_one_job():
    stage, sink = make(last_only=True)
    for step in range(3):
        stage.push(Step([10 * step] * 2, step == 0, step == 2, 3))
    assert sink.transfers == [[23, 24, 25, 26]]
    assert (sink.steps[0].first, sink.steps[0].last, sink.steps[0].stream) == (True, True, 3)


def test_cut_and_restarted_sequences():
    stage, sink = make(max_steps=2)
    flags = [(True, False), (False, False), (False, False), (True, False), (True, True)]
    for first, last in flags:
        stage.push(Step([0, 0], first, last))
    assert [(step.first, step.last) for step in sink.steps] == [(True, False), (False, True), (True, True)]


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        ([], "a sequence buffer needs at least one piece"),
        ([(0, 3, False)], "a piece must lie in 0..1, not 3 elements from 0 on"),
        ([(0, 2, True), (1, 2, True)], "a piece must lie in 0..1, not 2 elements from 1 on"),
        ([(-1, 1, True)], "a piece must lie in 0..1, not 1 elements from -1 on"),
        ([(1, 0, True)], "a piece must lie in 0..1, not 0 elements from 1 on"),
    ],
)
def test_pieces_are_checked(pieces, message):
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        make(pieces)


def test_max_steps_is_checked():
    with pytest.raises(RnnhwError, match=r"^max_steps must be at least 1, not 0$"):
        make(max_steps=0)
    with pytest.raises(TypeError, match=r"^max_steps must be an integer, not 2.5$"):
        make(max_steps=2.5)
