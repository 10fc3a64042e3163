"""The UPduino 3."""

from rnnhw.estimate import find_device

from .board import Board

UPDUINO = Board("upduino", find_device("ice40up5k"), 12.0)
