"""Networks whose every recurrent layer is bidirectional, of a given kind of cell."""

from dataclasses import replace

from rnnhw.network import Bidirectional, Network
from tests.networks import random_network


def two_ways(rng, kind: str, mode: str, sizes=((3, 2), (2, 4)), inputs: int = 3, **options) -> Network:
    """A bidirectional layer for each pair of sizes (forward, backward), then one dense layer of two outputs.

    Cells have random initial states in half of the cases; `options` are those of `Network`.
    """
    layers, size = [], inputs
    for index, units in enumerate(sizes):
        drawn = [
            random_network(rng, inputs=size, hidden=[n], outputs=[], mode="many-to-many", kinds=[kind]).layers[0]
            for n in units
        ]
        cells = [replace(cell, name=f"{way}{index}") for cell, way in zip(drawn, ("f", "b"), strict=True)]
        layers.append(Bidirectional(*cells, f"both{index}"))
        size = sum(units)
    head = random_network(rng, inputs=1, hidden=[size], outputs=[2], mode="many-to-many").layers[-1]
    return Network([*layers, head], mode, **options)
