"""The iCEBreaker: iCE40UP5K, FTDI with a UART, three PMODs."""

from rnnhw.estimate import find_device

from .board import Board, Flash
from .resources import platform, spi_link


def _platform():
    made = platform("icebreaker", "ICEBreakerPlatform")
    made.add_resources([spi_link("1", "4", "2", "3", conn=("pmod", 0), IO_STANDARD="SB_LVCMOS")])  # PMOD1A
    return made


ICEBREAKER = Board(
    "icebreaker",
    find_device("ice40up5k"),
    clock_mhz=12.0,
    platform=_platform,
    core_mhz=30.0,
    title="1BitSquared iCEBreaker",
    lanes=8,
    leds=("led_g 0", "led_r 0"),
    pll_pad=True,  # pin 35
    flash=Flash("spi_flash_1x", 0x100000),
    program="iceprog {file}",
)
