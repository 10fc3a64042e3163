# amaranth: UnusedElaboratable=no
"""A whole board, simulated pin by pin, behind the host's library: every answer is golden's."""

import fcntl
import json
import signal
import subprocess
import sys

import numpy as np
import pytest

import rnnhw.host
from rnnhw.data import digits_test
from rnnhw.errors import RnnhwError
from rnnhw.host import HostError, SerialTransport, WrongDesign
from rnnhw.network import load_data
from rnnhw.sim.board import BoardCore, SimulatedBoard, core_of
from rnnhw.sim.noise import NoisyLine

from .board_cores import altered, core_of_network, digits_network, need_native, small_network, write_build


@pytest.fixture(scope="module", autouse=True)
def _tools():
    need_native()


@pytest.fixture(scope="module")
def kept(tmp_path_factory, worker_id):
    """Programs, for all tests and workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "boards"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory, kept):
    """The digits' core, compiled by one of the workers; the same in a folder; the test set."""
    core = core_of_network(digits_network(), lanes=8)
    with open(kept / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with SimulatedBoard(core, folder=kept):
            pass
    return core, write_build(tmp_path_factory.mktemp("digits") / "build", core), load_data(digits_test(), 8)


def test_every_digit_at_pin_level(digits, kept):
    """12 MHz, 1 Mbaud: 12 clocks a bit, all of them simulated."""
    core, folder, test = digits
    network, done = core.plan.network, []
    x_raw = network.input.from_float(test.x)
    wanted = network.run_raw(x_raw)
    with SimulatedBoard(folder, folder=kept) as simulated, rnnhw.host.open(simulated.port, folder) as board:
        y_raw = board.infer_raw(x_raw, progress=lambda *counts: done.append(counts))
        counters = board.counters()
    assert y_raw.shape == (450, 10)
    assert (y_raw == wanted).all()
    assert (y_raw.argmax(1) == test.y).mean() > 0.95
    assert (counters.elements_in, counters.elements_out, counters.error_frames) == (450 * 64, 450 * 10, 0)
    assert counters.good_frames == 450 + 2  # and RESET, HELLO, or HELLO, COUNTERS
    assert counters.cycles > 450 * 64 * 10 * 12 > counters.busy_cycles > 450 * 8 * core.plan.bound_cycles
    assert done[-1] == (450, 450)


def test_one_altered_weight_is_seen(digits, kept):
    """Control: the comparison can fail."""
    core, _, test = digits
    network = core.plan.network
    with SimulatedBoard(altered(core), folder=kept) as simulated, rnnhw.host.open(simulated.port) as board:
        assert (board.infer(test.x[:20]) != network.run(test.x[:20])).any()


def test_noise_on_the_pins_never_makes_a_wrong_answer(digits, kept):
    core, _, test = digits
    wanted, failed = core.plan.network.run(test.x[:20]), 0
    with SimulatedBoard(core, folder=kept) as simulated:
        line = NoisyLine(SerialTransport(simulated.port), 5, flip=0.0007, drop=0.0003, double=0.0003)
        line.active = False
        with rnnhw.host.open(line, core.identity, timeout=0.5) as board:
            for _ in range(8):
                line.active = True
                try:
                    assert (board.infer(test.x[:20]) == wanted).all()
                except HostError:
                    failed += 1
                line.active = False
                assert (board.infer(test.x[:20]) == wanted).all()
    assert failed > 1
    assert line.damage > failed


def test_the_wrong_design(digits, kept):
    core, folder, _ = digits
    with (
        SimulatedBoard(folder, folder=kept) as simulated,
        pytest.raises(WrongDesign, match=rf"^the board runs design {core.identity.hex()}, not 3132333435363738$"),
    ):
        rnnhw.host.open(simulated.port, b"12345678")


def test_weights_states_and_steps(kept):
    """Loadable weights, states in and out, steps as they come, two streams, in one core."""
    network, x = small_network(11, mode="many-to-many")
    options = {"weights": "loadable", "load_state": True, "read_state": True, "streams": 2}
    core = core_of_network(network, **options)
    state = np.random.default_rng(1).uniform(-0.9, 0.9, (5, network.state_size))
    lengths = np.array([6, 1, 3, 6, 2])
    wanted, final = network.run(x, lengths, initial_state=state, return_state=True)
    with SimulatedBoard(core, folder=kept) as simulated:
        reference = type("Known", (), {"identity": core.identity, "qnet": network, "plan": core.plan})
        with rnnhw.host.open(simulated.port, reference) as board:
            with pytest.raises(HostError, match=r"no weights are loaded yet \(board\.load\) \(NOT_LOADED, detail 1\)"):
                board.infer(x)
            with pytest.raises(HostError, match=r"^the board did not take the weights: the image came damaged"):
                board.load(core.plan.load_image()[:-1] + b"\0")
            assert board.info.load_error
            board.load(network)
            y, end = board.infer(x, lengths, initial_state=state, return_state=True)
            assert (y == wanted).all()
            assert (end == final).all()
            with board.stream(1) as stream:
                for step in range(6):
                    stream.send(x[0, step], last=step == 5, **({} if step else {"initial_state": state[0]}))
                    assert (stream.receive() == wanted[0, step]).all()
                assert (stream.receive_state() == final[0]).all()
            with board.stream() as stream:
                stream.send(x[1, :2])
            assert board.info.loaded
        with rnnhw.host.open(simulated.port, reference) as board:  # another program, the same board
            assert board.info.loaded
            assert (board.infer(x, lengths, initial_state=state) == wanted).all()


def test_whole_sequences_over_spi(kept):
    """A core that stores sequences and answers with indices, on the other link."""
    network, x = small_network(13, mode="many-to-many", kinds=("bidirectional",), outputs=[5], head="argmax")
    core = core_of_network(network, link="spi", lanes=1, max_steps=8)
    with SimulatedBoard(core, folder=kept) as simulated, rnnhw.host.open(simulated.port) as board:
        assert (board.infer(x, [6, 2, 1, 6, 3]) == network.run(x, [6, 2, 1, 6, 3])).all()
        assert board.counters().elements_out == 18
        with board.stream() as stream:
            stream.send(x[0, :4])
            stream.send(x[0, 4:], last=True)
            assert ([stream.receive() for _ in range(6)] == network.run(x)[0]).all()
        with pytest.raises(RnnhwError, match=r"^sequences must have at most 8 steps on this board, not 9$"):
            board.infer(np.zeros((1, 9, 2)))


def test_board_sim_on_the_command_line(digits, kept):
    """The same host program runs against what `rnnhw board-sim` serves; Ctrl-C ends it."""
    core, folder, test = digits
    command = [sys.executable, "-m", "rnnhw.cli", "board-sim", folder, "--keep", kept, "--json"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said = json.loads(child.stdout.readline())
        assert (said["design"], said["link"], said["baud"]) == (core.identity.hex(), "uart", 1_000_000)
        with rnnhw.host.open(said["port"], folder) as board:
            assert (board.infer(test.x[:3]) == core.plan.network.run(test.x[:3])).all()
        child.send_signal(signal.SIGINT)
        assert child.communicate() == ("", "ended\n")
        assert child.returncode == 0
    finally:
        child.kill()
        child.wait()


def test_what_is_no_board(tmp_path, digits):
    core, folder, _ = digits
    with pytest.raises(TypeError, match=r"^design must be a Design or a folder, not int$"):
        core_of(7)
    with pytest.raises(RnnhwError, match=r": no board\.json; rnnhw build makes such a folder$"):
        SimulatedBoard(tmp_path)
    with pytest.raises(TypeError, match=r"^a folder says link itself$"):
        SimulatedBoard(folder, link="spi")
    with pytest.raises(RnnhwError, match=r"^link must be one of uart, spi, not 'usb'$"):
        BoardCore(core.plan, core.identity, link="usb")
