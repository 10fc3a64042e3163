"""The schedule: passes, weight stream, memory map and the exact cycle law. No Amaranth here."""

from .config import Hardware
from .memory_map import MemoryUse, memory_map
from .passes import Pass, Segment, make_passes
from .plan import Plan, make_plan
from .schedule import Run, Schedule
from .timing import Timing

__all__ = [
    "Hardware",
    "MemoryUse",
    "Pass",
    "Plan",
    "Run",
    "Schedule",
    "Segment",
    "Timing",
    "make_passes",
    "make_plan",
    "memory_map",
]
