"""Weights of one bit, and symmetric ones."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import LSTM, RNN, Dense, Network
from rnnhw.quantize import quantize
from rnnhw.quantize.weights import ELEMENT_BITS
from tests.networks import CELLS, random_batch, random_network

assert rnnhw.golden


def one_rnn(weight_ih, weight_hh=((0.5,),)) -> Network:
    return Network([RNN(weight_ih, weight_hh, [0.1], "tanh", "a")], "many-to-many")


@pytest.mark.parametrize(
    ("weights", "frac", "raw"),
    [
        ([[0.25, -0.25, 0.25]], 2, [1, -1, 1]),
        ([[0.0, -0.0, -0.9]], 2, [1, 1, -1]),  # 0 counts as +1; the mean is 0.3, nearest to 0.25 in log2
        ([[1.0, 0.42]], 0, [1, 1]),  # 0.71 is just above the middle of 0.5 and 1 in log2 ...
        ([[1.0, 0.40]], 1, [1, 1]),  # ... and 0.70 just below
        ([[40.0, -24.0]], -5, [1, -1]),
    ],
)
def test_scale_and_signs(weights, frac, raw):
    network = quantize(one_rnn(weights), np.ones((1, 2, len(weights[0]))) * 0.5, weight_bits=1)
    (layer,) = network.layers
    assert layer.weight_ih == (QFormat(2, frac, symmetric=True),)
    assert layer.weight_ih_raw.tolist() == [raw]
    assert layer.weight_hh == (QFormat(2, 1, symmetric=True),)


def test_each_gate_and_each_dense_layer_has_its_scale():
    scale = np.repeat([1.0, 0.5, 0.25, 0.125], 3)[:, None]
    rng = np.random.default_rng(0)
    lstm = LSTM(rng.choice([-1, 1], (12, 2)) * scale, rng.choice([-1, 1], (12, 3)) * scale, np.zeros(12), "a")
    net = Network([lstm, Dense(np.full((1, 3), -8.0), np.zeros(1), "linear", "d")], "many-to-one")
    network = quantize(net, rng.normal(0, 1, (3, 4, 2)), weight_bits=1, per_gate=True)
    layer, dense = network.layers
    assert [form.frac for form in layer.weight_ih] == [form.frac for form in layer.weight_hh] == [0, 1, 2, 3]
    assert (dense.weight, dense.weight_raw.tolist()) == (QFormat(2, -3, symmetric=True), [[-1, -1, -1]])
    exact = net.run(np.zeros((1, 1, 2)))
    assert np.abs(network.run(np.zeros((1, 1, 2))) - exact).max() < 0.01


@pytest.mark.parametrize("bits", [4, 8, 12, 16])
@pytest.mark.parametrize("kind", CELLS)
def test_alignment_of_all_cells(kind, bits):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        net = random_network(rng, kinds=[kind], head="none")
        network = quantize(
            net, random_batch(rng, net, 3, 4), weight_bits=1, activation_bits=bits, per_gate=bool(seed % 2)
        )
        for cell in network.cells:
            assert bits + max(cell.shifts) <= ELEMENT_BITS
            assert len({u.frac - w.frac for w, u in zip(cell.weight_ih, cell.weight_hh, strict=True)}) == 1
            for raw in (cell.weight_ih_raw, cell.weight_hh_raw):
                assert set(raw.reshape(-1).tolist()) <= {-1, 1}


def test_both_matrices_meet_where_alignment_does_not_hold_their_scales():
    """At 16 bits both products have the same fraction: 2**0 and 2**-6 become 2**-3 and 2**-3."""
    net = one_rnn([[1.0]], [[2.0**-6]])
    (layer,) = quantize(net, np.full((1, 2, 1), 0.9), weight_bits=1, activation_bits=16).layers
    assert layer.x == layer.h == QFormat(16, 15)
    assert (layer.weight_ih[0].frac, layer.weight_hh[0].frac) == (3, 3)
    (layer,) = quantize(net, np.full((1, 2, 1), 0.9), weight_bits=1, activation_bits=8).layers
    assert (layer.weight_ih[0].frac, layer.weight_hh[0].frac) == (0, 6)


def test_weights_without_a_scale_are_refused():
    with pytest.raises(RnnhwError) as caught:
        quantize(one_rnn([[0.5]], [[0.0]]), np.ones((1, 2, 1)), weight_bits=1)
    assert str(caught.value) == ("weight_hh of a has magnitudes of 0 on average, which weights of 1 bit cannot hold")


@pytest.mark.parametrize("bits", [2, 3, 8, 16])
def test_symmetric_weights_leave_out_the_most_negative(bits):
    net = one_rnn([[-1.0, 0.25]])
    plain, symmetric = (
        quantize(net, np.ones((1, 2, 2)), weight_bits=bits, symmetric_weights=flag).layers[0] for flag in (False, True)
    )
    assert plain.weight_ih == (QFormat(bits, bits - 1),)
    assert plain.weight_ih_raw[0, 0] == -(2 ** (bits - 1))
    assert symmetric.weight_ih == (QFormat(bits, bits - 2, symmetric=True),)
    assert symmetric.weight_ih_raw[0, 0] == -(2 ** (bits - 2))


def test_symmetric_weights_of_two_bits_are_ternary():
    rng = np.random.default_rng(1)
    net = random_network(rng, kinds=["lstm", "gru"], hidden=[4, 5], outputs=[3], mode="many-to-one", head="none")
    network = quantize(net, random_batch(rng, net, 3, 4), weight_bits=2, symmetric_weights=True)
    values = [cell.weight_ih_raw for cell in network.cells] + [network.denses[0].weight_raw]
    assert set(np.concatenate([array.reshape(-1) for array in values]).tolist()) == {-1, 0, 1}
