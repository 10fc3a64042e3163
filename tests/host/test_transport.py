"""Serial ports (pseudo-terminals here) and SPI."""

import builtins
import os
import pty
import socket
import threading
import tty

import pytest

from rnnhw.host import HostError, NoBoard, SerialTransport, SocketSpi, SpiTransport
from rnnhw.host import open as open_board

from .conftest import make_network
from .double import Double
from .terminal import on_terminal


@pytest.fixture
def terminal():
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    for end in (master, slave):
        os.close(end)


def test_a_board_on_a_serial_port():
    pytest.importorskip("serial")
    network, x = make_network(3)
    with on_terminal(Double(network)) as port, open_board(port, timeout=2) as board:
        assert (board.infer(x) == network.run(x)).all()


class Spi:
    """Looks like spidev.SpiDev; what the double says comes with the next transfers."""

    def __init__(self, double):
        self.double, self.out, self.closed = double, bytearray(), False

    def xfer2(self, sent):
        assert len(sent) <= 4096
        self.double.write(bytes(sent))
        self.out += self.double.read(0)
        here, self.out = self.out[: len(sent)], self.out[len(sent) :]
        return list(here + b"\x7e" * (len(sent) - len(here)))

    def close(self):
        self.closed = True


def test_a_board_on_spi():
    network, x = make_network(3)
    spi = Spi(Double(network))
    with open_board(SpiTransport(spi), timeout=0.5) as board:
        assert (board.infer(x) == network.run(x)).all()
    assert spi.closed


def test_spi_with_nobody_there():
    class Silent:
        def xfer2(self, sent):
            return [0xFF] * len(sent)

    with pytest.raises(NoBoard, match=r"^SPI: what answers is no rnnhw board"):
        open_board(SpiTransport(Silent()), timeout=0.05)


def test_spi_that_fails():
    class Broken:
        def xfer2(self, sent):
            raise OSError(5, "Input/output error")

    with pytest.raises(HostError, match=r"^SPI: Input/output error$"):
        open_board(SpiTransport(Broken()))


def test_a_simulated_boards_socket(tmp_path):
    network, x = make_network(3)
    spi, path = Spi(Double(network)), tmp_path / "spi"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(1)

    def work():
        host, _ = listening.accept()
        while size := host.recv(2):
            wanted = int.from_bytes(size, "little")
            host.sendall(bytes(spi.xfer2(list(host.recv(wanted, socket.MSG_WAITALL)))))
        host.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        with open_board(str(path), timeout=0.5) as board:
            assert (board.infer(x) == network.run(x)).all()
        thread.join(5)
    finally:
        listening.close()
    with pytest.raises(NoBoard, match=r": Connection refused$"):
        SocketSpi(path)


def test_no_such_port(tmp_path):
    pytest.importorskip("serial")
    for port, text in (
        (tmp_path / "none", "no such port; is the board plugged in?"),
        (tmp_path, "not a serial port"),
        ("/dev/null", "not a serial port"),
    ):
        with pytest.raises(NoBoard) as error:
            open_board(port)
        assert str(error.value) == f"{port}: {text}"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (13, "permission denied; on Linux, become a member of the group that the port belongs to (dialout)"),
        (16, "in use by another program"),
        (5, "not a serial port, or the board was unplugged"),
        (99, "what the system says"),
    ],
)
def test_ports_that_cannot_be_opened(monkeypatch, number, text):
    serial = pytest.importorskip("serial")

    def refuse(*_, **__):
        raise (
            serial.SerialException(number, "what the system says")
            if number != 99
            else serial.SerialException("what\nthe system says")
        )

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(NoBoard) as error:
        SerialTransport("/dev/ttyUSB0")
    assert str(error.value) == f"/dev/ttyUSB0: {text}"


def test_a_port_that_another_program_has(terminal):
    pytest.importorskip("serial")
    _, port = terminal
    first = SerialTransport(port)
    with pytest.raises(NoBoard, match=r": in use by another program$"):
        SerialTransport(port)
    first.close()
    SerialTransport(port).close()


def test_a_baud_rate_that_cannot_be(terminal):
    pytest.importorskip("serial")
    with pytest.raises(NoBoard, match=r": the port cannot do 10000000000 baud$"):
        SerialTransport(terminal[1], 10**10)


def test_a_port_that_goes(terminal):
    pytest.importorskip("serial")
    transport = SerialTransport(terminal[1])
    transport.close()
    for use in (lambda: transport.read(0), lambda: transport.write(b"1")):
        with pytest.raises(HostError, match=r": the port is gone; was the board unplugged\?$"):
            use()


def test_a_port_that_takes_nothing(terminal):
    pytest.importorskip("serial")
    transport = SerialTransport(terminal[1], timeout=0.05)
    with pytest.raises(HostError, match=r": the port takes no bytes$"):
        transport.write(bytes(1_000_000))
    transport.close()


def test_without_pyserial(monkeypatch, terminal):
    found = builtins.__import__

    def refuse(name, *rest):
        if name == "serial":
            raise ImportError
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(HostError) as error:
        SerialTransport(terminal[1])
    assert str(error.value) == 'a serial port needs pyserial: pip install "rnnhw[host]"'
