"""Cycles, DSP blocks and block RAMs of a core without synthesising it. No Amaranth here."""

from .block_ram import block_rams
from .devices import DEVICES, FAMILIES, Device, find_device
from .estimate import Estimate, MemoryEstimate, MultiplierEstimate, check_fits, estimate
from .multipliers import DSP_RULES, DspRule, multipliers

__all__ = [
    "DEVICES",
    "DSP_RULES",
    "FAMILIES",
    "Device",
    "DspRule",
    "Estimate",
    "MemoryEstimate",
    "MultiplierEstimate",
    "block_rams",
    "check_fits",
    "estimate",
    "find_device",
    "multipliers",
]
