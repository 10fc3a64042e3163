"""From float to integers: bit-widths, calibration and the quantised network."""

from .build import quantize
from .cells import GATES, QuantizedCell, QuantizedGRU, QuantizedLSTM, QuantizedRNN
from .config import LayerWidths, Quantization
from .handover import handover
from .integers import state_from_float
from .layers import QuantizedBidirectional, QuantizedDense
from .quantized import QuantizedNetwork
from .storage import load_quantized, quantized_bytes, save_quantized

__all__ = [
    "GATES",
    "LayerWidths",
    "Quantization",
    "QuantizedBidirectional",
    "QuantizedCell",
    "QuantizedDense",
    "QuantizedGRU",
    "QuantizedLSTM",
    "QuantizedNetwork",
    "QuantizedRNN",
    "handover",
    "load_quantized",
    "quantize",
    "quantized_bytes",
    "save_quantized",
    "state_from_float",
]
