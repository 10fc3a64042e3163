"""Random plans over all that a core may be."""

import numpy as np

from rnnhw.network import Network
from rnnhw.plan import Plan, make_plan
from rnnhw.plan.chain import chain
from rnnhw.plan.choose import shapes_of
from rnnhw.plan.config import Hardware
from rnnhw.quantize import QuantizedNetwork, quantize
from tests.networks import CELLS, random_batch, random_network

NO_RELU = tuple(kind for kind in CELLS if kind != "rnn-relu")
# the two cells of a bidirectional layer are both relu, or neither is
MIXES = (*((kind,) for kind in CELLS), CELLS, (*NO_RELU, "bidirectional"), ("rnn-relu", "bidirectional"))


def random_plan(rng: np.random.Generator, largest: int = 12) -> Plan:
    """A random network of layers of at most `largest` units, quantised and planned with random options."""
    kinds = MIXES[rng.integers(len(MIXES))]
    qnet = random_quantised(rng, random_network(rng, largest=largest, kinds=kinds))
    return make_plan(qnet, random_hardware(rng, qnet))


def random_quantised(rng: np.random.Generator, net: Network) -> QuantizedNetwork:
    """A network quantised with random options."""
    return quantize(
        net,
        random_batch(rng, net, 4, 5) * 2.0 ** rng.integers(-4, 4),
        weight_bits=int(rng.choice([1, 2, *range(1, 17)])),
        activation_bits=int(rng.integers(4, 17)),
        per_gate=bool(rng.integers(2)),
        rounding=str(rng.choice(["half_up", "half_even", "floor"])),
        symmetric_weights=bool(rng.integers(2)),
    )


def random_hardware(rng: np.random.Generator, qnet: QuantizedNetwork) -> Hardware:
    """Options that the network can use."""
    base = {
        "state_memory": str(rng.choice(["auto", "auto", "block", "registers"])),
        "multiplier": str(rng.choice(["auto", "dsp", "lut"])),
        "update_multiplier": str(rng.choice(["dsp", "dsp", "lut"])),
        "max_steps": int(rng.integers(1, 20)),
        "engines": "per-layer" if rng.integers(2) else 1,
    }
    plain = qnet.mode != "one-to-many" and all(layer.kind != "bidirectional" for layer in qnet.layers)
    base["streams"] = int(rng.choice([1, 1, 2, 3, 5])) if plain else 1
    engines = [s for s in chain(qnet, Hardware(**base)) if hasattr(s, "every_step")]
    shapes = [shape for e in engines for shape in shapes_of(e.layers, e.parts, e.every_step)]
    rows = max(shape.gates * shape.units for shape in shapes)
    longest = max(length for shape in shapes for length in shape.lengths)
    base["lanes"] = int(min(rows, 2 ** rng.uniform(0, 5.3)))
    base["columns_per_cycle"] = int(min(longest, rng.choice([1, 1, 1, 2, 3, 4, 7])))
    if len(engines) == 1 and rng.integers(2):
        base["pipelines"] = int(rng.integers(1, min(base["lanes"], max(s.units for s in shapes)) + 1))
        if all(base["pipelines"] % n and n % base["pipelines"] for n in range(1, base["columns_per_cycle"] + 1)):
            del base["pipelines"]
    return Hardware(**base)
