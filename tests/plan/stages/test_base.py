"""Accepting elements one a cycle, and the end of a chain."""

from rnnhw.plan.stages import Sink, Step, accept


def test_accept():
    assert accept([0, 0, 0], 0) == [0, 1, 2]
    assert accept([0, 5, 5, 9], 2) == [2, 5, 6, 9]
    assert accept([4], 4) == [4]


def test_a_sink_takes_one_element_a_cycle():
    sink = Sink()
    steps = [Step([3, 3], True, False), Step([4, 4], False, True), Step([10, 20], True, True, 1)]
    assert [sink.push(step) for step in steps] == [[3, 4], [5, 6], [10, 20]]
    assert sink.transfers == [[3, 4], [5, 6], [10, 20]]
    assert sink.steps == steps
