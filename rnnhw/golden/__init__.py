"""The golden model: the network in integers, exact, vectorised over the batch.

It imports neither plan nor gateware; the hardware is held against it bit for bit in ``rnnhw.sim``.
"""

from rnnhw.quantize import QuantizedNetwork

from .run import run
from .trace import Trace

QuantizedNetwork.run_with(run)

__all__ = ["Trace", "run"]
