"""Saturation counts in cases small enough to follow by hand."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import (
    Quantization,
    QuantizedDense,
    QuantizedGRU,
    QuantizedLSTM,
    QuantizedNetwork,
    QuantizedRNN,
)

assert rnnhw.golden

X, H, WEIGHT = QFormat(8, 4), QFormat(8, 7), QFormat(8, 3)
POINTS = ("z_i", "z_f", "z_g", "z_o", "c", "zc", "h")


def open_gates(c: QFormat) -> QuantizedLSTM:
    """One unit whose biases of 10 hold all gates open: c grows by almost 1 a step."""
    bias = [10 << 7] * 4  # the accumulator has 4 + 3 = 7 fraction bits
    zero = np.zeros((4, 1), np.int64)
    return QuantizedLSTM(**cell("lstm0", zero, zero, bias), c=c)


def cell(name: str, weight_ih_raw, weight_hh_raw, bias_raw) -> dict:
    """What all cells take, with products of 7 fraction bits."""
    gates = len(weight_hh_raw) // weight_hh_raw.shape[1]
    return {
        "name": name,
        "weight_ih_raw": weight_ih_raw,
        "weight_hh_raw": weight_hh_raw,
        "bias_raw": np.array(bias_raw),
        "x": X,
        "h": H,
        "weight_ih": (WEIGHT,) * gates,
        "weight_hh": (QFormat(8, 0),) * gates,
    }


# sigma = 255/256 and tanh = 127/128 in every step, so that with 8 fraction bits
# c = 253, 505, 756, 1006, 1255, 1503, 1750, 1996, and zc = c / 2 has to stay below 512
@pytest.mark.parametrize(
    ("c", "states", "clipped_c", "clipped_zc"),
    [
        (QFormat(16, 8), [253, 505, 756, 1006, 1255, 1503, 1750, 1996], 0, 4),
        (QFormat(10, 8), [253, 505, 511, 511, 511, 511, 511, 511], 6 + 1, 0),
    ],
    ids=str,
)
def test_cell_state(c, states, clipped_c, clipped_zc):
    network = QuantizedNetwork("hand", "many-to-many", (open_gates(c),), Quantization())
    x_raw = np.zeros((2, 8, 1), np.int64)
    lengths = [8, 3]  # what comes after the third step of the second sequence does not count
    _, trace = network.run_raw(x_raw, lengths, trace=True)
    assert trace.signals["lstm0"]["c"][0, :, 0].tolist() == states
    assert trace.signals["lstm0"]["z_i"][0, :, 0].tolist() == [511] * 8
    assert trace.signals["lstm0"]["i"][0, :, 0].tolist() == [255] * 8
    assert trace.signals["lstm0"]["g"][0, :, 0].tolist() == [127] * 8
    counts = {point: trace.saturations["lstm0", point] for point in POINTS}
    assert counts == {"z_i": 11, "z_f": 11, "z_g": 11, "z_o": 11, "c": clipped_c, "zc": clipped_zc, "h": 0}
    assert {trace.samples["lstm0", point] for point in POINTS} == {11}
    assert set(trace.saturations) == {("lstm0", point) for point in POINTS}


@pytest.mark.parametrize(("mode", "answers"), [("many-to-one", 2), ("many-to-many", 11)])
def test_dense_outputs_are_counted_where_they_answer(mode, answers):
    weights = np.array([[127], [-127], [1]])
    dense = QuantizedDense("fc0", weights, np.zeros(3), H, QFormat(8, 7), QFormat(8, 5), relu=True)
    network = QuantizedNetwork("hand", mode, (open_gates(QFormat(16, 8)), dense), Quantization())
    y_raw, trace = network.run_raw(np.zeros((2, 8, 1), np.int64), [8, 3], trace=True)
    assert trace.saturations["fc0", "y"] == 2 * answers  # 3.97 * h, both signs; h is 0.75 and more
    assert trace.samples["fc0", "y"] == 3 * answers
    last = y_raw if mode == "many-to-one" else y_raw[[0, 1], [7, 2]]
    assert last[:, :2].tolist() == [[127, 0]] * 2  # relu comes after saturation


def test_input_values_are_counted():
    network = QuantizedNetwork("hand", "many-to-many", (open_gates(QFormat(16, 8)),), Quantization())
    x = np.array([[[0.1], [7.9375], [7.96], [100.0]], [[-8.0], [-8.04], [-100.0], [50.0]]])
    _, trace = network.run(x, [4, 3], trace=True)
    assert trace.signals["input"]["x"][..., 0].tolist() == [[2, 127, 127, 127], [-128, -128, -128, 127]]
    assert trace.saturations["input", "x"] == 3  # 100, -8.04 and -100; 7.96 is within half a step
    assert trace.samples["input", "x"] == 7


def test_a_cell_format_of_many_fraction_bits_stays_exact():
    """The aligned sum has more than 64 bits; nothing may wrap."""
    network = QuantizedNetwork("hand", "many-to-many", (open_gates(QFormat(16, 70)),), Quantization())
    _, trace = network.run_raw(np.zeros((1, 3, 1), np.int64), trace=True)
    assert trace.signals["lstm0"]["c"][0, :, 0].tolist() == [2**15 - 1] * 3
    assert trace.saturations["lstm0", "c"] == 3


def test_the_product_of_a_gru_with_its_state():
    """r and z of 255/256; ``p = 4 h - 1.5`` saturates a format of -1 .. 1, and counts there alone."""
    zero, state = np.zeros((3, 1), np.int64), np.array([[0], [0], [4]])
    form = QFormat(10, 9)
    common = cell("gru0", zero, state, [10 << 7, 10 << 7, 0]) | {"initial_raw": np.array([64])}
    gru = QuantizedGRU(**common, reset_after=True, bias_hn_raw=np.array([-192]), p=form)
    network = QuantizedNetwork("hand", "many-to-many", (gru,), Quantization())
    _, trace = network.run_raw(np.zeros((2, 3, 1), np.int64), [3, 1], trace=True)
    signals = {name: array[0, :, 0].tolist() for name, array in trace.signals["gru0"].items()}
    assert signals["a_nh"][0] == 4 * 64 - 192  # 0.5
    assert signals["p"][0] == 256
    assert signals["z_n"][0] == 64  # 255/256 of 0.5, with 7 fraction bits
    assert signals["n"][0] == round(np.tanh(0.5) * 128) == 59
    assert signals["h"][0] == round(59 + 255 / 256 * (64 - 59))
    assert set(trace.saturations) == {("gru0", point) for point in ("z_r", "z_z", "p", "z_n", "h")}
    assert trace.saturations["gru0", "z_r"] == trace.saturations["gru0", "z_z"] == 4
    assert trace.saturations["gru0", "p"] == 0
    low = QuantizedGRU(**common, reset_after=True, bias_hn_raw=np.array([-1920]), p=form)
    _, trace = QuantizedNetwork("hand", "many-to-many", (low,), Quantization()).run_raw(
        np.zeros((2, 3, 1), np.int64), [3, 1], trace=True
    )
    assert trace.signals["gru0"]["p"][0, 0, 0] == form.min_raw
    assert trace.saturations["gru0", "p"] == trace.samples["gru0", "p"] == 4


def test_a_relu_cell_saturates_above_and_is_zero_below():
    """``h' = 3 h + x``; the rounded value is clipped at the format, negative ones count only past its end."""
    common = cell("rnn0", np.array([[8]]), np.array([[3]]), [0])
    network = QuantizedNetwork("hand", "many-to-many", (QuantizedRNN(**common, activation="relu"),), Quantization())
    x_raw = np.array([[[4], [4], [-8], [1]], [[-16], [-128], [127], [0]]])  # 16 stands for 1, of h 128
    y_raw, trace = network.run_raw(x_raw, trace=True)
    assert y_raw[..., 0].tolist() == [[32, 127, 127, 127], [0, 0, 127, 127]]
    assert trace.signals["rnn0"]["a"][..., 0].tolist() == [[32, 128, 317, 389], [-128, -1024, 1016, 381]]
    assert trace.saturations == {("rnn0", "h"): 3 + 3}
