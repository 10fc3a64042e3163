"""The UPduino 3: iCE40UP5K, and an FTDI whose UART has the flash's pins.

Its 12 MHz oscillator is not connected to the FPGA unless a jumper (OSC) is soldered. Without it the clock is the
FPGA's own oscillator, which the data sheet promises to 10 %: good for the core, but a UART beyond about 4 % fails,
so that there the SPI link on the header is the safe one.
"""

from rnnhw.estimate import find_device

from .board import Board
from .resources import platform, spi_link, uart


def _platform():
    from amaranth.build import Attrs, Pins, Resource

    made = platform("upduino_v3", "UpduinoV3Platform")
    pins = Attrs(IO_STANDARD="SB_LVCMOS")
    made.add_resources(
        [
            uart("15", "14", IO_STANDARD="SB_LVCMOS"),  # the flash's clock and data in, which the FTDI shares
            spi_link("7", "10", "8", "9", conn=("j", 0), IO_STANDARD="SB_LVCMOS"),  # header pins 23, 27, 25, 26
            Resource("flash_cs_n", 0, Pins("16", dir="o"), pins),
        ]
    )
    return made


def _with_oscillator():
    made = _platform()
    made.default_clk = "clk12"
    return made


_COMMON = {
    "lanes": 8,
    "leds": ("rgb_led 0 g", "rgb_led 0 r"),
    "high": ("flash_cs_n 0",),  # the flash must not answer on the UART's pins
    "program": "iceprog {file}",
}
UPDUINO = Board(
    "upduino",
    find_device("ice40up5k"),
    clock_mhz=48.0,
    platform=_platform,
    core_mhz=24.0,
    title="tinyVision UPduino 3, internal oscillator",
    internal_oscillator=True,
    tolerance=0.1,
    **_COMMON,
)
UPDUINO_OSC = Board(
    "upduino-osc",
    find_device("ice40up5k"),
    clock_mhz=12.0,
    platform=_with_oscillator,
    core_mhz=30.0,
    title="tinyVision UPduino 3, jumper OSC soldered",
    **_COMMON,
)
