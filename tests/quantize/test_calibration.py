"""One float run for many quantisations."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.network import Network
from rnnhw.quantize import Calibration, quantize
from tests.golden.two_ways import two_ways
from tests.networks import random_batch, random_lengths, random_network
from tests.quantize.test_reweigh import same

assert rnnhw.golden

OPTIONS = [
    {},
    {"weight_bits": 4, "method": "percentile", "percentile": 90, "per_gate": True},
    {"weight_bits": 3, "method": "mse", "bias_correction": True},
    {"activation_bits": 12, "state_bits": 13},
]


def make(seed: int = 0):
    rng = np.random.default_rng(seed)
    net = two_ways(rng, "gru-before", "many-to-many")
    return net, random_batch(rng, net, 5, 6), random_lengths(rng, 5, 6)


def test_the_network_runs_once(monkeypatch):
    net, x, lengths = make()
    direct = [quantize(net, x, lengths, **options) for options in OPTIONS]
    calibration = Calibration(net, x, lengths)
    monkeypatch.setattr(Network, "run", lambda *_, **__: pytest.fail("the float reference ran again"))
    for options, network in zip(OPTIONS, direct, strict=True):
        again = quantize(net, calibration, **options)
        assert again.config == network.config
        assert all(same(a, b) for a, b in zip(again.layers, network.layers, strict=True))


def test_an_equal_network_may_use_it():
    net, x, lengths = make()
    other, _, _ = make()
    assert other is not net
    network = quantize(other, Calibration(net, x, lengths))
    assert all(same(a, b) for a, b in zip(network.layers, quantize(net, x, lengths).layers, strict=True))


def test_refusals():
    net, x, lengths = make()
    calibration = Calibration(net, x, lengths)
    other = random_network(np.random.default_rng(1), inputs=3, name="else")
    with pytest.raises(RnnhwError) as caught:
        quantize(other, calibration)
    assert str(caught.value) == "calibration is of another network (network), not of else"
    with pytest.raises(RnnhwError) as caught:
        quantize(net, calibration, lengths)
    assert str(caught.value) == "lengths must be given to the Calibration, not beside it"
    with pytest.raises(TypeError, match=r"^net must be a Network \(rnnhw\.load gives one\), not int$"):
        Calibration(3, x)
    with pytest.raises(RnnhwError) as caught:
        Calibration(net, x[..., :2])
    assert str(caught.value) == "x must have 3 inputs a step (last axis), not 2"
