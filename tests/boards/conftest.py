"""A small quantised network for the boards' tests."""

import numpy as np
import pytest

import rnnhw
from tests.networks import random_network


@pytest.fixture(scope="session")
def lstm():
    rng = np.random.default_rng(4)
    network = random_network(rng, inputs=2, hidden=[5], outputs=[3], mode="many-to-one", name="small")
    return rnnhw.quantize(network, calibration=rng.normal(size=(8, 5, 2)))
