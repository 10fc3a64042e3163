"""What a board is."""

from collections.abc import Callable
from dataclasses import dataclass

from rnnhw.errors import RnnhwError
from rnnhw.estimate import Device
from rnnhw.fixedpoint.checks import choice

LINKS = ("uart", "spi")
FLOWS = {"ice40": "bitstream", "ecp5": "bitstream", "gowin": "bitstream", "xilinx": "vivado"}


@dataclass(frozen=True)
class Flash:
    """The SPI flash from which a board's FPGA takes its bitstream.

    Parameters
    ----------
    resource : str
        Of the platform, with subsignals cs, copi, cipo, and clk unless the FPGA's own clock pin is taken.
    offset : int
        Where data of our own may begin: behind the bitstream.
    clock_cell : str, optional
        The cell through which the flash's clock is driven, where that is no ordinary pin.
    """

    resource: str
    offset: int
    clock_cell: str | None = None


@dataclass(frozen=True)
class Board:
    """An FPGA board.

    Parameters
    ----------
    name : str
    device : Device
    clock_mhz : float
        Of the oscillator on it.
    platform : callable
        Makes the Amaranth platform, called only when something is built. It has the resources ``uart`` (rx, tx) and
        ``spi_link`` (cs_n, sck, copi, cipo), as far as the board has such pins.
    core_mhz : float
        The core's clock if the user does not say another one.
    title : str
        The board's full name.
    lanes : int
        Of the default network, the shipped digits model.
    links : tuple of str
        Of "uart" and "spi", the usual one first.
    baud : int
        Of the UART.
    leds : tuple of str
        Resources that show "busy" and "error": a name, a number and a subsignal (``"rgb_led 0 g"``), or a name only.
    internal_oscillator : bool
        Whether the clock is an iCE40's own oscillator.
    tolerance : float
        Of the oscillator, as a share; timing is met with a clock that is faster by that.
    pll_pad : bool
        Whether the oscillator's pin is the PLL's own (iCE40).
    flash : Flash, optional
        Where an image may be loaded from at start-up.
    high : tuple of str
        Resources that are held high: what would disturb the link otherwise.
    program : str
        How to program it; {file} stands for the bitstream.

    Raises
    ------
    RnnhwError
        If there is something in it that cannot be.
    """

    name: str
    device: Device
    clock_mhz: float
    platform: Callable[[], object]
    core_mhz: float
    title: str = ""
    lanes: int = 8
    links: tuple[str, ...] = LINKS
    baud: int = 1_000_000
    leds: tuple[str, ...] = ()
    internal_oscillator: bool = False
    tolerance: float = 0.0
    pll_pad: bool = False
    flash: Flash | None = None
    high: tuple[str, ...] = ()
    program: str = "openFPGALoader {file}"

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name:
            raise RnnhwError(f"a board's name must be a string that is not empty, not {self.name!r}")
        if not isinstance(self.device, Device):
            raise RnnhwError(f"board {self.name}: device must be a Device, not {self.device!r}")
        choice("family", self.device.family, FLOWS)
        for name in ("clock_mhz", "core_mhz", "baud", "lanes"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
                raise RnnhwError(f"board {self.name}: {name} must be a number above 0, not {value!r}")
        if not callable(self.platform):
            raise RnnhwError(f"board {self.name}: platform must be callable (it makes the platform)")
        if not 0 <= self.tolerance < 1:
            raise RnnhwError(f"board {self.name}: tolerance must be in 0..1, not {self.tolerance!r}")
        if not self.links or not set(self.links) <= set(LINKS):
            raise RnnhwError(f"board {self.name}: links must be of {', '.join(LINKS)}, not {self.links!r}")

    @property
    def flow(self) -> str:
        """What is made of a design: a "bitstream", or files for "vivado"."""
        return FLOWS[self.device.family]
