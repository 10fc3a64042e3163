"""The ULX3S, which is made with four sizes of the ECP5."""

from rnnhw.estimate import find_device

from .board import Board

ULX3S = tuple(Board(f"ulx3s-{size}", find_device(f"ecp5-{size}"), 25.0) for size in ("12f", "25f", "45f", "85f"))
