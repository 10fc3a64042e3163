"""Quantisation-aware training with PyTorch: modules whose forward pass is the golden model, bit for bit.

`prepare` makes one; docs/training.md shows how it is trained.
"""

from rnnhw.errors import RnnhwError

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise RnnhwError("rnnhw.torch needs PyTorch: pip install 'rnnhw[torch]'") from error

from .module import QuantizedModule
from .prepare import prepare

__all__ = ["QuantizedModule", "prepare"]
