"""The Tang Nano 9K: Gowin GW1NR-9, a UART through its debugger."""

from rnnhw.estimate import find_device

from .board import Board, Flash
from .resources import platform, spi_link


def _platform():
    made = platform("tang_nano_9k", "TangNano9kPlatform")
    made.add_resources([spi_link("25", "26", "27", "28", IO_TYPE="LVCMOS33")])
    return made


TANG_NANO_9K = Board(
    "tang-nano-9k",
    find_device("gw1nr-9"),
    clock_mhz=27.0,
    platform=_platform,
    core_mhz=72.0,
    title="Sipeed Tang Nano 9K",
    lanes=8,
    leds=("led 0", "led 1"),
    flash=Flash("spi_flash_1x", 0x100000),
    program="openFPGALoader -b tangnano9k {file}",
)
