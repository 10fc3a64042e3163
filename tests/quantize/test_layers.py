"""Widths of single layers: the formats that follow, and what each layer sees of the network."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import LayerWidths, Quantization, quantize
from tests.golden.two_ways import two_ways
from tests.networks import random_batch, random_network

WIDTHS = {"lstm1": {"activation_bits": 5, "weight_bits": 3}, "fc0": {"activation_bits": 12}, "fc1": {"weight_bits": 2}}


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(0)
    net = random_network(rng, inputs=3, hidden=[4, 3], outputs=[3, 2], mode="many-to-one", head="softmax")
    return net, random_batch(rng, net, 6, 5)


def test_widths_of_a_layer():
    config = Quantization(weight_bits=6, activation_bits=7, state_bits=9, layers=WIDTHS | {"fc0": {"state_bits": 24}})
    assert config.of("lstm1") == Quantization(weight_bits=3, activation_bits=5, state_bits=9)
    assert config.of("fc0") == Quantization(weight_bits=6, activation_bits=7, state_bits=24)
    assert config.of("lstm0") == Quantization(weight_bits=6, activation_bits=7, state_bits=9)
    assert config.layers["lstm1"] == LayerWidths(weight_bits=3, activation_bits=5)
    assert Quantization(**config.model_dump()) == config
    assert Quantization().of("lstm0") == Quantization()


@pytest.mark.parametrize(
    ("options", "bits"),
    [({}, 16), ({"activation_bits": 4}, 8), ({"activation_bits": 16}, 24), ({"state_bits": 9}, 9)],
    ids=str,
)
def test_width_of_the_state(made, options, bits):
    net, x = made
    assert Quantization(**options).cell_bits == bits
    for cell in quantize(net, x, **options).cells:
        assert cell.c.width == bits


def test_formats_between_layers(made):
    net, x = made
    network = quantize(net, x, layers=WIDTHS)
    first, second, third, last = network.layers
    assert (first.x.width, first.h, first.c.width) == (8, QFormat(8, 7), 16)
    assert (second.x, second.h, second.c.width) == (QFormat(5, 4), QFormat(5, 4), 10)  # the range of s8.7, in 5 bits
    assert third.x == QFormat(12, 4)  # more bits add nothing, so that h comes in as it is
    assert third.y.width == 12
    assert last.x == QFormat(8, third.y.frac - 4)
    assert last.y.width == 16
    assert [network.of(layer).config.weight_bits for layer in network.layers] == [8, 3, 8, 2]
    assert [form.width for form in (*second.weight_ih, *second.weight_hh)] == [3] * 8


def test_what_a_layer_sees(made):
    net, x = made
    network = quantize(net, x, layers=WIDTHS)
    second = network.of(network.layers[1])
    assert second.config == network.config.of("lstm1")
    assert second is network.of(network.layers[1])
    assert second.of(network.layers[0]) is second
    assert (second.table.output_bits, second.preactivations[0].width) == (5, 7)
    assert (network.head_bits, network.output) == (8, QFormat(9, 8))
    wide = quantize(net, x, layers={"fc1": {"activation_bits": 11}})
    assert (wide.head_bits, wide.output) == (11, QFormat(12, 11))
    plain = quantize(net, x)
    assert plain.of(plain.layers[0]) is plain


def test_cells_of_a_bidirectional_layer():
    rng = np.random.default_rng(1)
    net = two_ways(rng, "gru", "many-to-many")
    network = quantize(net, random_batch(rng, net, 3, 4), layers={"both1": {"activation_bits": 6, "state_bits": 7}})
    layer = network.layers[1]
    assert [cell.x for cell in layer.cells] == [QFormat(6, 5)] * 2
    assert [cell.p.width for cell in layer.cells] == [7, 7]
    for part in (layer, *layer.cells):
        assert network.of(part).config == network.config.of("both1")
    assert network.of(network.layers[0].backward).config == Quantization()


def test_widths_of_no_layer_are_refused(made):
    net, x = made
    with pytest.raises(RnnhwError) as caught:
        quantize(net, x, layers={"lstm2": {"weight_bits": 4}})
    assert str(caught.value) == "layers must be named among lstm0, lstm1, fc0, fc1, not 'lstm2'"
