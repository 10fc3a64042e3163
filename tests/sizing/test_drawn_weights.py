"""How far figures of drawn weights are from those of trained networks of the same sizes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import rnnhw
from rnnhw.analysis import Architecture
from rnnhw.data import digits_calibration, digits_model
from rnnhw.network import load_data
from rnnhw.sizing import size

EXAMPLES = Path(__file__).parents[2] / "examples"
MODELS = (digits_model(), *sorted((EXAMPLES / "models").glob("*.safetensors")))
WIDTHS = ((8, 8), (4, 4))


def both(path, bits):
    """A trained network, quantised, and the architecture of its sizes."""
    net = rnnhw.load(path)
    task = path.name.split("_")[0]
    data = digits_calibration() if task == "digits" else EXAMPLES / "data" / f"{task}_calibration.npz"
    given = load_data(data, net.input_size)
    weight_bits, activation_bits = bits
    trained = rnnhw.quantize(net, given.x, given.lengths, weight_bits=weight_bits, activation_bits=activation_bits)
    cell = net.cells[0]
    sizes = {"inputs": net.input_size, "hidden": cell.hidden_size, "outputs": net.output_size}
    return trained, Architecture(cell=cell.kind, layers=len(net.recurrents), **sizes)


def passes(sizing):
    """The cycles of each matrix; layers have other names."""
    return [[row | {"layer": ""} for row in engine.passes] for engine in sizing.cycles.engines]


@pytest.mark.parametrize("bits", WIDTHS)
def test_figures_hang_little_on_the_weights(bits):
    """Cycles are the same; sums and aligned elements are a bit or two wider or narrower, and with them the rest."""
    errors = {"lut": [], "ff": [], "clock_mhz": []}
    blocks, cores, verdicts = {"dsp": 0, "bram": 0}, 0, 0
    for path in MODELS:
        trained, architecture = both(path, bits)
        for lanes in (1, 8, 32):
            real = size(trained, lanes=lanes, steps=16)
            drawn = size(architecture, lanes=lanes, steps=16, weight_bits=bits[0], activation_bits=bits[1])
            assert passes(drawn) == passes(real)
            assert replace(drawn.estimate, engines=()) == replace(real.estimate, engines=())
            for one, other in zip(real.boards, drawn.boards, strict=True):
                cores += 1
                verdicts += one.verdict != other.verdict
                for name in blocks:
                    blocks[name] += getattr(one.estimate, name) != getattr(other.estimate, name)
                for name, found in errors.items():
                    if getattr(one.estimate, name) is not None:
                        found.append(float(getattr(other.estimate, name)) / float(getattr(one.estimate, name)) - 1)
    assert cores == 9 * 3 * 10
    measured = {name: (np.median(np.abs(found)), np.abs(found).max()) for name, found in errors.items()}
    assert all(middle < 0.03 and most < 0.13 for middle, most in measured.values()), measured
    assert 0 < blocks["dsp"] + blocks["bram"] < 0.06 * 2 * cores
    assert verdicts <= 0.03 * cores
