"""What goes wrong on the line and on the board: one clear error, and the next inference is right."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.host import BoardTimeout, HostError, LinkDamaged, NoBoard, Refused, SpiTransport, WrongDesign
from rnnhw.host import open as open_board
from rnnhw.host.errors import CODES
from rnnhw.sim.noise import NoisyLine

from .double import Double, wire


def after_an_error(board, network, x):
    return (board.infer(x) == network.run(x)).all()


@pytest.mark.parametrize("code", [code for code in CODES if code != 8])
def test_every_error_code(pair, code):
    network, double, x, open_it = pair(3)
    with open_it() as board:
        double.script += [None, None, code]
        with pytest.raises(Refused) as error:
            board.infer(x)
        assert error.value.code == code
        assert f"({CODES[code][0]}, detail 0); the board was reset" in str(error.value)
        assert after_an_error(board, network, x)


DAMAGES = {
    "a bit is turned": (lambda made: made[:4] + bytes([made[4] ^ 4]) + made[5:], LinkDamaged),
    "an event is lost": (lambda made: made[made.index(b"\x7e\x7e") + 1 :], LinkDamaged),
    "an event comes twice": (lambda made: made[: made.index(b"\x7e\x7e") + 1] + made, LinkDamaged),
    "an answer nobody asked for": (lambda made: made + wire(77, 0x82), LinkDamaged),
    "an answer of another kind": (lambda made: made + wire(77, 0x85, bytes(28)), LinkDamaged),
    "a request comes back": (lambda made: wire(3, 2, b"\1\0\0\0"), LinkDamaged),
    "nothing": (lambda made: b"", BoardTimeout),
    "it stops in the middle": (lambda made: made[:-3], BoardTimeout),
    "the answer is lost": (lambda made: made[: made.rindex(b"\x7e\x7e") + 1], BoardTimeout),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_answers(pair, name):
    network, double, x, open_it = pair(3)
    damage, kind = DAMAGES[name]
    with open_it() as board:
        double.script += [None, damage]
        with pytest.raises(kind, match=r"; the board was reset$"):
            board.infer(x[:2])
        assert after_an_error(board, network, x)


def test_the_last_event_is_lost(pair):
    network, double, x, open_it = pair(3, "many-to-one")
    with open_it() as board:
        double.script += [None, lambda made: made[made.index(b"\x7e\x7e") + 1 :]]
        with pytest.raises(BoardTimeout, match=r"^the board did not answer within 0\.3 s; the board was reset$"):
            board.infer(x[:2])
        assert after_an_error(board, network, x)


def test_too_many_elements(pair):
    network, double, x, open_it = pair(3)
    with open_it() as board:
        extra = wire(7, 0xC1, bytes(4 + network.output_size))
        double.script.append(lambda made: made[: made.rindex(b"\x7e\x7e") + 1] + extra + wire(double.last, 0x82))
        with pytest.raises(LinkDamaged, match=r"^the board gave \d+ bytes of elements, not \d+; the board was reset$"):
            board.infer(x[:1])
        assert after_an_error(board, network, x)


def test_a_board_that_falls_silent(pair):
    _, double, x, open_it = pair(3)
    with open_it() as board:
        double.write = lambda sent: None
        with pytest.raises(BoardTimeout, match=r"0\.3 s; the reset failed too: double: the board answers no more$"):
            board.infer(x)
        del double.write
        board.counters()  # which resets first


def test_counters_are_asked_for_again(pair):
    """HELLO and COUNTERS change nothing: what is lost of them is repeated."""
    _, double, _, open_it = pair(3)
    with open_it() as board:
        double.script += [lambda made: b"", lambda made: made[:8] + b"\x7e"]
        assert board.counters().elements_in == 0
        double.script += [1, 7]
        assert board.counters().error_frames == 2
        double.script += [7, 7, 7]
        with pytest.raises(Refused, match=r"\(OVERRUN, detail 0\); the board was reset$"):
            board.counters()


def test_counters_are_not_repeated_while_answers_come(pair):
    _, double, x, open_it = pair(3)
    with open_it() as board, board.stream() as stream:
        stream.send(x[0, 0])
        double.script.append(lambda made: b"")
        with pytest.raises(BoardTimeout, match=r"; the board was reset$"):
            board.counters()
        assert not stream.under_way


def test_an_interrupted_inference_begins_anew(pair):
    network, _, x, open_it = pair(3)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with open_it() as board:
        with pytest.raises(KeyboardInterrupt):
            board.infer(x, progress=interrupt)
        assert after_an_error(board, network, x)


@pytest.mark.parametrize("seed", range(8))
def test_noise_never_makes_a_wrong_answer(pair, seed):
    """Whatever the line does: an error, or the right answer; and afterwards the right answer."""
    network, double, x, _ = pair(3)
    line = NoisyLine(double, seed, flip=0.002, drop=0.001, double=0.001)
    line.active = False
    with open_board(line, timeout=0.03) as board:
        wanted, failed = network.run(x), 0
        for _ in range(6):
            line.active = True
            try:
                assert (board.infer(x) == wanted).all()
            except HostError:
                failed += 1
            line.active = False
            assert (board.infer(x) == wanted).all()
        assert line.damage > 0
    assert failed > 0


def test_noise_needs_probabilities():
    with pytest.raises(RnnhwError, match=r"^drop must be in 0\.\.1, not 2$"):
        NoisyLine(None, 1, drop=2)


def test_the_wrong_design(pair):
    _, double, _, open_it = pair(3, identity=bytes(range(8)))
    with pytest.raises(WrongDesign, match=r"^the board runs design 0001020304050607, not 3837363534333231$"):
        open_it(design=b"87654321")
    assert double.closed


def test_another_version(pair):
    _, double, _, open_it = pair(3)
    double.version = 2
    with pytest.raises(NoBoard, match=r"^the board speaks version 2 of the protocol, this rnnhw speaks 1$"):
        open_it()


class Talk:
    """A line at whose end something else talks."""

    name = "/dev/other"

    def __init__(self, said):
        self.said, self.closed = said, False

    def read(self, timeout):
        return self.said

    def write(self, sent):
        pass

    def close(self):
        self.closed = True


@pytest.mark.parametrize("said", [b"", b"\x7e\x7e", b"login: ", wire(1, 0x82), bytes(range(256))])
def test_what_is_no_board(said):
    line = Talk(said)
    with pytest.raises(NoBoard) as error:
        open_board(line, timeout=0.05)
    what = "what answers is no rnnhw board, or at another baud rate" if said.strip(b"~") else "no rnnhw board answers"
    assert str(error.value) == f"/dev/other: {what}"
    assert line.closed


def test_an_echo_is_no_board():
    """A loop from output to input sends every request back."""

    class Echo(Talk):
        def write(self, sent):
            self.said += sent

        def read(self, timeout):
            said, self.said = self.said, b""
            return said

    with pytest.raises(NoBoard, match="what answers is no rnnhw board"):
        open_board(Echo(b""), timeout=0.05)


@pytest.mark.parametrize(
    ("facts", "kind", "text"),
    [
        ({"port": 7}, TypeError, "port must be a name or have read and write, not int"),
        ({"design": 7}, TypeError, "design must be a Design, a folder or 8 bytes, not int"),
        ({"design": b"123"}, RnnhwError, "a design's identity must have 8 bytes, not 3"),
        ({"timeout": 0}, RnnhwError, "timeout must be more than 0 seconds, not 0"),
        ({"timeout": "1"}, TypeError, "timeout must be a number, not '1'"),
    ],
)
def test_what_open_does_not_take(facts, kind, text):
    with pytest.raises(kind) as error:
        open_board(**({"port": Talk(b"")} | facts))
    assert str(error.value) == text


def test_spi_needs_xfer2():
    with pytest.raises(TypeError, match=r"^spi must have xfer2, as spidev\.SpiDev does, not int$"):
        SpiTransport(7)


def test_the_double_is_strict():
    """Control: the double itself refuses what the protocol forbids."""
    double = Double(None)
    double.write(b"junk\x7e" + wire(1, 9) + b"\x7ejunk\x7e")
    assert double.out == wire(1, 0xFF, b"\3\0") + wire(ord("u"), 0xFF, b"\2\0")
    assert np.array_equal(double.seen, [])
