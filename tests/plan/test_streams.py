"""Interleaved sequences: their number fills the stalls that each of them would have alone."""

import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan import StepMark, make_plan

from .cases import CELLS, make_network, random_case, sequences


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("hidden", [4, 5, 8, 13, 16, 32])
def test_enough_streams_come_within_two_percent_of_the_bound(kind, hidden):
    """As many lanes as keep one row of the drain busy; what one stream leaves idle, eight use."""
    network = make_network(4, [hidden], kind=kind)
    lanes = min(4, hidden)
    one, many = (make_plan(network, lanes=lanes, streams=streams) for streams in (1, 8))
    if kind == "gru-before" and hidden < 8:  # its second pass waits for the first one's end, in whatever stream
        assert many.cycles_per_step <= many.bound_cycles + 5
    else:
        assert many.cycles_per_step <= 1.02 * many.bound_cycles
    assert many.bound_cycles <= one.cycles_per_step
    assert many.cycles_per_step <= one.cycles_per_step


def test_a_small_network_alone_stalls():
    """Control: without streams the bound is far away."""
    plan = make_plan(make_network(4, [4]), lanes=4)
    assert plan.cycles_per_step > 1.2 * plan.bound_cycles


def test_steps_take_turns():
    plan = make_plan(make_network(3, [6]), lanes=6, streams=3)
    marks = [StepMark(t == 0, t == 5, b) for t in range(6) for b in range(3)]
    run = plan.run(marks)
    assert len(run.accepted) == len(run.answers) == 18
    assert list(run.answers) == sorted(run.answers)
    alone = plan.run(sequences(6))
    assert run.answers[-1] < 3 * alone.answers[-1]


@pytest.mark.parametrize("streams", [2, 64])
def test_memories_hold_the_state_of_each(streams):
    network = make_network(3, [5], [2])
    one, many = (make_plan(network, lanes=4, streams=n).memories for n in (1, streams))
    for name in one:
        assert many[name].depth == one[name].depth * (streams if name in ("h", "c") else 1)


@pytest.mark.parametrize(
    ("options", "streams", "message"),
    [
        ({"kinds": ["bidirectional"], "mode": "many-to-one"}, 2,
         "streams must be 1 for a network with layers that go backwards (whole sequences are stored)"),
        ({"kinds": ["lstm"], "mode": "one-to-many"}, 2,
         "streams must be 1 for a one-to-many network (its answers come back as inputs)"),
        ({"kinds": ["lstm"], "mode": "many-to-one"}, 0, "streams must be in 1..64, not 0"),
        ({"kinds": ["lstm"], "mode": "many-to-one"}, 65, "streams must be in 1..64, not 65"),
    ],
)  # fmt: skip
def test_streams_that_cannot_be(options, streams, message):
    network = random_case(3, **options)
    with pytest.raises(RnnhwError) as caught:
        make_plan(network, lanes=1, streams=streams)
    assert str(caught.value) == message
    assert make_plan(network, lanes=1, streams=1).hardware.streams == 1
