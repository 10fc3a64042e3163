"""The ULX3S, which is made with four sizes of the ECP5."""

from functools import partial

from rnnhw.estimate import find_device

from .board import Board, Flash
from .resources import platform, spi_link


def _platform(size: str):
    made = platform("ulx3s", f"ULX3S_{size.upper()}_Platform")
    made.add_resources([spi_link("0+", "1+", "2+", "3+", conn=("gpio", 0), IO_TYPE="LVCMOS33")])  # GP0 .. GP3
    return made


ULX3S = tuple(
    Board(
        f"ulx3s-{size}",
        find_device(f"ecp5-{size}"),
        clock_mhz=25.0,
        platform=partial(_platform, size),
        core_mhz=75.0,
        title=f"Radiona ULX3S with an LFE5U-{size.upper()}, speed 6",
        lanes=16,
        leds=("led 0", "led 7"),
        flash=Flash("spi_flash", 0x200000, clock_cell="USRMCLK"),
        program="openFPGALoader -b ulx3s {file}",
    )
    for size in ("12f", "25f", "45f", "85f")
)
