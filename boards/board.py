"""What a board is."""

from dataclasses import dataclass

from rnnhw.estimate import Device


@dataclass(frozen=True)
class Board:
    """An FPGA board.

    Parameters
    ----------
    name : str
    device : Device
    clock_mhz : float
        Of the oscillator on it.
    """

    name: str
    device: Device
    clock_mhz: float
