"""Plans of small random networks."""

from dataclasses import replace

import numpy as np

from rnnhw.network import Bidirectional, Reversed
from rnnhw.plan import EnginePlan, Plan, make_plan
from rnnhw.quantize import QuantizedNetwork, quantize
from tests.networks import random_batch, random_network


def small_network(seed: int, sizes=None, *, initial: bool = False, **options) -> QuantizedNetwork:
    """A quantised random network.

    Parameters
    ----------
    seed : int
    sizes : dict
        Arguments of `random_network`.
    initial : bool
        Keep the initial states that it draws, instead of zeros.
    **options
        Of `quantize`.
    """
    rng = np.random.default_rng(seed)
    net = random_network(rng, **(sizes or {}))
    net = net if initial else replace(net, layers=tuple(_from_zero(layer) for layer in net.layers))
    return quantize(net, random_batch(rng, net, 4, 6), **options)


def _from_zero(layer):
    """The layer without initial states."""
    if isinstance(layer, Bidirectional | Reversed):
        parts = {"bidirectional": ("forward", "backward"), "reversed": ("cell",)}[layer.kind]
        return replace(layer, **{part: _from_zero(getattr(layer, part)) for part in parts})
    return replace(layer, **dict.fromkeys(getattr(layer, "initial_fields", ())))


def small_plan(seed: int, sizes=None, hardware=None, **options) -> Plan:
    """A plan of a random network; `hardware` are fields of `Hardware`, `options` as of `small_network`."""
    return make_plan(small_network(seed, sizes, **options), **(hardware or {}))


def small_engine(seed: int, sizes=None, hardware=None, **options) -> EnginePlan:
    """The same where one engine is all there is to it (many-to-many, no head, if `sizes` does not say otherwise)."""
    (engine,) = small_plan(seed, {"mode": "many-to-many", "head": "none"} | (sizes or {}), hardware, **options).engines
    return engine


def spread_fractions(engine: EnginePlan, name: str, fracs) -> EnginePlan:
    """The engine with other fractions of a format of its cells (`c` or `p`), in their order."""
    fracs = iter(fracs)
    layers = tuple(_other_fraction(layer, name, fracs) for layer in engine.layers)
    return replace(engine, network=replace(engine.network, layers=layers), layers=layers)


def _other_fraction(layer, name: str, fracs):
    form = getattr(layer, name, None)
    return layer if form is None else replace(layer, **{name: replace(form, frac=next(fracs))})
