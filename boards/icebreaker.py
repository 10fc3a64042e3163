"""The iCEBreaker."""

from rnnhw.estimate import find_device

from .board import Board

ICEBREAKER = Board("icebreaker", find_device("ice40up5k"), 12.0)
