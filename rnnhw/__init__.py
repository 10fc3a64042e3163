"""rnnhw: from a trained recurrent network to verified hardware.

net    = rnnhw.load("digits_lstm.safetensors")         # also .pt .pt2 .onnx .keras .npz
qnet   = rnnhw.quantize(net, calibration=x, weight_bits=8, activation_bits=8)
y      = qnet.run(x)                                    # golden: integer-exact
design = rnnhw.Design(qnet, lanes=8, target="icebreaker")
design = rnnhw.fit(qnet, "icebreaker").best.design()    # or the fastest one that fits
design.write("build/digits")                            # Verilog, images, bench, manifest
found  = rnnhw.compare(net, "test.npz", "typical.npz", target="icebreaker")  # what bit-widths lose and take
result = rnnhw.sim.verify(design, x, simulator="verilator")
"""

from rnnhw import golden  # registers itself as what QuantizedNetwork.run runs
from rnnhw.errors import RnnhwError
from rnnhw.importers import from_keras, from_onnx, from_torch, load
from rnnhw.network import Network, save
from rnnhw.quantize import QuantizedNetwork, load_quantized, quantize

# They import Amaranth and more.
_LAZY = {
    "Design": "rnnhw.design",
    "compare": "rnnhw.comparison",
    "fit": "rnnhw.search",
    **dict.fromkeys(("analysis", "sim", "sizing", "boards", "data", "host", "torch")),
}

__all__ = [
    "Design",
    "Network",
    "QuantizedNetwork",
    "RnnhwError",
    "analysis",
    "boards",
    "compare",
    "data",
    "fit",
    "from_keras",
    "from_onnx",
    "from_torch",
    "golden",
    "host",
    "load",
    "load_quantized",
    "quantize",
    "save",
    "sim",
    "sizing",
    "torch",
]


def __getattr__(name: str):
    """Import what is heavy only when it is asked for."""
    from importlib import import_module

    if name not in _LAZY:
        raise AttributeError(f"module 'rnnhw' has no attribute {name!r}")
    if _LAZY[name] is None:
        return import_module(f"rnnhw.{name}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """All public names, the lazy ones too."""
    return sorted({*globals(), *__all__})
