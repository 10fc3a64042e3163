"""The quantised network of whatever is sized."""

import numpy as np

from rnnhw.analysis import Architecture, initial_network
from rnnhw.errors import RnnhwError
from rnnhw.network import Network
from rnnhw.plan.layout import outline
from rnnhw.plan.pass_values import ROWS
from rnnhw.quantize import QuantizedNetwork, quantize

SEED = 0
SEQUENCES, STEPS = 8, 12  # of the noise that stands for calibration data
MOST_WEIGHTS = 1 << 23  # more than any of the boards could hold as single bits
MOST_LAYERS = 64
USUAL_BITS = 8


def quantized(subject, weight_bits: int | None, activation_bits: int | None) -> QuantizedNetwork:
    """A quantised network of the sizes of an architecture or a network.

    An architecture gets the weights with which PyTorch would begin to train it, drawn with a seed. What is not
    quantised is calibrated on seeded noise of -1 .. 1.

    Parameters
    ----------
    subject : Architecture, Network or QuantizedNetwork
    weight_bits, activation_bits : int, optional
        Of what is not quantised; 8 if nothing is said.

    Raises
    ------
    RnnhwError
        For widths of a network that has its own, or sizes that cannot be.
    TypeError
        For anything else.
    """
    widths = {"weight_bits": weight_bits, "activation_bits": activation_bits}
    if isinstance(subject, QuantizedNetwork):
        for name, bits in widths.items():
            if bits is not None:
                raise RnnhwError(f"{name} must not be given for a quantised network, which has its own")
        return subject
    if isinstance(subject, Architecture):
        _check_size(subject)
        subject = initial_network(subject, SEED)
    if not isinstance(subject, Network):
        kinds = "an Architecture, a Network or a QuantizedNetwork"
        raise TypeError(f"what is sized must be {kinds}, not {type(subject).__name__}")
    steps = 1 if subject.mode.startswith("one-to") else STEPS
    noise = np.random.default_rng(SEED).uniform(-1, 1, (SEQUENCES, steps, subject.input_size))
    given = {name: USUAL_BITS if bits is None else bits for name, bits in widths.items()}
    return quantize(subject, noise / np.abs(noise).max(), **given)


def most_lanes(qnet: QuantizedNetwork) -> int:
    """Rows of the largest matrix: more lanes than that have nothing to do."""
    members = (member for layer in outline(qnet.layers) for member in layer)
    return max(len(ROWS[kind]) * member.units for member in members for kind in member.kinds)


def _check_size(architecture: Architecture) -> None:
    """Refuse what would take long to draw and fits nowhere."""
    if architecture.layers > MOST_LAYERS:
        raise RnnhwError(f"layers must be in 1..{MOST_LAYERS} for a core, not {architecture.layers}")
    shape = architecture.shape
    weights = sum(part.macs for part in (*shape.cells, *shape.denses))
    if weights > MOST_WEIGHTS:
        most = f"cores of at most {MOST_WEIGHTS:,} weights are planned"
        raise RnnhwError(f"{most}, not of {weights:,}: no board holds more")
