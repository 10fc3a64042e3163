"""Quantised networks, and options that they can use, for the tests of the plan."""

import numpy as np

from rnnhw.errors import RnnhwError
from rnnhw.plan import StepMark, make_plan
from rnnhw.plan.choose import shapes_of
from rnnhw.quantize import quantize
from tests.networks import CELLS, KINDS, WHOLE, random_batch, random_network

ALL_KINDS = KINDS


def make_network(inputs: int, hidden, outputs=(), mode="many-to-many", seed: int = 0, kind="lstm", **options):
    """A quantised random network of the given sizes, with cells of one kind and without a head."""
    rng = np.random.default_rng(seed)
    kinds = {"kinds": [kind], "head": "none", "sigmoid": "logistic", "tanh": "tanh"} if kind != "lstm" else {}
    net = random_network(rng, inputs=inputs, hidden=list(hidden), outputs=list(outputs), mode=mode, **kinds)
    return quantize(net, random_batch(rng, net, 2, 4), **options)


def random_case(seed: int, kinds=ALL_KINDS, largest: int = 7, **options):
    """A quantised network of random kinds, sizes and widths."""
    rng = np.random.default_rng(seed)
    while True:
        try:
            net = random_network(
                rng, kinds=rng.choice(kinds, int(rng.integers(1, 4))).tolist(), largest=largest, **options
            )
            return quantize(
                net,
                random_batch(rng, net, 2, 4),
                weight_bits=int(rng.integers(1, 17)),
                activation_bits=int(rng.choice([4, 5, 8, 12])),
                per_gate=bool(rng.integers(2)),
                rounding=str(rng.choice(["floor", "half_up", "half_even"])),
            )
        except RnnhwError:  # a bidirectional layer of relu and something else
            continue


def limits(network, **hardware) -> tuple[int, int]:
    """The most lanes, and columns a cycle, that a network can use."""
    engines = make_plan(network, lanes=1, **hardware).engines
    shapes = [shape for e in engines for shape in shapes_of(e.layers, e.parts, e.every_step)]
    return max(s.gates * s.units for s in shapes), max(length for s in shapes for length in s.lengths)


def random_knobs(seed: int, network) -> dict:
    """Options of the hardware that a network can use."""
    rng = np.random.default_rng(seed)
    rows, columns = limits(network)
    stored = any(layer.kind in WHOLE for layer in network.layers)
    knobs = {"lanes": int(rng.integers(1, rows + 1)), "columns_per_cycle": int(rng.integers(1, columns + 1))}
    if rng.random() < 0.3:
        knobs["engines"] = "per-layer"
    if stored:
        knobs["max_steps"] = int(rng.integers(1, 12))
    elif network.mode != "one-to-many" and rng.random() < 0.3:
        knobs["streams"] = int(rng.integers(1, 5))
    return knobs


def random_plan(seed: int, **options):
    """A plan of a random network with random knobs."""
    network = random_case(seed, **options)
    return make_plan(network, **random_knobs(seed, network))


def sequences(*lengths: int, stream: int = 0) -> list[StepMark]:
    """The steps of sequences, one after the other."""
    return [StepMark(t == 0, t == length - 1, stream) for length in lengths for t in range(length)]


__all__ = ["ALL_KINDS", "CELLS", "limits", "make_network", "random_case", "random_knobs", "random_plan", "sequences"]
