"""What a core takes, without synthesising it: time, resources, energy. No Amaranth here."""

from .block_ram import block_rams, lut_rams
from .chip import ChipEstimate, MacroEstimate, estimate_chip
from .devices import DEVICES, FAMILIES, Device, allowed_devices, find_device, known_device
from .energy import Energy
from .estimate import check_fits, dsp_blocks, estimate, holds_blocks
from .figures import Estimate
from .figures_modules import ModuleEstimate
from .figures_needs import Need
from .figures_speed import LONGEST_SEQUENCE, Sequence, Speed, cycles_per_inference, usual_length
from .figures_work import EngineEstimate, MemoryEstimate, MultiplierEstimate
from .fitted import Fitted
from .memory_styles import for_device
from .multipliers import DSP_RULES, DspRule, inferred_blocks, multipliers
from .spram import sprams

__all__ = [
    "DEVICES",
    "DSP_RULES",
    "FAMILIES",
    "LONGEST_SEQUENCE",
    "ChipEstimate",
    "Device",
    "DspRule",
    "Energy",
    "EngineEstimate",
    "Estimate",
    "Fitted",
    "MacroEstimate",
    "MemoryEstimate",
    "ModuleEstimate",
    "MultiplierEstimate",
    "Need",
    "Sequence",
    "Speed",
    "allowed_devices",
    "block_rams",
    "check_fits",
    "cycles_per_inference",
    "dsp_blocks",
    "estimate",
    "estimate_chip",
    "find_device",
    "for_device",
    "holds_blocks",
    "inferred_blocks",
    "known_device",
    "lut_rams",
    "multipliers",
    "sprams",
    "usual_length",
]
