"""Cores of all kinds whose diagrams are looked at."""

import numpy as np

import rnnhw
from rnnhw import Design
from rnnhw.analysis import Architecture
from rnnhw.sizing import size
from tests.networks import KINDS, random_network

ARCHITECTURES = {
    "lstm": (Architecture(hidden=128, layers=2, outputs=6), {}),
    "gru": (Architecture(cell="gru", inputs=8, hidden=32, outputs=10), {"lanes": 48}),
    "gru, reset before": (Architecture(cell="gru", reset_after=False, inputs=3, hidden=20), {"columns_per_cycle": 2}),
    "rnn": (Architecture(cell="rnn", inputs=3, hidden=20), {"streams": 3}),
    "relu": (Architecture(cell="rnn", activation="relu", inputs=3, hidden=20, outputs=2), {"weight_bits": 1}),
    "both ways": (Architecture(hidden=48, layers=2, bidirectional=True, outputs=3), {"lanes": 16, "steps": 24}),
    "two engines": (
        Architecture(hidden=20, outputs=4),
        {"engines": "per-layer", "weights": "loadable", "load_state": True, "read_state": True},
    ),
    "many lanes": (
        Architecture(hidden=128, inputs=16, outputs=6, mode="many-to-many"),
        {"lanes": 512, "columns_per_cycle": 4, "activation_bits": 16},
    ),
}


def plans() -> dict:
    """A plan of each architecture, and random networks with heads, states, feedback and long names."""
    found = {name: size(one, boards=[], **options).design.plan for name, (one, options) in ARCHITECTURES.items()}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        network = random_network(rng, kinds=KINDS, name="random")
        steps = 1 if network.mode.startswith("one-to") else 5
        qnet = rnnhw.quantize(network, rng.normal(size=(4, steps, network.input_size)))
        found[f"random {seed}"] = Design(qnet, lanes=int(rng.integers(1, 4)), max_steps=16).plan
    return found


PLANS = plans()
