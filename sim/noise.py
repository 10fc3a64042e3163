"""A line that is disturbed: bytes are lost, doubled, or have a bit turned."""

import numpy as np

from rnnhw.errors import RnnhwError

__all__ = ["NoisyLine"]


class NoisyLine:
    """Stands before a transport (`rnnhw.host`) and disturbs both directions.

    Parameters
    ----------
    transport : object
        With read, write and close.
    seed : int
    flip, drop, double : float
        Probabilities that a byte has one bit turned, is lost, or comes twice.

    Attributes
    ----------
    active : bool
        Set to False, the line is a good one.
    damage : int
        Bytes that were disturbed so far.
    """

    def __init__(self, transport, seed: int, *, flip: float = 0.0, drop: float = 0.0, double: float = 0.0):
        for name, value in (("flip", flip), ("drop", drop), ("double", double)):
            if not 0 <= value <= 1:
                raise RnnhwError(f"{name} must be in 0..1, not {value!r}")
        self._transport, self._rng = transport, np.random.default_rng(seed)
        self._bounds = np.cumsum([flip, drop, double])
        self.active, self.damage, self.name = True, 0, getattr(transport, "name", "line")

    def read(self, timeout: float) -> bytes:
        """What comes through."""
        return self._disturb(self._transport.read(timeout))

    def write(self, sent: bytes) -> None:
        """Send what will not all arrive."""
        self._transport.write(self._disturb(sent))

    def close(self) -> None:
        """Give the port back."""
        self._transport.close()

    def _disturb(self, content: bytes) -> bytes:
        if not self.active:
            return content
        came = bytearray()
        kinds = np.searchsorted(self._bounds, self._rng.random(len(content)), "right").tolist()
        for byte, kind in zip(content, kinds, strict=True):
            self.damage += kind < 3
            if kind == 0:
                byte ^= 1 << int(self._rng.integers(8))
            came += bytes([byte]) * {1: 0, 2: 2}.get(kind, 1)
        return bytes(came)
