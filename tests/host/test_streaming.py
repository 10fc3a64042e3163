"""Steps as they come, answers as they come."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.host import BoardTimeout, Refused

from .test_board import Known


def test_each_step_is_answered_before_the_next_is_sent(pair):
    network, _, x, open_board = pair(3)
    wanted = network.run(x)
    with open_board() as board, board.stream() as stream:
        for sequence in range(3):
            for step in range(7):
                stream.send(x[sequence, step], last=step == 6)
                assert (stream.receive() == wanted[sequence, step]).all()
        assert not stream.under_way
        assert (board.infer(x) == wanted).all()


def test_answers_may_be_fetched_later(pair):
    network, _, x, open_board = pair(3)
    with open_board() as board, board.stream() as stream:
        stream.send(x[0, :5])
        assert (stream.expected, stream.ready) == (5, 5)
        stream.send(x[0, 5:], last=True)
        stream.send(x[1], last=True)
        answers = [stream.receive() for _ in range(14)]
        assert (np.reshape(answers, (2, 7, -1)) == network.run(x[:2])).all()
        assert stream.ready == 0


@pytest.mark.parametrize(("mode", "count"), [("one-to-one", 1), ("one-to-many", 4)])
def test_each_step_is_a_sequence(pair, mode, count):
    network, _, x, open_board = pair(3, mode, {"steps": 4} if mode == "one-to-many" else None)
    with open_board() as board, board.stream() as stream:
        for sequence, wanted in enumerate(network.run(x)):
            stream.send(x[sequence, 0])
            assert stream.expected == count
            assert (np.array([stream.receive() for _ in range(count)]) == wanted).all()


def test_many_to_one_answers_at_the_end(pair):
    network, _, x, open_board = pair(8, "many-to-one")
    with open_board() as board, board.stream() as stream:
        for sequence in range(6):
            for step in range(7):
                stream.send(x[sequence, step], last=step == 6)
            assert (stream.receive() == network.run(x)[sequence]).all()


def test_whole_sequences_are_answered_after_their_end(pair):
    network, _, x, open_board = pair(3, max_steps=8)
    with open_board() as board, board.stream() as stream:
        stream.send(x[0, :3])
        with pytest.raises(RnnhwError) as error:
            stream.receive()
        assert str(error.value).startswith("no answer is to come for what was sent; this core answers after a seq")
        stream.send(x[0, 3:], last=True)
        assert (np.array([stream.receive() for _ in range(7)]) == network.run(x)[0]).all()
        stream.send(x[0, :5])
        with pytest.raises(RnnhwError, match=r"^a sequence must have at most 8 steps on this board, not 9$"):
            stream.send(x[0, :4])


def test_interleaved_streams(pair):
    network, _, x, open_board = pair(3, streams=2)
    wanted = network.run(x)
    with open_board() as board, board.stream(0) as one, board.stream(1) as other:
        for step in range(7):
            one.send(x[0, step], last=step == 6)
            other.send(x[1, step], last=step == 6)
        assert (np.array([other.receive() for _ in range(7)]) == wanted[1]).all()
        assert (np.array([one.receive() for _ in range(7)]) == wanted[0]).all()


def test_states_in_and_out(pair):
    network, _, x, open_board = pair(6, takes=True, gives=True)
    state = np.full(network.state_size, 0.25)
    wanted, final = network.run(x[:1], initial_state=state[None], return_state=True)
    with open_board(design=Known(network)) as board, board.stream() as stream:
        stream.send(x[0, :4], initial_state=state)
        with pytest.raises(RnnhwError, match=r"^initial_state must come with a sequence's first step$"):
            stream.send(x[0, 4:], initial_state=state)
        stream.send(x[0, 4:], last=True)
        assert (np.array([stream.receive() for _ in range(7)]) == wanted[0]).all()
        assert (stream.receive_state() == final[0]).all()
        with pytest.raises(RnnhwError, match=r"^no final state is to come: of a core with read_state one comes after"):
            stream.receive_state()
        stream.send(x[1], last=True)
        assert (np.array([stream.receive() for _ in range(7)]) == network.run(x)[1]).all()
        assert (stream.receive_state_raw() == network.run_raw(board.input.from_float(x), return_state=True)[1][1]).all()


def test_what_is_left_unfinished_is_dropped(pair):
    network, double, x, open_board = pair(3)
    with open_board() as board:
        with board.stream() as stream:
            stream.send(x[0, :3])
            with pytest.raises(RnnhwError, match=r"^a stream has a sequence under way: end it and receive its answers"):
                board.infer(x)
        assert double.seen[-2][1] == 6  # RESET, then HELLO
        assert (board.infer(x) == network.run(x)).all()
        with pytest.raises(RnnhwError, match=r"^no answer is to come for what was sent$"):
            stream.receive()


def test_a_failure_begins_anew(pair):
    network, double, x, open_board = pair(3)
    with open_board() as board, board.stream() as stream:
        stream.send(x[0, :3])
        double.script.append(5)
        with pytest.raises(Refused, match=r"\(PAYLOAD, detail 0\); the board was reset$"):
            stream.send(x[0, 3:5])
        stream.send(x[1, 0])
        assert (stream.receive() == network.run(x)[1, 0]).all()
        double.script.append("mute")
        stream.send(x[1, 1])
        with pytest.raises(BoardTimeout, match=r"^the board did not answer within 0\.3 s; the board was reset$"):
            stream.receive()


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.zeros(3), "x must have shape (2,) or (steps, 2), not (3,)"),
        (np.zeros((0, 2)), "x must have shape (2,) or (steps, 2), not (0, 2)"),
        (np.zeros((1, 1, 2)), "x must have shape (2,) or (steps, 2), not (1, 1, 2)"),
        (np.array(["a", "b"]), "x must hold real numbers, not dtype <U1"),
        ([np.inf, 0], "values must be finite, there is a NaN or an infinity among them"),
    ],
)
def test_steps_that_cannot_be(pair, x, text):
    _, _, _, open_board = pair(3)
    with open_board() as board, board.stream() as stream:
        with pytest.raises(RnnhwError) as error:
            stream.send(x)
        assert str(error.value) == text
