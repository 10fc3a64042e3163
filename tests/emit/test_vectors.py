"""Beats of sequences: the order of the streams, what is marked, what answers and what does not."""

import dataclasses

import numpy as np
import pytest

from rnnhw.emit.vectors import StepMark, make_vectors, raw_state, seeded_input, seeded_state, send_order
from rnnhw.errors import RnnhwError
from tests.adder import Adder

X = np.arange(1, 1 + 4 * 3 * 3).reshape(4, 3, 3)
LENGTHS = np.array([3, 1, 2, 3])


def beats(columns) -> list[tuple]:
    return list(zip(*(column.tolist() for column in columns.values()), strict=True))


def test_streams_take_turns():
    assert send_order([2, 1, 1, 2, 1]) == [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (3, 1), (4, 0)]
    assert send_order([2, 1, 1, 2, 1], 2) == [(0, 0), (1, 0), (0, 1), (3, 0), (2, 0), (3, 1), (4, 0)]
    assert send_order([1, 3], 3) == [(0, 0), (1, 0), (1, 1), (1, 2)]
    assert send_order([]) == []
    rng = np.random.default_rng(1)
    for streams in (1, 2, 3, 5):
        lengths = rng.integers(1, 9, 7).tolist()
        order = send_order(lengths, streams)
        assert sorted(order) == send_order(lengths)
        for stream in range(streams):
            own = [item for item in order if item[0] % streams == stream]
            assert own == sorted(own)


def test_one_stream_many_to_one():
    vectors = make_vectors(Adder("many-to-one"), X, LENGTHS)
    assert list(vectors.beats) == ["i"]
    assert list(vectors.expected) == ["o"]
    assert beats(vectors.beats["i"])[:10] == [
        *((value, int(value == 1), int(value == 9)) for value in range(1, 10)),
        (10, 1, 0),
    ]
    assert vectors.steps[:4] == [(True, False, 0), (False, False, 0), (False, True, 0), (True, True, 0)]
    assert isinstance(vectors.steps[0], StepMark)
    first = 5 + sum(range(1, 10))
    assert beats(vectors.expected["o"]) == [(first, 0), (10, 1), (38, 0), (8, 1), (134, 0), (9, 1), (293, 0), (10, 1)]
    assert vectors.answers_of(vectors.expected["o"]["data"]).tolist() == vectors.answers.tolist()
    assert vectors.status == {}


def test_many_to_many_over_two_streams():
    vectors = make_vectors(Adder("many-to-many"), X, LENGTHS, streams=2)
    assert vectors.order == [(0, 0), (1, 0), (0, 1), (3, 0), (0, 2), (3, 1), (2, 0), (3, 2), (2, 1)]
    assert [mark.stream for mark in vectors.steps] == [0, 1, 0, 1, 0, 1, 0, 1, 0]
    assert list(vectors.beats["i"]) == ["data", "first", "last", "stream"]
    assert vectors.beats["i"]["stream"].tolist() == [stream for _, _, stream in vectors.steps for _ in range(3)]
    counts = [value for value, *_ in beats(vectors.expected["o"])[1::2]]
    assert counts == [8 + step for _, step in vectors.order]
    assert vectors.expected["o"]["last"].tolist() == [int(last and k) for _, last, _ in vectors.steps for k in (0, 1)]
    assert vectors.expected["o"]["stream"].tolist() == [stream for _, _, stream in vectors.steps for _ in (0, 1)]
    found = vectors.answers_of(vectors.expected["o"]["data"])
    assert found.tolist() == Adder("many-to-many").run_raw(X, LENGTHS).tolist()


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("mode", ["many-to-one", "many-to-many"])
def test_what_is_broken_off_has_no_last(mode, streams):
    complete = np.array([True, False, True, False])
    whole = make_vectors(Adder(mode), X, LENGTHS, streams=streams, final_state=True)
    vectors = make_vectors(Adder(mode), X, LENGTHS, streams=streams, final_state=True, complete=complete)
    assert vectors.order == whole.order
    for (sequence, _), mark, before in zip(vectors.order, vectors.steps, whole.steps, strict=True):
        assert mark == before._replace(last=before.last and bool(complete[sequence]))
    assert vectors.beats["i"]["data"].tolist() == whole.beats["i"]["data"].tolist()
    assert vectors.beats["i"]["last"].sum() == 2
    if mode == "many-to-one":
        assert vectors.answers[complete].tolist() == whole.answers[complete].tolist()
        assert not vectors.answers[~complete].any()
        assert len(vectors.expected["o"]["data"]) == 4
    else:
        assert vectors.answers.tolist() == whole.answers.tolist()
        assert vectors.expected["o"]["data"].tolist() == whole.expected["o"]["data"].tolist()
    assert vectors.expected["o"]["last"].sum() == 2
    ended = [sequence for (sequence, _), mark in zip(vectors.order, vectors.steps, strict=True) if mark.last]
    assert vectors.expected["final"]["data"].tolist() == vectors.final_state[ended].reshape(-1).tolist()
    assert vectors.final_state[complete].tolist() == whole.final_state[complete].tolist()
    assert not vectors.final_state[~complete].any()


def test_a_bidirectional_network_answers_whole_sequences_only():
    options = {"streams": 2, "complete": [True, True, False, True]}
    vectors = make_vectors(Adder("many-to-many", "bidirectional"), X, LENGTHS, **options)
    places = [(1, 0), (0, 0), (0, 1), (0, 2), (3, 0), (3, 1), (3, 2)]
    assert list(zip(*(index.tolist() for index in vectors.slots), strict=True)) == places
    assert vectors.expected["o"]["last"].tolist() == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert vectors.expected["o"]["stream"].tolist() == [1] * 2 + [0] * 6 + [1] * 6
    assert not vectors.answers[2].any()


def test_one_step_in_many_answers_out():
    network = Adder("one-to-many")
    vectors = make_vectors(network, X[:, :1], streams=2, final_state=True)
    assert vectors.steps == [(True, True, 0), (True, True, 1)] * 2
    assert vectors.expected["o"]["data"].tolist() == network.run_raw(X[:, :1]).reshape(-1).tolist()
    assert vectors.expected["o"]["last"].tolist() == ([0] * 7 + [1]) * 4
    assert vectors.expected["o"]["stream"].tolist() == ([0] * 8 + [1] * 8) * 2
    assert vectors.answers.shape == (4, 4, 2)


def test_one_to_one():
    network = Adder("one-to-one")
    vectors = make_vectors(network, X[:, :1])
    assert vectors.expected["o"]["data"].tolist() == network.run_raw(X[:, :1]).reshape(-1).tolist()
    assert vectors.expected["o"]["last"].tolist() == [0, 1] * 4
    with pytest.raises(RnnhwError, match=r"^a sequence of a one-to-one network has one step: it cannot be broken off$"):
        make_vectors(network, X[:, :1], complete=[True, True, False, True])


def test_states_go_in_and_out_in_order():
    state = np.arange(8).reshape(4, 2) - 4
    network = Adder("many-to-many")
    vectors = make_vectors(network, X, LENGTHS, streams=2, initial_state=state, final_state=True)
    assert vectors.beats["state"]["data"].tolist() == state[[0, 1, 3, 2]].reshape(-1).tolist()
    _, final = network.run_raw(X, LENGTHS, initial_state=state, return_state=True)
    assert vectors.expected["final"]["data"].tolist() == final[[1, 0, 3, 2]].reshape(-1).tolist()
    assert vectors.expected["final"]["last"].tolist() == [0, 1] * 4
    assert vectors.final_state_of(vectors.expected["final"]["data"]).tolist() == final.tolist()
    assert vectors.answers[1, 0].tolist() == [-2 + 10 + 11 + 12, 0]
    for wrong in (state[:3], state[:, :1], state * 1.0):
        with pytest.raises(RnnhwError, match=r"^initial_state must hold integers of shape \(4, 2\), not "):
            make_vectors(network, X, LENGTHS, initial_state=wrong)


def test_an_image_is_loaded():
    vectors = make_vectors(Adder("many-to-one"), X, LENGTHS, image=b"\x00\xff\x07")
    assert beats(vectors.beats["load"]) == [(0, 0), (255, 0), (7, 1)]
    assert vectors.status == {"loaded": 1, "load_error": 0}


def test_the_stimulus_waits_for_what_is_expected():
    vectors = make_vectors(Adder("many-to-one"), X, LENGTHS, final_state=True)
    stimulus = vectors.stimulus(99, {"o": (1, 0), "i": (0, 1)}, reset_at=7)
    assert (stimulus.max_cycles, stimulus.reset_at) == (99, 7)
    assert stimulus.sources["i"].pattern == (0, 1)
    assert (stimulus.sinks["o"].beats, stimulus.sinks["o"].pattern) == (8, (1, 0))
    assert (stimulus.sinks["final"].beats, stimulus.sinks["final"].pattern) == (8, None)


@pytest.mark.parametrize("complete", [[True], [[True] * 4]])
def test_complete_has_one_entry_a_sequence(complete):
    with pytest.raises(RnnhwError, match=r"^complete must have one entry per sequence, 4, not "):
        make_vectors(Adder("many-to-one"), X, LENGTHS, complete=complete)


def test_seeded_values_reach_the_corners():
    network = Adder("many-to-one")
    x_raw, lengths = seeded_input(network, 20, 9)
    assert (x_raw.shape, x_raw.min(), x_raw.max()) == ((20, 9, 3), -128, 127)
    assert (lengths.min(), lengths.max()) == (1, 9)
    state = seeded_state(network, 60)
    assert (state.min(axis=0).tolist(), state.max(axis=0).tolist()) == ([-2048, -32], [2047, 31])
    x_raw, lengths = seeded_input(Adder("one-to-many"))
    assert (x_raw.shape, lengths.tolist()) == ((4, 1, 3), [1] * 4)


def test_float_states_become_raw_ones():
    assert raw_state(Adder("many-to-one"), [[1.5, -2.0], [-1000.0, 99.0]]).tolist() == [[24, -2], [-2048, 31]]
    with pytest.raises(RnnhwError, match=r"^a state must have the shape \(sequences, 2\), not \(2,\)$"):
        raw_state(Adder("many-to-one"), [1.5, -2.0])


def test_vectors_can_be_altered():
    """What the controls of the co-simulation do."""
    vectors = make_vectors(Adder("many-to-one"), X, LENGTHS)
    changed = dataclasses.replace(
        vectors, expected={"o": vectors.expected["o"] | {"last": 1 - vectors.expected["o"]["last"]}}
    )
    assert changed.expected["o"]["last"].tolist() == [1, 0] * 4
