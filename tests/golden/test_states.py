"""States that go in and come out: constant ones, given ones, and sequences that are run in pieces."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Network
from rnnhw.quantize import quantize
from tests.networks import CELLS, random_batch, random_lengths, random_network, random_state

from .two_ways import two_ways

assert rnnhw.golden


def make(seed: int, mode: str = "many-to-many", kinds=CELLS):
    """A quantised network of three recurrent layers, and raw inputs of 5 sequences of 8 steps."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, inputs=2, hidden=[3, 4, 2], outputs=[2], mode=mode, kinds=kinds, head="none")
    network = quantize(net, random_batch(rng, net, 8, 8))
    return network, network.input.from_float(random_batch(rng, net, 5, 8))


@pytest.mark.parametrize("seed", range(6))
def test_a_sequence_in_pieces(seed):
    """The state of one run, handed to the next, goes on as if nothing had happened."""
    network, x_raw = make(seed)
    whole, final = network.run_raw(x_raw, return_state=True)
    first, state = network.run_raw(x_raw[:, :3], return_state=True)
    second, end = network.run_raw(x_raw[:, 3:], initial_state=state, return_state=True)
    assert (np.concatenate([first, second], axis=1) == whole).all()
    assert (end == final).all()
    assert (state != final).any()
    once = replace(network, mode="many-to-one").run_raw(x_raw[:, 3:], initial_state=state)
    assert (once == whole[:, -1]).all()


def test_step_by_step_without_an_end():
    network, x_raw = make(3)
    whole, state = network.run_raw(x_raw), None
    single = replace(network, mode="one-to-one")
    for step in range(8):
        y_raw, state = single.run_raw(x_raw[:, step : step + 1], initial_state=state, return_state=True)
        assert (y_raw[:, 0] == whole[:, step]).all()


def test_one_to_many_is_its_own_next_input():
    rng = np.random.default_rng(4)
    net = random_network(rng, inputs=3, hidden=[4, 2], outputs=[3], mode="one-to-many", kinds=CELLS, steps=5)
    network = quantize(net, random_batch(rng, net, 8, 1))
    x_raw = network.input.from_float(random_batch(rng, net, 5, 1))
    answers, final = network.run_raw(x_raw, return_state=True)
    assert answers.shape == (5, 5, 3)
    single, state = replace(network, mode="one-to-one", steps=None), None
    for step in range(5):
        y_raw, state = single.run_raw(x_raw, initial_state=state, return_state=True)
        assert (y_raw[:, 0] == answers[:, step]).all()
        x_raw = network.input.from_float(network.result.to_float(y_raw))  # halves upwards, saturated
    assert (state == final).all()


def test_the_final_state_is_that_of_each_sequences_own_end():
    network, x_raw = make(5)
    lengths = random_lengths(np.random.default_rng(1), 5, 8)
    _, final, trace = network.run_raw(x_raw, lengths, trace=True, return_state=True)
    begin = 0
    for cell in network.cells:
        for name in ("h", "c")[: len(cell.state_formats)]:
            found = trace.signals[cell.name][name][np.arange(5), lengths - 1]
            assert (final[:, begin : begin + cell.hidden_size] == found).all()
            begin += cell.hidden_size
    assert begin == final.shape[1] == network.state_size == sum(cell.state_size for cell in network.cells)


@pytest.mark.parametrize("kind", CELLS)
def test_a_backward_cell_is_a_forward_one_on_the_reversed_sequence(kind):
    rng = np.random.default_rng(6)
    net = two_ways(rng, kind, "many-to-many", sizes=((3, 2),))
    network = quantize(net, random_batch(rng, net, 8, 8))
    x_raw = network.input.from_float(random_batch(rng, net, 5, 8))
    lengths = random_lengths(rng, 5, 8)
    _, final, trace = network.run_raw(x_raw, lengths, trace=True, return_state=True)
    backward = network.cells[1]
    alone = replace(network, layers=(backward,))
    for sequence, length in enumerate(lengths.tolist()):
        y_raw, end = alone.run_raw(x_raw[sequence : sequence + 1, :length][:, ::-1], return_state=True)
        assert (trace.signals[backward.name]["h"][sequence, :length] == y_raw[0, ::-1]).all()
        assert (final[sequence, -backward.state_size :] == end[0]).all()


def test_readings_of_a_bidirectional_layer():
    rng = np.random.default_rng(7)
    net = two_ways(rng, "gru", "many-to-one", sizes=((3, 2),))
    net = replace(net, layers=net.layers[:1])
    network = quantize(net, random_batch(rng, net, 8, 8))
    x_raw = network.input.from_float(random_batch(rng, net, 5, 8))
    lengths = random_lengths(rng, 5, 8)
    every, final = replace(network, mode="many-to-many").run_raw(x_raw, lengths, return_state=True)
    last = replace(network, reading="last-step").run_raw(x_raw, lengths)
    rows = np.arange(5)
    assert (last == every[rows, lengths - 1]).all()
    read = network.run_raw(x_raw, lengths)
    assert (read[:, :3] == every[rows, lengths - 1, :3]).all()
    assert (read[:, 3:] == every[:, 0, 3:]).all()
    assert (read == final).all()
    assert (read != last).any()


def test_constant_initial_states_and_given_ones():
    zero = np.zeros((4, 1))
    lstm = LSTM(zero, zero, np.zeros(4), "a", h0=[0.25], c0=[1.5])
    gru = GRU(np.zeros((3, 1)), np.zeros((3, 1)), np.zeros(3), np.zeros(1), True, "b", h0=[-0.5])
    relu = RNN([[0.0]], [[1.0]], [0.0], "relu", "c", h0=[3.0])
    network = quantize(Network([lstm, gru, relu], "many-to-many"), np.zeros((1, 2, 1)))
    formats = [form for form, _ in network.state_formats]
    assert [str(form) for form in formats] == ["s8.7", "s16.14", "s8.7", "s8.5"]
    expected = [0.25, 1.5, -0.5, 3.0]
    assert network.initial_raw.tolist() == [v * 2**form.frac for v, form in zip(expected, formats, strict=True)]
    _, state = network.run(np.zeros((1, 1, 1)), return_state=True)
    assert state[0, 1:].tolist() == [0.75, -0.25, 3.0]
    given = np.array([[0.5, 0.5, 0.5, 0.5], expected])
    y, state = network.run(np.zeros((2, 1, 1)), initial_state=given, return_state=True)
    assert state[:, 1:].tolist() == [[0.25, 0.25, 0.5], [0.75, -0.25, 3.0]]
    assert y[:, 0, 0].tolist() == [0.5, 3.0]
    raw = np.stack([form.from_float(given[:, k]) for k, form in enumerate(formats)], axis=1)
    again = network.run_raw(np.zeros((2, 1, 1), np.int64), initial_state=raw)
    assert (network.output.to_float(again) == y).all()
    assert (network.run_raw(np.zeros((2, 1, 1), np.int64), initial_state=raw.astype(np.int16)) == again).all()


def test_a_float_state_at_the_bound_takes_the_end_of_the_format():
    network, x_raw = make(0, kinds=["gru"])
    ones = np.ones((5, network.state_size))
    x = network.input.to_float(x_raw)
    raw = np.full((5, network.state_size), 127)
    assert (
        network.run(x, initial_state=ones) == network.result.to_float(network.run_raw(x_raw, initial_state=raw))
    ).all()


@pytest.mark.parametrize(
    ("state", "raw", "message"),
    [
        (np.full((5, 9), 1.01), False, "initial_state of gru0.h must be in -1..1, not 1.01"),
        (np.full((5, 9), -1.01), False, "initial_state of gru0.h must be in -1..1, not -1.01"),
        (np.full((5, 9), 128), True, "raw initial_state of gru0.h must be in -128..127, not 128"),
        (np.full((5, 9), 1.0), True, "raw initial_state must be integers, not float64"),
    ],
    ids=str,
)
def test_refused_states(state, raw, message):
    network, x_raw = make(0, kinds=["gru"])
    with pytest.raises(RnnhwError) as caught:
        (network.run_raw if raw else network.run)(x_raw, initial_state=state)
    assert str(caught.value) == message


@pytest.mark.parametrize("state", [np.zeros((5, 8)), np.zeros((4, 9)), np.zeros(9), np.full((5, 9), np.nan), "text"])
def test_states_of_another_form_are_refused(state):
    network, x_raw = make(0, kinds=["gru"])
    for run in (network.run, network.run_raw):
        with pytest.raises(RnnhwError, match=r"^initial_state "):
            run(x_raw, initial_state=state)


def test_another_state_gives_another_answer():
    """The control: one altered element of the initial state is seen."""
    network, x_raw = make(1, kinds=["lstm", "gru"])
    state = np.tile(network.initial_raw, (5, 1))
    steps = np.concatenate([np.full(count, form.max_raw // 4) for form, count in network.state_formats])
    for element, step in enumerate(steps.tolist()):
        other = state.copy()
        other[:, element] += np.where(state[:, element] > 0, -step, step)
        _, one, before = network.run_raw(x_raw, initial_state=state, return_state=True, trace=True)
        _, two, after = network.run_raw(x_raw, initial_state=other, return_state=True, trace=True)
        assert one.shape == two.shape
        assert any((before.signals[cell.name]["h"] != after.signals[cell.name]["h"]).any() for cell in network.cells), (
            element
        )


def test_states_of_random_networks_are_within_their_formats():
    rng = np.random.default_rng(2)
    net = random_network(rng, kinds=["lstm", "gru"], mode="many-to-many", head="none")
    network = quantize(net, random_batch(rng, net, 8, 8))
    y = network.run(random_batch(rng, net, 5, 3), initial_state=random_state(rng, net, 5) / 2)
    assert np.isfinite(y).all()
