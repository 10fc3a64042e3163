"""Ways to a board: a serial port, or SPI. Each has read, write and close."""

import errno
import socket
import time
from pathlib import Path

from rnnhw.fixedpoint.checks import integer

from .errors import BoardTimeout, HostError, NoBoard
from .frames import FLAG

SLICE = 0.02
"""Seconds that a read of the serial port waits at a time."""
POLL = 32
"""Bytes that are clocked through SPI to see whether the board has something to say."""
FLAGS = bytes([FLAG])
LARGEST_TRANSFER = 4096
"""Bytes that spidev takes at a time."""

_REASONS = {
    errno.ENOENT: "no such port; is the board plugged in?",
    errno.EACCES: "permission denied; on Linux, become a member of the group that the port belongs to (dialout)",
    errno.EBUSY: "in use by another program",
    errno.EAGAIN: "in use by another program",
    errno.EISDIR: "not a serial port",
    errno.ENOTTY: "not a serial port",
    errno.EIO: "not a serial port, or the board was unplugged",
}


class SerialTransport:
    """A serial port (or a pseudo-terminal), 8 data bits, no parity, 1 stop bit.

    Parameters
    ----------
    port : str
    baud : int
    timeout : float
        Seconds after which a port that takes no bytes is given up.

    Raises
    ------
    NoBoard
        If it cannot be opened.
    HostError
        If pyserial is missing.
    """

    def __init__(self, port: str, baud: int = 1_000_000, timeout: float = 3.0):
        try:
            import serial
        except ImportError:
            raise HostError('a serial port needs pyserial: pip install "rnnhw[host]"') from None
        self.name, self._error = port, serial.SerialException
        baud = integer("baud", baud, 1)
        try:
            self._port = serial.Serial(port, baud, timeout=SLICE, write_timeout=timeout, exclusive=True)
        except (serial.SerialException, OSError) as error:
            raise NoBoard(f"{port}: {_reason(error)}") from None
        except (ValueError, OverflowError):
            raise NoBoard(f"{port}: the port cannot do {baud} baud") from None

    def read(self, timeout: float) -> bytes:
        """What has come; waits so many seconds for a first byte, and gives nothing if there is none."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                received = self._port.read(max(1, self._port.in_waiting))
            except (self._error, OSError, TypeError):  # TypeError: pyserial, of a port that was closed meanwhile
                raise HostError(f"{self.name}: the port is gone; was the board unplugged?") from None
            if received or time.monotonic() >= deadline:
                return received

    def write(self, sent: bytes) -> None:
        """Send bytes."""
        import serial

        try:
            self._port.write(sent)
        except serial.SerialTimeoutException:
            raise BoardTimeout(f"{self.name}: the port takes no bytes") from None
        except (self._error, OSError, TypeError):
            raise HostError(f"{self.name}: the port is gone; was the board unplugged?") from None

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


def _reason(error) -> str:
    """What is wrong with a port, in words."""
    number = error.errno
    if number is None and isinstance(error.__context__, OSError | Exception):  # pyserial keeps termios errors inside
        number = next((part for part in getattr(error.__context__, "args", ()) if isinstance(part, int)), None)
    return _REASONS.get(number, " ".join(str(error).split()))


class SpiTransport:
    """SPI, mode 0, through an object like `spidev.SpiDev`.

    The board sends flags while it has nothing to say, so reading clocks flags through and drops those that come.

    Parameters
    ----------
    spi : object
        `xfer2(list of int) -> list of int` sends and receives at the same time, chip select low; `close()` if it has
        one.
    """

    def __init__(self, spi):
        if not callable(getattr(spi, "xfer2", None)):
            raise TypeError(f"spi must have xfer2, as spidev.SpiDev does, not {type(spi).__name__}")
        self.name, self._spi, self._received, self._within = "SPI", spi, bytearray(), True

    def read(self, timeout: float) -> bytes:
        """As `SerialTransport.read`."""
        deadline = time.monotonic() + timeout
        while not self._received.strip(FLAGS):
            if self._received and self._within:  # the end of a frame
                break
            self._received.clear()
            if time.monotonic() >= deadline:
                return b""
            self._transfer(FLAGS * POLL)
        received, self._received = bytes(self._received), bytearray()
        self._within = not received.endswith(FLAGS)
        return received

    def write(self, sent: bytes) -> None:
        """Send bytes; what comes meanwhile is kept for `read`."""
        for start in range(0, len(sent), LARGEST_TRANSFER):
            self._transfer(sent[start : start + LARGEST_TRANSFER])

    def _transfer(self, sent: bytes) -> None:
        try:
            self._received += bytes(self._spi.xfer2(list(sent)))
        except OSError as error:
            raise HostError(f"SPI: {error.strerror or error}") from None

    def close(self) -> None:
        """Give the device back."""
        if hasattr(self._spi, "close"):
            self._spi.close()


class SocketSpi:
    """The SPI pins of a simulated board, over its Unix-domain socket; looks like `spidev.SpiDev`.

    Each transfer is a number of bytes (2 bytes, low first) and the bytes; as many come back.

    Parameters
    ----------
    path : path
    """

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise NoBoard(f"{path}: {error.strerror or error}") from None

    def xfer2(self, sent: list[int]) -> list[int]:
        """Send and receive at the same time."""
        self._socket.sendall(len(sent).to_bytes(2, "little") + bytes(sent))
        received = bytearray()
        while len(received) < len(sent):
            part = self._socket.recv(len(sent) - len(received))
            if not part:
                raise OSError(errno.EPIPE, "the simulated board has ended")
            received += part
        return list(received)

    def close(self) -> None:
        """Leave."""
        self._socket.close()


def open_transport(port, baud: int, timeout: float):
    """The way to a board: of a port's name, a simulated board's socket, or what has read and write already."""
    if all(callable(getattr(port, name, None)) for name in ("read", "write")):
        return port
    if not isinstance(port, str | Path):
        raise TypeError(f"port must be a name or have read and write, not {type(port).__name__}")
    if str(port).startswith("/dev/spidev"):
        return SpiTransport(_spidev(str(port), baud))
    if Path(port).is_socket():
        return SpiTransport(SocketSpi(port))
    return SerialTransport(str(port), baud, timeout)


def _spidev(port: str, hertz: int):
    """A Linux SPI device such as /dev/spidev0.1."""
    try:
        import spidev
    except ImportError:
        raise HostError("an SPI device needs spidev: pip install spidev") from None
    device = spidev.SpiDev()
    try:
        device.open_path(port)
        device.max_speed_hz, device.mode = hertz, 0
    except OSError as error:
        raise NoBoard(f"{port}: {_REASONS.get(error.errno, error.strerror)}") from None
    return device
