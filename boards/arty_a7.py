"""The Arty A7-35T: Artix-7, for which Vivado makes the bitstream."""

from rnnhw.estimate import find_device

from .board import Board
from .resources import platform, spi_link


def _platform():
    made = platform("arty_a7", "ArtyA7_35Platform")
    made.add_resources([spi_link("1", "4", "2", "3", conn=("pmod", 0), IOSTANDARD="LVCMOS33")])  # JA
    return made


ARTY_A7 = Board(
    "arty-a7",
    find_device("xc7a35t"),
    clock_mhz=100.0,
    platform=_platform,
    core_mhz=100.0,
    title="Digilent Arty A7-35T",
    lanes=32,
    leds=("led 0", "led 1"),
    program="openFPGALoader -b arty_a7_35t {file}",
)
