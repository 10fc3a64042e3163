"""Cores that differ in all that decides over DSP blocks and block RAMs."""

from functools import cache

import numpy as np

from rnnhw.data import digits_calibration, digits_model
from rnnhw.importers import load
from rnnhw.network import LSTM, Network
from rnnhw.plan import Plan, make_plan
from rnnhw.quantize import quantize
from tests.networks import random_batch, random_network

from .random_plans import MIXES, random_plan

# name: inputs, LSTM sizes, dense sizes, quantisation, lanes, update multiplier
SIZES = {
    "widest": (5, [12], [3], {"weight_bits": 16, "activation_bits": 16}, 3, "dsp"),
    "narrowest": (6, [16], [], {"weight_bits": 2, "activation_bits": 4}, 8, "lut"),
    "ternary": (3, [20], [4], {"weight_bits": 2, "activation_bits": 9}, 6, "dsp"),
    "three layers": (7, [9, 14, 5], [11, 2], {"weight_bits": 5, "activation_bits": 6, "per_gate": True}, 7, "dsp"),
    "interpolated": (4, [17], [1], {"weight_bits": 9, "activation_bits": 12}, 5, "lut"),
    "one unit": (1, [1], [], {"weight_bits": 6, "activation_bits": 5}, 1, "dsp"),
    "large": (16, [128], [10], {"weight_bits": 8, "activation_bits": 8}, 20, "dsp"),
}
DRAWN = {f"drawn {number}": (number, mix) for number, mix in enumerate((*MIXES, MIXES[6]))}
NAMES = ("digits", *SIZES, "positive weights", *DRAWN, "many registers", "different widths")


@cache
def core(name: str) -> Plan:
    """The plan of a core."""
    if name == "digits":
        net, calibration = load(digits_model()), np.load(digits_calibration())["x"]
        return make_plan(quantize(net, calibration), lanes=16)
    if name == "many registers":
        return make_plan(core("ternary").network, lanes=5, multiplier="dsp", registers="many")
    if name == "different widths":  # two engines, and what converts between them
        rng = np.random.default_rng(4)
        net = random_network(
            rng, inputs=6, hidden=[12, 9], outputs=[4], mode="many-to-many", kinds=["gru"], head="none"
        )
        narrow = {layer.name: {"activation_bits": 5, "weight_bits": 4} for layer in net.layers[1:]}
        return make_plan(quantize(net, random_batch(rng, net, 3, 5), layers=narrow), lanes=5, multiplier="dsp")
    if name in DRAWN:
        seed, kinds = DRAWN[name]
        return random_plan(np.random.default_rng(seed), 3, kinds)
    rng = np.random.default_rng(3)
    if name == "positive weights":  # the sign column of every lane is constant
        weights = [np.abs(rng.normal(0, 0.4, shape)) for shape in ((40, 6), (40, 10), (40,))]
        net = Network([LSTM(*weights)], "many-to-one")
        return make_plan(quantize(net, random_batch(rng, net, 2, 4)), lanes=17)
    inputs, hidden, outputs, options, lanes, multiplier = SIZES[name]
    net = random_network(rng, inputs=inputs, hidden=hidden, outputs=outputs, mode="many-to-one")
    qnet = quantize(net, random_batch(rng, net, 3, 5), **options)
    return make_plan(qnet, lanes=lanes, update_multiplier=multiplier)
