"""The hardware, as Amaranth components; one family of components a file."""

from .activation_unit import ActivationUnit
from .cell_update import LSTMCellUpdate
from .drain import Drain
from .engine import Engine
from .input_buffer import InputBuffer
from .mac_array import MacArray
from .multiplier import LutMultiplier, Multiplier
from .network_top import NetworkTop
from .output_buffer import OutputBuffer
from .requantize import Requantize
from .rom import Rom
from .sequencer import Sequencer
from .state_memory import StateMemory

__all__ = [
    "ActivationUnit",
    "Drain",
    "Engine",
    "InputBuffer",
    "LSTMCellUpdate",
    "LutMultiplier",
    "MacArray",
    "Multiplier",
    "NetworkTop",
    "OutputBuffer",
    "Requantize",
    "Rom",
    "Sequencer",
    "StateMemory",
]
