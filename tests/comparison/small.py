"""Small networks with data of their own: labels that the float network mostly meets."""

import numpy as np

from rnnhw.network import Dataset, Network
from tests.networks import random_batch, random_lengths, random_network

SEQUENCES, STEPS = 40, 6


def labelled(seed: int, mode: str = "many-to-one", **options) -> tuple[Network, Dataset]:
    """A network and sequences of several lengths; a fifth of the labels is not what the float network says."""
    rng = np.random.default_rng(seed)
    sizes = {"inputs": 3, "hidden": [5], "outputs": [4]} | options
    net = random_network(rng, mode=mode, name="small", **sizes)
    x = random_batch(rng, net, SEQUENCES, STEPS)
    lengths = random_lengths(rng, len(x), x.shape[1])
    decided = net.run(x, lengths).argmax(axis=-1)
    wrong = rng.random(decided.shape) < 0.2
    return net, Dataset(x, lengths, np.where(wrong, rng.integers(0, net.output_size, decided.shape), decided))


def valued(seed: int, mode: str = "many-to-many", **options) -> tuple[Network, Dataset]:
    """A network and sequences with targets near what the float network answers, none of them zero."""
    rng = np.random.default_rng(seed)
    net = random_network(rng, mode=mode, name="small", **({"inputs": 2, "hidden": [4], "outputs": [2]} | options))
    x = random_batch(rng, net, SEQUENCES, STEPS)
    lengths = random_lengths(rng, len(x), x.shape[1])
    y = net.run(x, lengths)
    return net, Dataset(x, lengths, y + rng.normal(0, 0.1, y.shape) + 3)
