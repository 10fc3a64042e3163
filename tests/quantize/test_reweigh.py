"""The weights of another network in the formats of a quantised one."""

from dataclasses import fields, replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Dense, Network
from rnnhw.quantize import quantize
from tests.golden.two_ways import two_ways
from tests.networks import CELLS, random_batch, random_network

assert rnnhw.golden


def same(layer, other) -> bool:
    """Whether two quantised layers are equal in every field, arrays element by element."""
    if layer.cells and layer not in layer.cells:
        return all(same(a, b) for a, b in zip(layer.cells, other.cells, strict=True))
    return all(np.array_equal(getattr(layer, f.name), getattr(other, f.name)) for f in fields(layer))


def scaled(layer, factor: float):
    """A layer with all of its weights and biases times a factor."""
    if isinstance(layer, Bidirectional):
        return replace(layer, **{key: scaled(getattr(layer, key), factor) for key in ("forward", "backward")})
    return replace(layer, **{key: getattr(layer, key) * factor for key in layer.tensors})


def make(kind: str, seed: int = 0, **options):
    rng = np.random.default_rng(seed)
    if kind == "bidirectional":
        net = two_ways(rng, "gru", "many-to-many")
    else:
        net = random_network(
            rng, inputs=3, hidden=[4, 3], outputs=[3, 2], mode="many-to-many", kinds=[kind], head="none"
        )
    x = random_batch(rng, net, 5, 6)
    return net, x, quantize(net, x, **options)


@pytest.mark.parametrize("options", [{}, {"weight_bits": 3, "per_gate": True}, {"weight_bits": 1}], ids=str)
@pytest.mark.parametrize("kind", [*CELLS, "bidirectional"])
def test_its_own_weights_change_nothing(kind, options):
    net, _, network = make(kind, **options)
    again = network.with_weights(net)
    assert again.config == network.config
    assert all(same(a, b) for a, b in zip(again.layers, network.layers, strict=True))


@pytest.mark.parametrize("kind", [*CELLS, "bidirectional"])
def test_other_weights_in_the_same_formats(kind):
    net, x, network = make(kind, layers={"fc0": {"weight_bits": 5}} if kind != "bidirectional" else {})
    half = replace(net, layers=[scaled(layer, 0.5) for layer in net.layers])
    changed = network.with_weights(half)
    assert changed.state_formats == network.state_formats
    assert (changed.input, changed.result) == (network.input, network.result)
    assert not np.array_equal(changed.run(x), network.run(x))
    assert np.abs(changed.run(x) - half.run(x)).max() < 0.2
    twice = changed.with_weights(net)  # what was rounded in between leaves nothing behind
    assert all(same(a, b) for a, b in zip(twice.layers, network.layers, strict=True))


def test_weights_beyond_the_range_take_its_end():
    net, _, network = make("lstm", weight_bits=4)
    loud = network.with_weights(replace(net, layers=[scaled(layer, 1e6) for layer in net.layers]))
    for layer in loud.cells:
        assert set(np.unique(layer.weight_hh_raw)) <= {-8, 7}


def lstm(inputs=2, units=2, name="lstm0") -> LSTM:
    return LSTM(np.ones((4 * units, inputs)), np.ones((4 * units, units)), np.zeros(4 * units), name)


def dense(activation="linear", outputs=2) -> Dense:
    return Dense(np.ones((outputs, 2)), np.zeros(outputs), activation, "fc0")


def gru(reset_after=True) -> GRU:
    return GRU(np.ones((6, 2)), np.ones((6, 2)), np.zeros(6), np.zeros(2), reset_after, "gru0")


def rnn(activation="tanh") -> RNN:
    return RNN(np.ones((2, 2)), np.ones((2, 2)), np.zeros(2), activation, "rnn0")


def net_of(*layers, mode="many-to-one", **options) -> Network:
    return Network(layers, mode, "other", **options)


@pytest.mark.parametrize(
    ("net", "other", "message"),
    [
        (
            net_of(lstm()),
            net_of(lstm(), mode="many-to-many"),
            "mode of network other must be 'many-to-one' as in the quantised one, not 'many-to-many'",
        ),
        (
            net_of(lstm()),
            net_of(lstm(), head="argmax"),
            "head of network other must be 'none' as in the quantised one, not 'argmax'",
        ),
        (
            net_of(lstm(), sigmoid="hard"),
            net_of(lstm()),
            "sigmoid of network other must be 'hard' as in the quantised one, not 'logistic'",
        ),
        (net_of(lstm()), net_of(lstm(), dense()), "network other must have 1 layers, not 2"),
        (net_of(lstm()), net_of(gru()), "layer gru0 must have kind 'lstm' as lstm0 has, not 'gru'"),
        (net_of(lstm()), net_of(lstm(3)), "layer lstm0 must have inputs 2 as lstm0 has, not 3"),
        (net_of(lstm()), net_of(lstm(2, 3)), "layer lstm0 must have outputs 2 as lstm0 has, not 3"),
        (net_of(gru()), net_of(gru(False)), "layer gru0 must have reset_after True as gru0 has, not False"),
        (net_of(rnn("relu")), net_of(rnn()), "layer rnn0 must have activation 'relu' as rnn0 has, not 'tanh'"),
        (
            net_of(lstm(), dense("relu")),
            net_of(lstm(), dense()),
            "layer fc0 must have activation 'relu' as fc0 has, not 'linear'",
        ),
        (
            net_of(Bidirectional(lstm(name="a"), lstm(name="b"), "both0")),
            net_of(Bidirectional(lstm(name="a"), lstm(2, 1, "b"), "both0")),
            "layer both0 must have outputs 4 as both0 has, not 3",
        ),
        (
            net_of(lstm()),
            net_of(replace(lstm(), bias=np.full(8, 1e12))),
            "bias of lstm0 reaches 1e+12, too large beside its weights",
        ),
        (
            net_of(lstm()),
            net_of(replace(lstm(), h0=np.full(2, 1.5))),
            "h0 of lstm0 must be in -1..1, not 1.5",
        ),
    ],
)
def test_other_structures_are_refused(net, other, message):
    network = quantize(net, np.ones((1, 2, 2)))
    with pytest.raises(RnnhwError) as caught:
        network.with_weights(other)
    assert str(caught.value) == message


def test_something_else_than_a_network():
    with pytest.raises(TypeError, match=r"^net must be a Network, not ndarray$"):
        make("lstm")[2].with_weights(np.ones(3))
