"""From float to integers: bit-widths, calibration and the quantised network."""

from .build import quantize
from .calibration import Calibration
from .cells import GATES, QuantizedCell, QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .config import LayerWidths, Quantization
from .handover import handover
from .integers import state_from_float
from .layers import WHOLE, QuantizedBidirectional, QuantizedDense, QuantizedReversed
from .quantized import QuantizedNetwork
from .storage import load_quantized, quantized_bytes, save_quantized

__all__ = [
    "GATES",
    "WHOLE",
    "Calibration",
    "LayerWidths",
    "Quantization",
    "QuantizedBidirectional",
    "QuantizedCell",
    "QuantizedDense",
    "QuantizedGRU",
    "QuantizedLSTM",
    "QuantizedNetwork",
    "QuantizedRNN",
    "QuantizedReversed",
    "handover",
    "load_quantized",
    "quantize",
    "quantized_bytes",
    "save_quantized",
    "state_from_float",
]
