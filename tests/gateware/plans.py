"""Plans of small random networks."""

from dataclasses import replace

import numpy as np

from rnnhw.plan import EnginePlan, Plan, make_plan
from rnnhw.quantize import QuantizedNetwork, quantize
from tests.networks import random_batch, random_network


def small_network(seed: int, sizes=None, **options) -> QuantizedNetwork:
    """A quantised random network; `sizes` are arguments of `random_network`, `options` those of `quantize`."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, **(sizes or {}))
    return quantize(net, random_batch(rng, net, 4, 6), **options)


def small_plan(seed: int, sizes=None, hardware=None, **options) -> Plan:
    """A plan of a random network; `hardware` are fields of `Hardware`."""
    return make_plan(small_network(seed, sizes, **options), **(hardware or {}))


def small_engine(seed: int, sizes=None, hardware=None, **options) -> EnginePlan:
    """The same where one engine is all there is to it."""
    (engine,) = small_plan(seed, sizes, hardware, **options).engines
    return engine


def spread_fractions(engine: EnginePlan, name: str, fracs) -> EnginePlan:
    """The engine with other fractions of a format of its cells (`c` or `p`), in their order."""
    fracs = iter(fracs)
    layers = tuple(_other_fraction(layer, name, fracs) for layer in engine.layers)
    return replace(engine, network=replace(engine.network, layers=layers), layers=layers)


def _other_fraction(layer, name: str, fracs):
    form = getattr(layer, name, None)
    return layer if form is None else replace(layer, **{name: replace(form, frac=next(fracs))})
