"""Random networks with their data and options; importing it skips where torch is missing."""

from dataclasses import dataclass

import numpy as np
import pytest

from rnnhw.network import Network
from tests.networks import KINDS, random_batch, random_lengths, random_network

torch = pytest.importorskip("torch", reason="no PyTorch: pip install 'rnnhw[torch]'")
torch.set_num_threads(1)  # the tests run side by side already

#: Bits of weights and of activations.
WIDTHS = [(8, 8), (2, 4), (16, 16), (4, 4), (5, 11), (16, 4), (2, 16), (8, 12), (12, 10), (3, 5), (1, 8), (1, 16)]
ROUNDINGS = ["half_up", "half_even", "floor", {"z": "floor", "c": "half_even", "y": "half_even"}]


@dataclass
class Case:
    """A network, what it is quantised with, and a batch with its lengths."""

    net: Network
    options: dict
    calibration: np.ndarray
    x: np.ndarray
    lengths: np.ndarray


def case(seed: int, kinds=KINDS, sequences: int = 5, steps: int = 7, mixed: bool = False, **options) -> Case:
    """A random case; inputs are partly larger than those of the calibration, so that something saturates."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, largest=6, kinds=kinds, **options)
    weight_bits, activation_bits = WIDTHS[seed % len(WIDTHS)]
    found = {
        "weight_bits": weight_bits,
        "activation_bits": activation_bits,
        "rounding": ROUNDINGS[int(rng.integers(4))],
        "method": str(rng.choice(["max-abs", "mse"])),
        "bias_correction": bool(rng.integers(2)),
        "per_gate": bool(rng.integers(2)),
        "symmetric_weights": bool(rng.integers(2)),
        "table": str(rng.choice(["auto", "interpolated"])),
    }
    if mixed:
        found["state_bits"] = int(rng.integers(activation_bits, 25))
        found["layers"] = {layer.name: _widths(rng) for layer in net.layers if rng.integers(2)}
    x = random_batch(rng, net, sequences, steps) * float(rng.choice([1.0, 3.0]))
    return Case(net, found, random_batch(rng, net, 4, 6), x, random_lengths(rng, sequences, x.shape[1]))


def _widths(rng) -> dict:
    bits = int(rng.integers(4, 13))
    return {
        "weight_bits": int(rng.integers(1, 17)),
        "activation_bits": bits,
        "state_bits": int(rng.integers(bits, 25)),
    }


def shaken(module, seed: int, by: float = 0.3):
    """The module with noise on all parameters, as if it had been trained."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += by * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
    return module


def values(answer) -> np.ndarray:
    """A tensor as an array."""
    return answer.detach().numpy()
