"""Formats and raw weights that quantisation chooses."""

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction
from rnnhw.network import LSTM, Dense, Network
from rnnhw.quantize import QuantizedLSTM, quantize
from rnnhw.quantize.weights import ELEMENT_BITS
from tests.networks import random_batch, random_lengths, random_network


def one_unit(weight_ih=0.0, weight_hh=0.0, bias=0.0, dense=(), mode="many-to-many") -> Network:
    """One input, one unit; a number counts for all four gates."""
    columns = [np.broadcast_to(np.asarray(v, float), 4) for v in (weight_ih, weight_hh, bias)]
    lstm = LSTM(columns[0].reshape(4, 1), columns[1].reshape(4, 1), columns[2])
    return Network([lstm, *dense], mode)


def test_fractions_on_known_data():
    net = one_unit([0.5, -0.9, 0.25, 0.1], [1.0, 0.0, -1.5, 0.2], 0.3)
    network = quantize(net, np.array([[[3.0], [-2.0]]]))
    layer = network.layers[0]
    assert layer.x == network.input == QFormat(8, 5)  # 3 * 32 = 96, 3 * 64 is too large
    assert layer.h == network.output == QFormat(8, 7)
    assert layer.weight_ih == (QFormat(8, 7),) * 4  # 0.9 * 128 = 115.2
    assert layer.weight_hh == (QFormat(8, 6),) * 4  # 1.5 * 64 = 96
    assert layer.weight_ih_raw.tolist() == [[64], [-115], [32], [13]]
    assert layer.weight_hh_raw.tolist() == [[64], [0], [-96], [13]]
    assert layer.shifts == (1, 0)  # 7 + 6 = 13 fraction bits of products with h, 5 + 7 = 12 with x
    assert [layer.accumulator_frac(gate) for gate in range(4)] == [13] * 4
    assert layer.bias_raw.tolist() == [round(0.3 * 2**13)] * 4
    _, trace = net.run(np.array([[[3.0], [-2.0]]]), trace=True)
    peak = np.abs(trace["lstm0"]["c"]).max()
    assert layer.c == QFormat(16, largest_fraction(16, -2 * peak, 0.0))


def test_dense_formats_on_known_data():
    dense = [
        Dense(np.array([[1.9], [-1.0]]), np.array([0.0, 30.0]), "relu", "fc0"),
        Dense(np.array([[0.1, 0.2]]), np.array([-7.0]), "linear", "fc1"),
    ]
    network = quantize(one_unit(1.0, dense=dense), np.ones((1, 2, 1)))
    first, last = network.denses
    assert first.x == QFormat(8, 7)
    assert first.weight == QFormat(8, 6)
    assert first.y == first.output == last.x == QFormat(8, 2)  # 30 * 4 = 120
    assert first.bias_raw.tolist() == [0, 30 << 13]
    assert last.weight == QFormat(8, 9)  # 0.2 * 512 = 102.4
    assert last.y.width == 16
    assert last.y == network.output == QFormat(16, 13)  # just past -1, of which the double is held
    assert (first.relu, last.relu) == (True, False)


def test_the_range_of_a_relu_is_that_of_its_results():
    dense = [
        Dense(np.array([[1.0], [1.0]]), np.array([-100.0, 0.0]), "relu", "fc0"),
        Dense(np.ones((1, 2)), np.zeros(1), "linear", "fc1"),
    ]
    network = quantize(one_unit(1.0, dense=dense), np.ones((1, 2, 1)))
    assert network.denses[0].y.frac >= 7  # -100 is cut off, what remains is below one


def test_each_gate_may_have_its_own_scale():
    rng = np.random.default_rng(0)
    scale = np.repeat([1.0, 0.5, 0.125, 0.0625], 3)[:, None]
    net = Network(
        [LSTM(rng.uniform(-1, 1, (12, 2)) * scale, rng.uniform(-1, 1, (12, 3)) * scale, np.zeros(12))],
        "many-to-one",
    )
    calibration = rng.normal(0, 1, (3, 4, 2))
    shared, own = (quantize(net, calibration, per_gate=flag).layers[0] for flag in (False, True))
    assert len(set(shared.weight_ih)) == len(set(shared.weight_hh)) == 1
    steps = [form.frac - own.weight_ih[0].frac for form in own.weight_ih]
    assert steps == [0, 1, 3, 4]
    assert [form.frac - own.weight_hh[0].frac for form in own.weight_hh] == steps
    error = [
        np.abs(layer.weight_ih[3].to_float(layer.weight_ih_raw[9:]) - net.layers[0].weight_ih[9:]).max()
        for layer in (shared, own)
    ]
    assert error[1] < error[0] / 4


def test_percentile_leaves_outliers_out():
    calibration = np.concatenate([np.linspace(-1, 1, 999), [60.0]]).reshape(1, -1, 1)
    net = one_unit(0.1)
    assert quantize(net, calibration).input == QFormat(8, 1)
    assert quantize(net, calibration, method="percentile", percentile=99).input == QFormat(8, 7)
    assert quantize(net, calibration, method="percentile", percentile=100).input == QFormat(8, 1)
    negative = np.full((1, 5, 1), -1.0)  # -1 has a raw integer of 8.7, +1 has none
    assert quantize(net, negative, method="percentile", percentile=99).input == QFormat(8, 7)
    assert quantize(net, -negative, method="percentile", percentile=99).input == QFormat(8, 6)


def test_padding_of_the_calibration_does_not_count():
    calibration = np.array([[[0.5], [100.0]], [[0.25], [0.5]]])
    assert quantize(one_unit(0.1), calibration, [1, 2]).input == QFormat(8, 7)
    assert quantize(one_unit(0.1), calibration).input == QFormat(8, 0)
    short = np.array([[[0.9], *[[0.0]] * 9]])
    assert quantize(one_unit(0.1), short, [1], method="percentile", percentile=50).input == QFormat(8, 7)
    assert quantize(one_unit(0.1), short * 10, [1], method="percentile", percentile=50).input == QFormat(8, 3)


def check_layer(layer, source, config) -> None:
    """What holds for every LSTM layer, whatever the widths."""
    fractions = [
        (layer.x.frac + w.frac, layer.h.frac + u.frac) for w, u in zip(layer.weight_ih, layer.weight_hh, strict=True)
    ]
    assert len({h - x for x, h in fractions}) == 1
    x_shift, h_shift = layer.shifts
    assert min(x_shift, h_shift) == 0
    assert config.activation_bits + max(x_shift, h_shift) <= ELEMENT_BITS == 16
    for gate, (x, h) in enumerate(fractions):
        assert layer.accumulator_frac(gate) == x + x_shift == h + h_shift
        rows = slice(gate * layer.hidden_size, (gate + 1) * layer.hidden_size)
        for raw, form, exact in (
            (layer.weight_ih_raw[rows], layer.weight_ih[gate], source.weight_ih[rows]),
            (layer.weight_hh_raw[rows], layer.weight_hh[gate], source.weight_hh[rows]),
        ):
            assert form.width == config.weight_bits
            assert np.abs(form.to_float(raw) - exact).max() <= form.ulp / 2  # rounded, none clipped
        bias_ulp = 2.0 ** -layer.accumulator_frac(gate)
        assert np.abs(layer.bias_raw[rows] * bias_ulp - source.bias[rows]).max() <= bias_ulp / 2
    assert (layer.x.width, layer.h) == (
        config.activation_bits,
        QFormat(config.activation_bits, config.activation_bits - 1),
    )
    assert layer.c.width == min(2 * config.activation_bits, 24)


@pytest.mark.parametrize("activation_bits", range(4, 17))
@pytest.mark.parametrize("weight_bits", range(2, 17))
def test_all_widths(weight_bits, activation_bits):
    rng = np.random.default_rng(100 * weight_bits + activation_bits)
    net = random_network(rng, largest=4, outputs=[3, 2])
    lengths = random_lengths(rng, 3, 4)
    network = quantize(
        net,
        random_batch(rng, net, 3, 4),
        lengths,
        weight_bits=weight_bits,
        activation_bits=activation_bits,
        per_gate=bool(rng.integers(2)),
    )
    assert (network.name, network.mode, len(network.layers)) == (net.name, net.mode, len(net.layers))
    before = network.input
    for layer, source in zip(network.layers, net.layers, strict=True):
        assert layer.x == before
        before = layer.output
        if isinstance(layer, QuantizedLSTM):
            check_layer(layer, source, network.config)
        else:
            assert np.abs(layer.weight.to_float(layer.weight_raw) - source.weight).max() <= layer.weight.ulp / 2
            ulp = 2.0**-layer.accumulator_frac
            assert np.abs(layer.bias_raw * ulp - source.bias).max() <= ulp / 2
            assert layer.y.width == activation_bits * (2 if source is net.layers[-1] else 1)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("per_gate", [False, True])
def test_alignment_with_weights_of_far_apart_scales(scale, per_gate):
    """The difference of the product fractions is limited, so that an aligned element fits 16 bits."""
    rng = np.random.default_rng(1)
    gates = np.repeat([1.0, 100.0, 0.01, 1.0], 2)[:, None]
    for ih, hh in ((scale, 1.0), (1.0, scale)):
        lstm = LSTM(rng.normal(0, ih, (8, 3)) * gates, rng.normal(0, hh, (8, 2)), rng.normal(0, 0.5, 8))
        net = Network([lstm], "many-to-many")
        for bits in (4, 8, 12, 16):
            network = quantize(net, rng.normal(0, 1, (2, 3, 3)), activation_bits=bits, per_gate=per_gate)
            check_layer(network.layers[0], lstm, network.config)


def test_bounds_hold_the_worst_case():
    """All inputs at the end of their range that makes a row largest."""
    rng = np.random.default_rng(2)
    net = random_network(rng, inputs=3, hidden=[4], outputs=[2], mode="many-to-one")
    lstm, dense = quantize(net, random_batch(rng, net, 3, 4)).layers
    x_shift, h_shift = lstm.shifts
    worst = 0
    for row in range(16):
        total = abs(int(lstm.bias_raw[row]))
        total += sum(abs(w) * (128 << x_shift) for w in lstm.weight_ih_raw[row].tolist())
        total += sum(abs(w) * (128 << h_shift) for w in lstm.weight_hh_raw[row].tolist())
        worst = max(worst, total)
    assert lstm.accumulator_bound == worst
    rows = zip(dense.weight_raw.tolist(), dense.bias_raw.tolist(), strict=True)
    assert dense.accumulator_bound == max(abs(b) + 128 * sum(map(abs, row)) for row, b in rows)


@pytest.mark.parametrize(("bits", "frac"), [(8, 23), (16, 39)])
def test_a_cell_state_that_never_moved_gets_no_more_fraction_than_counts(bits, frac):
    net = one_unit([0.0, 0.0, 1.0, 0.0], bias=[-50.0, 0.0, 0.0, 0.0])  # the input gate stays shut
    layer = quantize(net, np.ones((1, 3, 1)), activation_bits=bits).layers[0]
    assert layer.c == QFormat(min(2 * bits, 24), frac)


def test_arrays_cannot_be_altered():
    network = quantize(one_unit(1.0), np.ones((1, 2, 1)))
    with pytest.raises(ValueError, match="read-only"):
        network.layers[0].weight_ih_raw[0, 0] = 1


@pytest.mark.parametrize(
    ("net", "calibration", "options", "message"),
    [
        (
            one_unit(1e-9, bias=1e8),
            np.ones((1, 2, 1)),
            {},
            "bias of lstm0 reaches 1e+08, too large beside its weights",
        ),
        (
            one_unit(1.0, dense=[Dense(np.full((1, 1), 1e-9), np.full(1, 1e9), "linear", "fc0")]),
            np.ones((1, 2, 1)),
            {},
            "bias of fc0 reaches 1e+09, too large beside its weights",
        ),
        (one_unit(1.0), np.ones((1, 2, 2)), {}, "x must have 1 inputs a step (last axis), not 2"),
        (
            one_unit(1.0),
            np.ones((0, 2, 1)),
            {},
            "x must hold at least one sequence and one step, not shape (0, 2, 1)",
        ),
        (
            one_unit(1.0),
            np.full((1, 1, 1), np.nan),
            {},
            "x must be finite, but holds NaN or infinity at [0, 0, 0]",
        ),
        (one_unit(1.0), np.ones((1, 2, 1)), {"weight_bits": 0}, "weight_bits must be in 1..16, not 0"),
        (one_unit(1.0), np.full((1, 1, 1), 1e70), {}, "a range must be within 2**200, not 0.0..1e+70"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(net, calibration, options, message):
    with pytest.raises(RnnhwError) as caught:
        quantize(net, calibration, **options)
    assert str(caught.value) == message
