"""How networks arrive: one importer for each framework, each checked against the framework's own output."""

from rnnhw.importers.keras import from_keras
from rnnhw.importers.load import load
from rnnhw.importers.onnx import from_onnx
from rnnhw.importers.pytorch.module import from_torch
from rnnhw.importers.pytorch.state_dict import from_state_dict

__all__ = ["from_keras", "from_onnx", "from_state_dict", "from_torch", "load"]
