"""Cycles, DSP blocks and block RAMs of a core without synthesising it. No Amaranth here."""

from .block_ram import block_rams, lut_rams
from .devices import DEVICES, FAMILIES, Device, find_device
from .estimate import check_fits, estimate
from .figures import EngineEstimate, Estimate, MemoryEstimate, MultiplierEstimate
from .luts import luts
from .multipliers import DSP_RULES, DspRule, inferred_blocks, multipliers
from .state_memory import for_device

__all__ = [
    "DEVICES",
    "DSP_RULES",
    "FAMILIES",
    "Device",
    "DspRule",
    "EngineEstimate",
    "Estimate",
    "MemoryEstimate",
    "MultiplierEstimate",
    "block_rams",
    "check_fits",
    "estimate",
    "find_device",
    "for_device",
    "inferred_blocks",
    "lut_rams",
    "luts",
    "multipliers",
]
