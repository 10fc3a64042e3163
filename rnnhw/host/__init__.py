"""The host's side: a board (or a simulated one) used from Python.

with rnnhw.host.open("/dev/ttyUSB1", design="build/digits") as board:
    y = board.infer(x)                      # the same values as qnet.run(x)

It needs pyserial and numpy, nothing of the hardware's side. docs/host-link.md describes the protocol.
"""

from .board import Board
from .board import open_board as open
from .errors import BoardTimeout, HostError, LinkDamaged, NoBoard, Refused, WrongDesign
from .messages import Counters, Info
from .streaming import Stream
from .transport import SerialTransport, SocketSpi, SpiTransport

__all__ = [
    "Board",
    "BoardTimeout",
    "Counters",
    "HostError",
    "Info",
    "LinkDamaged",
    "NoBoard",
    "Refused",
    "SerialTransport",
    "SocketSpi",
    "SpiTransport",
    "Stream",
    "WrongDesign",
    "open",
]
