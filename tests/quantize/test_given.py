"""Formats that a network brings are kept, or refused by name."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat
from rnnhw.network import Network
from rnnhw.quantize import load_quantized, quantize, save_quantized
from tests.golden.two_ways import two_ways
from tests.networks import random_batch, random_network

assert rnnhw.golden

GATES = tuple(QFormat(6, frac) for frac in (4, 5, 3, 4))


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    net = random_network(rng, inputs=2, hidden=[3], outputs=[3, 2], mode="many-to-one", kinds=["lstm"], head="none")
    return net, random_batch(rng, net, 6, 5)


def bringing(net: Network, **formats) -> Network:
    """The network with formats, whose names have two underscores in place of the point."""
    return replace(net, formats={key.replace("__", "."): form for key, form in formats.items()})


@pytest.mark.parametrize("method", ["max-abs", "percentile", "mse"])
@pytest.mark.parametrize("per_gate", [False, True])
def test_all_of_them_are_kept(tmp_path, made, method, per_gate):
    net, x = made
    net = bringing(
        net,
        input=QFormat(8, 4),
        lstm0__weight_ih=GATES,
        lstm0__weight_hh=tuple(QFormat(6, form.frac + 1) for form in GATES),
        lstm0__h=QFormat(8, 7),
        fc0__weight=QFormat(5, 6),
        fc0__y=QFormat(7, 2),
        fc1__weight=QFormat(6, 1),
        fc1__y=QFormat(18, 12),
    )
    network = quantize(net, x, method=method, per_gate=per_gate)
    lstm, first, last = network.layers
    assert (network.input, lstm.weight_ih, lstm.h) == (QFormat(8, 4), GATES, QFormat(8, 7))
    assert [form.frac for form in lstm.weight_hh] == [5, 6, 4, 5]
    assert (first.weight, first.y, last.weight, last.y) == (
        QFormat(5, 6),
        QFormat(7, 2),
        QFormat(6, 1),
        QFormat(18, 12),
    )
    assert (first.x, last.x) == (QFormat(7, 6), QFormat(9, 2))
    widths = [(own.weight_bits, own.activation_bits) for own in (network.of(layer).config for layer in network.layers)]
    assert widths == [(6, 8), (5, 7), (6, 9)]
    save_quantized(network, tmp_path / "net.rnnq")  # whose reader holds all parts against each other
    loaded = load_quantized(tmp_path / "net.rnnq")
    assert (loaded.run(x) == network.run(x)).all()


def test_widths_that_all_formats_share_are_those_of_the_network(made):
    net, x = made
    network = quantize(bringing(net, lstm0__weight_ih=QFormat(5, 3, symmetric=True), lstm0__h=QFormat(6, 5)), x)
    config = network.config
    assert (config.weight_bits, config.activation_bits, config.symmetric_weights, config.layers) == (5, 6, True, {})
    assert set(network.layers[0].weight_ih) == {QFormat(5, 3, symmetric=True)}
    assert (
        len({u.frac - w.frac for w, u in zip(network.layers[0].weight_ih, network.layers[0].weight_hh, strict=True)})
        == 1
    )


def test_the_same_formats_brought_change_nothing(made):
    """Control, and the way of a quantised model through a float one and back."""
    net, x = made
    network = quantize(net, x, weight_bits=5, per_gate=True)
    lstm = network.layers[0]
    formats = {"input": network.input, "lstm0.weight_ih": lstm.weight_ih, "lstm0.weight_hh": lstm.weight_hh}
    again = quantize(replace(net, formats=formats), x, per_gate=True)
    assert (again.run(x) == network.run(x)).all()
    formats["lstm0.weight_ih"] = formats["lstm0.weight_hh"] = tuple(replace(f, frac=f.frac - 1) for f in lstm.weight_ih)
    assert (quantize(replace(net, formats=formats), x, per_gate=True).run(x) != network.run(x)).any()


@pytest.mark.parametrize("method", ["max-abs", "mse"])
@pytest.mark.parametrize("side", ["weight_ih", "weight_hh"])
@pytest.mark.parametrize("bits", [4, 8, 12])
def test_one_matrix_alone(made, side, bits, method):
    """The other one follows: of one difference, within the alignment, and holding all its weights."""
    net, x = made
    forms = tuple(QFormat(8, frac) for frac in (5, 7, 4, 6))
    (cell,) = quantize(replace(net, formats={f"lstm0.{side}": forms}), x, method=method, activation_bits=bits).cells
    assert getattr(cell, side) == forms
    assert len({u.frac - w.frac for w, u in zip(cell.weight_ih, cell.weight_hh, strict=True)}) == 1
    assert bits + max(cell.shifts) <= 16
    other = {"weight_ih": "weight_hh", "weight_hh": "weight_ih"}[side]
    parts = zip(np.split(getattr(net.layers[0], other), 4), getattr(cell, other), strict=True)
    assert all(np.abs(form.to_float(form.from_float(part)) - part).max() <= form.ulp / 2 for part, form in parts)


def test_hidden_states_of_relu():
    rng = np.random.default_rng(1)
    net = two_ways(rng, "rnn-relu", "many-to-many")
    x = random_batch(rng, net, 3, 4)
    network = quantize(replace(net, formats={"f0.h": QFormat(8, 2)}), x)
    assert [cell.h for cell in network.cells[:2]] == [QFormat(8, 2)] * 2
    with pytest.raises(RnnhwError) as caught:
        quantize(replace(net, formats={"f0.h": QFormat(8, 2), "b0.h": QFormat(8, 3)}), x)
    assert str(caught.value) == "format of b0.h must be s8.2 as that of the other cell of both0, not s8.3"


@pytest.mark.parametrize(
    ("formats", "options", "message"),
    [
        (
            {"lstm0__h": QFormat(8, 6)},
            {},
            "format of lstm0.h must be s8.7, because tanh and sigmoid are below 1, not s8.6",
        ),
        ({"input": QFormat(8, 8, signed=False)}, {}, "format of input must be signed with 4..16 bits, not u8.8"),
        ({"input": QFormat(8, 6, symmetric=True)}, {}, "format of input must not be symmetric"),
        ({"fc0__y": QFormat(3, 2)}, {}, "format of fc0.y must be signed with 4..16 bits, not s3.2"),
        ({"fc0__weight": QFormat(17, 2)}, {}, "format of fc0.weight must be signed with 2..16 bits, not s17.2"),
        (
            {"fc1__y": QFormat(9, 2)},
            {},
            "format of fc1.y must have twice the bits of activations as a last layer's, not s9.2",
        ),
        (
            {"input": QFormat(8, 6), "lstm0__h": QFormat(7, 6)},
            {},
            "layer lstm0 must have one width, not the format s8.6 of input and the format s7.6 of lstm0.h",
        ),
        (
            {"lstm0__weight_ih": QFormat(8, 6), "lstm0__weight_hh": QFormat(7, 6)},
            {},
            "layer lstm0 must have one width, not the format s8.6 of lstm0.weight_ih and "
            "the format s7.6 of lstm0.weight_hh",
        ),
        (
            {"lstm0__weight_ih": QFormat(6, 6)},
            {"weight_bits": 8},
            "weight_bits of layer lstm0 must be 6 as its format s6.6 of lstm0.weight_ih is, not 8",
        ),
        (
            {"fc0__y": QFormat(9, 6)},
            {"layers": {"fc0": {"activation_bits": 8}}},
            "activation_bits of layer fc0 must be 9 as its format s9.6 of fc0.y is, not 8",
        ),
        (
            {"fc0__weight": QFormat(8, 6), "fc1__weight": QFormat(8, 6, symmetric=True)},
            {},
            "formats of weights must all be symmetric or none of them",
        ),
        (
            {"fc0__weight": QFormat(8, 6)},
            {"symmetric_weights": True},
            "symmetric_weights must be False, as the formats of the network's weights are",
        ),
        (
            {"lstm0__weight_ih": GATES, "lstm0__weight_hh": QFormat(6, 4)},
            {},
            "weight formats of lstm0 must differ by the same number of bits in each gate",
        ),
        (
            {"input": QFormat(8, 4), "lstm0__weight_ih": QFormat(8, 4), "lstm0__weight_hh": QFormat(8, 12)},
            {},
            "weight formats of lstm0 cannot be kept: those of weight_hh must have -11..5 fraction bits more "
            "than those of weight_ih, not 8, for elements of at most 16 bits",
        ),
    ],
)
def test_refusals(made, formats, options, message):
    net, x = made
    with pytest.raises(RnnhwError) as caught:
        quantize(bringing(net, **formats), x, **options)
    assert str(caught.value) == message
