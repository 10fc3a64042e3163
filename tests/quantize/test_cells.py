"""Formats and raw numbers that quantisation chooses for GRU, RNN, bidirectional layers and initial states."""

from dataclasses import replace

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint import QFormat, largest_fraction
from rnnhw.network import GRU, LSTM, RNN, Bidirectional, Network
from rnnhw.quantize import QuantizedBidirectional, QuantizedGRU, QuantizedLSTM, QuantizedRNN, quantize
from rnnhw.quantize.weights import ELEMENT_BITS
from tests.networks import CELLS, KINDS, random_batch, random_lengths, random_network

assert rnnhw.golden


def gru(rng, reset_after: bool = True, **options) -> GRU:
    """Three units, two inputs."""
    bias_hn = rng.uniform(-1, 1, 3) if reset_after else np.zeros(3)
    weights = rng.uniform(-1, 1, (9, 2)), rng.uniform(-1, 1, (9, 3)), rng.uniform(-1, 1, 9)
    return GRU(*weights, bias_hn, reset_after, "g", **options)


@pytest.mark.parametrize("bits", [4, 8, 12, 16])
def test_a_gru_with_its_reset_after(bits):
    rng = np.random.default_rng(bits)
    cell = gru(rng)
    net = Network([cell], "many-to-many")
    calibration, lengths = rng.normal(0, 1, (6, 5, 2)), np.array([5, 1, 2, 3, 4, 5])
    layer = quantize(net, calibration, lengths, activation_bits=bits).layers[0]
    assert isinstance(layer, QuantizedGRU)
    assert (layer.kind, layer.gates, layer.reset_after) == ("gru", ("r", "z", "n"), True)
    assert (layer.h, layer.output) == (QFormat(bits, bits - 1),) * 2
    h = net.run(calibration, lengths)
    before = np.concatenate([np.zeros((6, 1, 3)), h[:, :-1]], axis=1)[np.arange(5) < lengths[:, None]]
    p = before @ cell.weight_hh[6:].T + cell.bias_hn
    width = min(2 * bits, 24)
    assert layer.p == QFormat(width, largest_fraction(width, 2 * p.min(), 2 * p.max()))
    frac = layer.accumulator_frac(2)
    assert layer.bias_hn_raw.tolist() == np.floor(cell.bias_hn * 2.0**frac + 0.5).tolist()
    assert layer.bias_raw.tolist() == np.floor(cell.bias * 2.0**frac + 0.5).tolist()
    assert layer.initial_raw.tolist() == [0, 0, 0]
    assert layer.state_formats == (layer.h,)


def test_a_gru_with_its_reset_before():
    rng = np.random.default_rng(1)
    layer = quantize(Network([gru(rng, False)], "many-to-one"), rng.normal(0, 1, (6, 5, 2))).layers[0]
    assert (layer.reset_after, layer.p) == (False, None)
    assert layer.bias_hn_raw.tolist() == [0, 0, 0]


@pytest.mark.parametrize("reset_after", [True, False])
def test_bounds_of_a_gru_hold_the_worst_case(reset_after):
    """With the reset after, the two sums of gate n are apart."""
    rng = np.random.default_rng(2)
    layer = quantize(Network([gru(rng, reset_after)], "many-to-one"), rng.normal(0, 1, (6, 5, 2))).layers[0]
    x_shift, h_shift = layer.shifts
    sums = []
    for row in range(9):
        with_x = sum(abs(w) * (128 << x_shift) for w in layer.weight_ih_raw[row].tolist())
        with_h = sum(abs(w) * (128 << h_shift) for w in layer.weight_hh_raw[row].tolist())
        with_x += abs(int(layer.bias_raw[row]))
        if reset_after and row >= 6:
            sums += [with_x, with_h + abs(int(layer.bias_hn_raw[row - 6]))]
        else:
            sums.append(with_x + with_h)
    assert layer.accumulator_bound == max(sums)


def test_a_product_that_never_moved_gets_no_more_fraction_than_counts():
    cell = GRU(np.ones((3, 1)), np.ones((3, 1)) * 1e-9, np.zeros(3), np.zeros(1), True, "g")
    layer = quantize(Network([cell], "many-to-one"), np.ones((1, 2, 1))).layers[0]
    assert layer.p == QFormat(16, 23)


def test_an_rnn_with_tanh_and_with_relu():
    for activation, form in (("tanh", QFormat(8, 7)), ("relu", QFormat(8, 4))):
        net = Network([RNN([[2.0]], [[0.5]], [0.25], activation, "a")], "many-to-many")
        layer = quantize(net, np.array([[[1.0], [2.0]]])).layers[0]  # h is 2.25, then 5.375: 5.375 * 16 = 86
        assert isinstance(layer, QuantizedRNN)
        assert (layer.activation, layer.gates) == (activation, ("a",))
        assert layer.h == layer.output == form
        assert len(layer.weight_ih) == len(layer.weight_hh) == 1


def test_what_follows_a_relu_cell_takes_its_format():
    rng = np.random.default_rng(3)
    net = random_network(rng, hidden=[3, 4], outputs=[2], kinds=["rnn-relu"], mode="many-to-many")
    first, second, dense = quantize(net, random_batch(rng, net, 4, 5)).layers
    assert second.x == first.h
    assert dense.x == second.h


@pytest.mark.parametrize("kind", CELLS)
def test_both_cells_of_a_bidirectional_layer(kind):
    rng = np.random.default_rng(4)
    cells = [
        random_network(rng, inputs=2, hidden=[n], outputs=[], kinds=[kind], mode="many-to-many").layers[0]
        for n in (3, 4)
    ]
    forward, backward = (replace(cell, name=name) for cell, name in zip(cells, "fb", strict=True))
    net = Network([Bidirectional(forward, backward, "both")], "many-to-many")
    x = random_batch(rng, net, 6, 5)
    network = quantize(net, x)
    (layer,) = network.layers
    assert isinstance(layer, QuantizedBidirectional)
    assert (layer.name, layer.kind, layer.input_size, layer.output_size) == ("both", "bidirectional", 2, 7)
    assert network.cells == layer.cells == (layer.forward, layer.backward)
    assert [cell.name for cell in layer.cells] == ["f", "b"]
    assert layer.x == layer.forward.x == layer.backward.x == network.input
    assert layer.h == layer.output == layer.forward.h == layer.backward.h
    if kind == "rnn-relu":
        _, trace = net.run(x, trace=True)
        peak = max(trace[name]["h"].max() for name in "fb")
        peak = max(peak, forward.initial.max(), backward.initial.max())
        assert layer.h == QFormat(8, largest_fraction(8, 0.0, peak))
    sizes = [cell.state_size for cell in layer.cells]
    assert [count for _, count in network.state_formats] == [3] * (sizes[0] // 3) + [4] * (sizes[1] // 4)
    assert network.state_size == sum(sizes) == net.state_size


def test_relu_beside_another_cell_is_refused():
    cells = RNN([[1.0]], [[0.5]], [0.1], "relu", "f"), RNN([[1.0]], [[0.5]], [0.1], "tanh", "b")
    with pytest.raises(RnnhwError) as caught:
        quantize(Network([Bidirectional(*cells, "both")], "many-to-many"), np.ones((1, 2, 1)))
    assert str(caught.value) == "both cells of both must be relu or neither, because their h has one format"


def test_initial_states_fit_their_formats():
    ones = np.ones((4, 1))
    shut = np.array([1.0, -50.0, 1.0, 1.0])  # the forget gate: only the initial state reaches far
    net = Network([LSTM(ones, ones, shut, "a", h0=[1.0], c0=[-50.0])], "many-to-many")
    layer = quantize(net, np.ones((1, 2, 1))).layers[0]
    assert isinstance(layer, QuantizedLSTM)
    assert layer.c == QFormat(16, 9)  # 50 * 512 = 25600
    assert layer.initial_raw.tolist() == [127, -50 * 512]
    relu = Network([RNN([[0.1]], [[0.0]], [0.0], "relu", "a", h0=[30.0])], "many-to-many")
    assert quantize(relu, np.ones((1, 2, 1))).layers[0].h == QFormat(8, 2)
    for h0, shown in ((1.5, "1.5"), (-1.25, "-1.25")):
        outside = Network([gru(np.random.default_rng(0), h0=[0.5, h0, 0.0])], "many-to-many")
        with pytest.raises(RnnhwError) as caught:
            quantize(outside, np.ones((1, 2, 2)))
        assert str(caught.value) == f"h0 of g must be in -1..1, not {shown}"


def test_one_to_many_is_calibrated_on_what_it_feeds_back():
    cell = RNN([[3.0]], [[0.0]], [0.0], "relu", "a")
    net = Network([cell], "one-to-many", steps=3)
    network = quantize(net, np.array([[[1.0]]]))  # 1, then 3 and 9 are fed back; 27 is the last answer
    assert network.input == QFormat(8, 3)
    assert network.result == QFormat(8, 2)
    assert network.run(np.array([[[1.0]]])).tolist() == [[[3.0], [9.0], [27.0]]]
    assert quantize(replace(net, steps=1), np.array([[[1.0]]])).input == QFormat(8, 6)


def test_options_of_the_network_are_kept():
    rng = np.random.default_rng(5)
    options = {"reading": "last-step", "head": "argmax", "sigmoid": "hard-0.2", "tanh": "hard"}
    net = random_network(rng, mode="many-to-one", kinds=["lstm"], **options)
    network = quantize(net, random_batch(rng, net, 3, 4))
    assert {key: getattr(network, key) for key in options} == options
    assert network.steps is None
    assert repr(network).endswith(" -> argmax, many-to-one, 8-bit weights, 8-bit activations>")


def check_cell(cell, source, config) -> None:
    """What holds for every cell, whatever its kind and widths."""
    units = cell.hidden_size
    fractions = [
        (cell.x.frac + w.frac, cell.h.frac + u.frac) for w, u in zip(cell.weight_ih, cell.weight_hh, strict=True)
    ]
    assert len(fractions) == len(cell.gates) == len(source.gates)
    x_shift, h_shift = cell.shifts
    assert min(x_shift, h_shift) == 0
    assert config.activation_bits + max(x_shift, h_shift) <= ELEMENT_BITS
    for gate, (x, h) in enumerate(fractions):
        assert cell.accumulator_frac(gate) == x + x_shift == h + h_shift
        rows = slice(gate * units, (gate + 1) * units)
        for raw, form, exact in (
            (cell.weight_ih_raw[rows], cell.weight_ih[gate], source.weight_ih[rows]),
            (cell.weight_hh_raw[rows], cell.weight_hh[gate], source.weight_hh[rows]),
        ):
            assert (form.width, form.symmetric) == (config.weight_bits, config.symmetric_weights)
            assert form.min_raw <= raw.min() <= raw.max() <= form.max_raw
            assert np.abs(form.to_float(raw) - exact).max() <= form.ulp / 2  # rounded, none clipped
    assert cell.x.width == cell.h.width == config.activation_bits


@pytest.mark.parametrize("activation_bits", range(4, 17))
@pytest.mark.parametrize("symmetric", [False, True])
def test_all_cells_at_all_widths(activation_bits, symmetric):
    for weight_bits in range(2, 17):
        rng = np.random.default_rng(100 * weight_bits + activation_bits)
        kinds = [kind for kind in KINDS if kind != "rnn-relu"] if weight_bits % 2 else CELLS
        net = random_network(rng, largest=4, kinds=kinds)
        x = random_batch(rng, net, 3, 4)
        network = quantize(
            net,
            x,
            random_lengths(rng, 3, x.shape[1]),
            weight_bits=weight_bits,
            activation_bits=activation_bits,
            symmetric_weights=symmetric,
            per_gate=bool(rng.integers(2)),
        )
        for cell, source in zip(network.cells, net.cells, strict=True):
            check_cell(cell, source, network.config)
        form = network.input
        for layer in network.layers:
            assert layer.x == form
            form = layer.output
