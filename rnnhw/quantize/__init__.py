"""From float to integers: bit-widths, calibration and the quantised network."""

from .build import quantize
from .config import Quantization
from .quantized import GATES, QuantizedDense, QuantizedLSTM, QuantizedNetwork
from .storage import load_quantized, save_quantized

__all__ = [
    "GATES",
    "Quantization",
    "QuantizedDense",
    "QuantizedLSTM",
    "QuantizedNetwork",
    "load_quantized",
    "quantize",
    "save_quantized",
]
