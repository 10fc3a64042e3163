"""Random cores: one seed is one network, its widths, its hardware options and its sequences."""

from dataclasses import dataclass

import numpy as np

import rnnhw
from rnnhw.emit.core import Core
from rnnhw.emit.vectors import Vectors, make_vectors
from rnnhw.network import LSTM, Dense, Network
from rnnhw.plan import make_plan

STEPS = 7


@dataclass(frozen=True)
class Case:
    """A core and what runs through it."""

    core: Core
    vectors: Vectors

    def __str__(self) -> str:
        network, hardware = self.core.plan.network, self.core.plan.hardware
        sizes = [network.input_size] + [layer.output_size for layer in network.layers]
        config = network.config
        return (
            f"{network.mode} {sizes}, {config.weight_bits}/{config.activation_bits} bits, {hardware.lanes} lanes, "
            f"{hardware.update_multiplier}, {config.rounding}, lengths {self.vectors.lengths.tolist()}"
        )


def random_case(seed: int, largest: int = 10) -> Case:
    """The case of a seed; sizes up to `largest`."""
    rng = np.random.default_rng([seed, 20])
    hidden = rng.integers(1, largest + 1, rng.integers(1, 4)).tolist()
    outputs = rng.integers(1, largest + 1, rng.integers(0, 3)).tolist()
    inputs = int(rng.integers(1, largest + 1))
    net = _network(rng, inputs, hidden, outputs)
    roles = ("z", "c", "h", "y")
    modes = rng.choice(["half_up", "half_even", "floor"], len(roles)).tolist()
    activation_bits = int(rng.integers(4, 17))
    qnet = rnnhw.quantize(
        net,
        rng.normal(0, 1, (4, 6, inputs)),
        weight_bits=int(rng.integers(2, 17)),
        activation_bits=activation_bits,
        per_gate=bool(rng.integers(2)),
        method=str(rng.choice(["max-abs", "percentile"])),
        table=str(rng.choice(["auto", "interpolated"] + (["exact"] if activation_bits <= 11 else []))),
        rounding=dict(zip(roles, modes, strict=True)),
    )
    rows = max([4 * h for h in hidden] + outputs)
    lanes = int(rng.choice([rng.integers(1, rows + 1), rng.integers(1, min(rows, 9) + 1), rows]))
    plan = make_plan(qnet, lanes=lanes, update_multiplier=str(rng.choice(["dsp", "lut"])))
    sequences = int(rng.integers(2, 6))
    lengths = rng.integers(1, STEPS + 1, sequences)
    lengths[rng.integers(sequences)] = STEPS  # long enough to measure the steady state
    x_raw = qnet.input.from_float(rng.normal(0, 1.3, (sequences, STEPS, inputs)))
    return Case(Core(plan, f"random_{seed}"), make_vectors(qnet, x_raw, lengths))


def _network(rng, inputs: int, hidden: list[int], outputs: list[int]) -> Network:
    layers, size = [], inputs
    for number, units in enumerate(hidden):
        spread = 2.5 / np.sqrt(size + units)
        layers.append(
            LSTM(
                rng.normal(0, spread, (4 * units, size)),
                rng.normal(0, spread, (4 * units, units)),
                rng.normal(0, 0.5, 4 * units),
                f"lstm{number}",
            )
        )
        size = units
    for number, units in enumerate(outputs):
        activation = str(rng.choice(["linear", "relu"]))
        weight = rng.normal(0, 1, (units, size))
        layers.append(Dense(weight, rng.normal(0, 0.5, units), activation, f"dense{number}"))
        size = units
    return Network(layers, str(rng.choice(["many-to-one", "many-to-many"])), "random")
