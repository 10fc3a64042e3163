"""The OrangeCrab r0.2: ECP5-25F at speed 8. Its USB is the FPGA's own, so the UART is on the header."""

from rnnhw.estimate import find_device

from .board import Board, Flash
from .resources import platform, spi_link, uart


def _platform():
    made = platform("orangecrab_r0_2", "OrangeCrabR0_2_25FPlatform")
    header = {"conn": ("io", 0), "IO_TYPE": "LVCMOS33"}
    made.add_resources([uart("0", "1", **header), spi_link("5", "sck", "copi", "cipo", **header)])
    return made


ORANGECRAB = Board(
    "orangecrab",
    find_device("ecp5-25f"),
    clock_mhz=48.0,
    platform=_platform,
    core_mhz=96.0,
    title="OrangeCrab r0.2 with an LFE5U-25F, speed 8",
    lanes=16,
    leds=("rgb_led 0 g", "rgb_led 0 r"),
    flash=Flash("spi_flash_1x", 0x280000),
    program="dfu-util -a 0 -D {file}",
)
