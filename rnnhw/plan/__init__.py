"""The schedule: passes, weight stream, memory map and the exact cycle law. No Amaranth here."""

from .balance import balance
from .chain import BufferPlan
from .config import Hardware
from .engine_plan import EnginePlan
from .geometry import Geometry
from .head_plan import HeadPlan
from .memory_map import MemoryUse
from .passes import ROWS, Pass, Segment
from .plan import Plan, Run, StepMark, make_plan
from .timing import Timing

__all__ = [
    "ROWS",
    "BufferPlan",
    "EnginePlan",
    "Geometry",
    "Hardware",
    "HeadPlan",
    "MemoryUse",
    "Pass",
    "Plan",
    "Run",
    "Segment",
    "StepMark",
    "Timing",
    "balance",
    "make_plan",
]
