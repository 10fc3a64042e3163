"""What the board answers is what golden answers, whatever the network's form."""

from itertools import pairwise

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.host import Counters
from rnnhw.host.reference import Reference
from rnnhw.plan import make_plan
from tests.networks import random_lengths

from .conftest import make_network

MODES = ("one-to-one", "one-to-many", "many-to-one", "many-to-many")


class Known:
    """What `open` takes for a Design."""

    def __init__(self, network, identity=bytes(8), **hardware):
        self.qnet, self.identity, self.plan = network, identity, make_plan(network, **hardware)


@pytest.mark.parametrize("streams", [1, 3])
@pytest.mark.parametrize("bits", [8, 12])
@pytest.mark.parametrize("mode", MODES)
def test_answers_are_goldens(pair, mode, bits, streams):
    more = {"steps": 4, "outputs": [2]} if mode == "one-to-many" else {}
    network, double, x, open_board = pair(3, mode, {"bits": bits, **more}, streams=streams)
    lengths = None if mode.startswith("one-to") else random_lengths(np.random.default_rng(1), 6, 7)
    done = []
    with open_board() as board:
        y = board.infer(x, lengths, progress=lambda *counts: done.append(counts))
        y_raw = board.infer_raw(network.input.from_float(x), lengths)
    wanted = network.run(x, lengths)
    assert y.shape == wanted.shape
    assert y.dtype == wanted.dtype
    assert (y == wanted).all()
    assert (y_raw == network.run_raw(network.input.from_float(x), lengths)).all()
    assert done[-1] == (6, 6)
    assert done == sorted(done)
    assert double.closed
    assert double.seen[-1][1] == 2


@pytest.mark.parametrize("head", ["argmax", "softmax"])
def test_heads(pair, head):
    network, _, x, open_board = pair(4, "many-to-one", {"head": head, "outputs": [5]})
    with open_board() as board:
        assert (board.infer(x) == network.run(x)).all()


def test_an_altered_weight_is_seen(pair):
    """Control: another network behind the same line gives other answers."""
    network, double, x, open_board = pair(3)
    with open_board() as board:
        double.network = make_network(5)[0]
        assert (board.infer(x) != network.run(x)).any()


def test_long_sequences_take_several_frames(pair):
    network, double, _, open_board = pair(3)
    x = np.random.default_rng(1).normal(size=(2, 300, network.input_size))
    with open_board() as board:
        assert (board.infer(x) == network.run(x)).all()
    requests = [payload for _, kind, payload in double.seen if kind == 2]
    assert [payload[0] for payload in requests] == [1, 0, 2, 1, 0, 2]
    assert [len(payload) for payload in requests] == [240, 240, 126] * 2


def test_two_requests_are_under_way(pair):
    network, double, x, open_board = pair(3)
    double.held = True
    with open_board() as board:
        assert (board.infer(x) == network.run(x)).all()
    assert double.most_held == 2
    numbers = [sequence for sequence, _, _ in double.seen]
    assert all(a != b for a, b in pairwise(numbers))


@pytest.mark.parametrize("given", [True, False])
def test_states(pair, given):
    network, _, x, open_board = pair(6, "many-to-many", takes=True, gives=True)
    rng = np.random.default_rng(1)
    state = np.round(rng.uniform(-0.9, 0.9, (6, network.state_size)), 2) if given else None
    with open_board(design=Known(network)) as board:
        y, final = board.infer(x, initial_state=state, return_state=True)
    wanted, wanted_final = network.run(x, initial_state=state, return_state=True)
    assert (y == wanted).all()
    assert (final == wanted_final).all()


def test_raw_states_need_no_design(pair):
    network, _, x, open_board = pair(6, "many-to-one", takes=True, gives=True)
    x_raw, state = network.input.from_float(x), np.tile(network.initial_raw, (6, 1)) + 1
    with open_board() as board:
        y, final = board.infer_raw(x_raw, initial_state=state, return_state=True)
        with pytest.raises(RnnhwError, match=r"^the board takes initial states: give initial_state, or open"):
            board.infer_raw(x_raw)
        with pytest.raises(RnnhwError, match=r"^states as values need the formats: open the board with design=, or"):
            board.infer(x, initial_state=state)
        with pytest.raises(RnnhwError, match=r"^states as values need the formats"):
            board.infer(x, return_state=True)
        wanted = network.run_raw(x_raw, initial_state=state, return_state=True)
        assert (y == wanted[0]).all()
        assert (final == wanted[1]).all()


def test_a_state_waits_for_the_one_before(pair):
    """BUSY is no failure: the state is sent again."""
    network, double, x, open_board = pair(6, takes=True)
    with open_board(design=Known(network)) as board:
        double.script += [8, 8, 8]
        assert (board.infer(x) == network.run(x)).all()


def test_weights_are_loaded(pair):
    network, double, x, open_board = pair(7, images={})
    other = make_network(7)[0]
    known = Known(network, weights="loadable")
    image = known.plan.load_image()
    double.images[image] = other
    sent = []
    with open_board(design=known) as board:
        assert not board.info.loaded
        with pytest.raises(RnnhwError, match=r"^the board refused: something must be loaded first \(NOT_LOADED"):
            board.infer(x)
        board.load(network, progress=lambda *counts: sent.append(counts))
        assert board.info.loaded
        assert (board.infer(x) == other.run(x)).all()
        with pytest.raises(RnnhwError, match=r"^the board did not take the weights: the image came damaged, or"):
            board.load(image[:-1])
        assert board.info.load_error
        board.load(image)
        assert board.info.loaded
    assert sent[-1] == (len(image), len(image))
    assert b"".join(payload[1:] for _, kind, payload in double.seen if kind == 3)[: len(image)] == image


def test_what_cannot_be_loaded(pair):
    network, _, _, open_board = pair(7, images={})
    with open_board() as board:
        for weights, error, text in (
            (b"", RnnhwError, "an image must have a byte at least"),
            (7, TypeError, "weights must be an image (bytes) or a QuantizedNetwork, not int"),
            (
                network,
                RnnhwError,
                "a network can be loaded where the board was opened with design=, else an image",
            ),
        ):
            with pytest.raises(error) as raised:
                board.load(weights)
            assert str(raised.value) == text


def test_counters_and_reset(pair):
    network, _, x, open_board = pair(3)
    with open_board() as board:
        board.infer(x)
        assert board.counters() == Counters(1000, 500, x.size, 6 * 7 * network.output_size, 0, 8, 0)
        board.reset()
        assert board.counters() == Counters(1000, 500, 0, 0, 0, 2, 0)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda b, x: b.infer(x[0]), "x must have 3 axes (sequences, steps, inputs), not shape (7, 2)"),
        (lambda b, x: b.infer(x[:, :, :1]), "x must have 2 inputs a step (last axis), not 1"),
        (lambda b, x: b.infer(x * np.nan), "x must be finite, but holds NaN or infinity at [0, 0, 0]"),
        (lambda b, x: b.infer(x, [8] * 6), "lengths[0] must be in 1..7, not 8"),
        (lambda b, x: b.infer_raw(x), "raw inputs must be integers, not float64"),
        (lambda b, x: b.infer_raw(np.full((1, 1, 2), 128)), "raw inputs must be in -128..127, not 128..128"),
        (
            lambda b, x: b.infer_raw(np.zeros((1, 1, 2), int), initial_state=np.zeros((1, 3), int)),
            "the board takes no initial state: its core was made without load_state",
        ),
        (
            lambda b, x: b.infer_raw(np.zeros((1, 1, 2), int), return_state=True),
            "the board gives no final states: its core was made without read_state",
        ),
        (lambda b, x: b.load(b"1"), "the board's weights are fixed: its core was made without weights loadable"),
        (lambda b, x: b.stream(1), "stream must be in 0..0, not 1"),
    ],
)
def test_refused_before_anything_is_sent(pair, call, text):
    _, double, x, open_board = pair(3)
    with open_board() as board:
        before = len(double.seen)
        with pytest.raises(RnnhwError) as error:
            call(board, x)
        assert str(error.value) == text
        assert len(double.seen) == before


def test_a_sequence_that_is_too_long(pair):
    _, _, x, open_board = pair(3, max_steps=6)
    with open_board() as board:
        with pytest.raises(RnnhwError, match=r"^sequences must have at most 6 steps on this board, not 7$"):
            board.infer(x)
        board.infer(x[:, :6])


def test_the_design_says_what_runs(pair):
    network, _, _, open_board = pair(3, identity=b"12345678")
    with open_board(design=b"12345678") as board:
        assert board.network is None
        assert repr(board) == "<Board 3132333435363738: 2 -> 2, many-to-many>"
    with open_board(design=Known(network, b"12345678")) as board:
        assert board.network is network
    assert Reference(b"12345678").plan is None
