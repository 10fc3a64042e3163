"""How far figures of drawn weights are from those of trained networks of the same sizes."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

import rnnhw
from rnnhw.analysis import Architecture
from rnnhw.data import digits_calibration, digits_model
from rnnhw.network import load_data
from rnnhw.sizing import size

EXAMPLES = Path(__file__).parents[2] / "examples"
MODELS = (digits_model(), *sorted((EXAMPLES / "models").glob("*.safetensors")))
LANES = (1, 8, 32)


@dataclass
class Differences:
    """Cores looked at, relative errors of fitted figures, how often exact ones differ, and how often verdicts do."""

    cores: int = 0
    errors: dict = field(default_factory=lambda: {"lut": [], "ff": [], "clock_mhz": []})
    blocks: dict = field(default_factory=lambda: {"dsp": 0, "bram": 0})
    verdicts: int = 0

    def middle(self, name: str) -> float:
        """The median of the errors without sign, in per cent."""
        return 100 * float(np.median(np.abs(self.errors[name])))

    def most(self, name: str) -> float:
        """The largest error, in per cent."""
        return 100 * float(np.abs(self.errors[name]).max())


def pair(path, weight_bits, activation_bits):
    """A trained network, quantised, and the architecture of its sizes."""
    net = rnnhw.load(path)
    task = path.name.split("_")[0]
    data = digits_calibration() if task == "digits" else EXAMPLES / "data" / f"{task}_calibration.npz"
    given, widths = load_data(data, net.input_size), {"weight_bits": weight_bits, "activation_bits": activation_bits}
    cell = net.cells[0]
    sizes = {"inputs": net.input_size, "hidden": cell.hidden_size, "outputs": net.output_size}
    architecture = Architecture(cell=cell.kind, layers=len(net.recurrents), **sizes)
    return rnnhw.quantize(net, given.x, given.lengths, **widths), architecture


def passes(sizing):
    """The cycles of each matrix; layers have other names."""
    return [[row | {"layer": ""} for row in engine.passes] for engine in sizing.cycles.engines]


@cache
def differences(weight_bits: int, activation_bits: int) -> Differences:
    """All example networks on all boards; what does not hang on values has to be the same."""
    found = Differences()
    for path in MODELS:
        trained, architecture = pair(path, weight_bits, activation_bits)
        widths = {"weight_bits": weight_bits, "activation_bits": activation_bits}
        for lanes in LANES:
            real = size(trained, lanes=lanes, steps=16)
            drawn = size(architecture, lanes=lanes, steps=16, **widths)
            assert passes(drawn) == passes(real)
            assert replace(drawn.estimate, engines=()) == replace(real.estimate, engines=())
            for one, other in zip(real.boards, drawn.boards, strict=True):
                compare(found, one, other)
    return found


def compare(found: Differences, one, other) -> None:
    """Count what differs on a board."""
    found.cores += 1
    found.verdicts += one.verdict != other.verdict
    for name in found.blocks:
        found.blocks[name] += getattr(one.estimate, name) != getattr(other.estimate, name)
    for name, errors in found.errors.items():
        real, drawn = getattr(one.estimate, name), getattr(other.estimate, name)
        if real is not None:
            errors.append(float(drawn) / float(real) - 1)
