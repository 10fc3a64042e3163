"""What results are kept under: everything that they depend on, and nothing else."""

from dataclasses import replace

import numpy as np

from rnnhw.comparison.metric import find_metric
from rnnhw.comparison.problem import Problem
from rnnhw.network import Dataset
from tests.comparison.small import labelled


def problem(**changes) -> Problem:
    net, data = labelled(21)
    whole = {
        "net": net,
        "data": data,
        "calibration": data,
        "metric": find_metric("accuracy", net, data),
        "target": None,
    }
    return Problem(**(whole | changes))


def shortened(data: Dataset, **changes) -> Dataset:
    return Dataset(**({"x": data.x, "lengths": data.lengths, "y": data.y} | changes))


def test_every_part_gives_another_identity():
    net, data = labelled(21)
    other = data.lengths.copy()
    other[0] = 1 + other[0] % data.x.shape[1]
    layers = (replace(net.layers[0], bias=net.layers[0].bias + 1), *net.layers[1:])
    changes = [
        {"net": replace(net, layers=layers)},
        {"net": replace(net, tanh="hard")},
        {"data": shortened(data, x=data.x + 1)},
        {"data": shortened(data, lengths=other)},
        {"data": shortened(data, y=np.roll(data.y, 1))},
        {"calibration": shortened(data, x=data.x * 2)},
        {"calibration": shortened(data, lengths=other)},
        {"metric": find_metric("rmse", net, shortened(data, y=None))},
        {"target": "ecp5-25f"},
        {"target": "icebreaker"},
    ]
    found = [problem().identity, *(problem(**change).identity for change in changes)]
    assert len(set(found)) == len(found)
    assert problem().identity == found[0]
