"""Plans of small random networks."""

import numpy as np

from rnnhw.plan import Plan, make_plan
from rnnhw.quantize import quantize
from tests.networks import random_batch, random_network


def small_plan(seed: int, *, lanes: int, update_multiplier: str = "dsp", sizes=None, **options) -> Plan:
    """A plan of a random network.

    Parameters
    ----------
    seed, lanes : int
    update_multiplier : str
    sizes : dict
        Arguments of `random_network`.
    **options
        Of `quantize`.
    """
    rng = np.random.default_rng(seed)
    net = random_network(rng, **(sizes or {}))
    quantized = quantize(net, random_batch(rng, net, 4, 6), **options)
    return make_plan(quantized, lanes=lanes, update_multiplier=update_multiplier)
