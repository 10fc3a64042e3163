"""Saturation counts in cases small enough to follow by hand."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.fixedpoint import QFormat
from rnnhw.quantize import Quantization, QuantizedDense, QuantizedLSTM, QuantizedNetwork

assert rnnhw.golden

X, H, WEIGHT = QFormat(8, 4), QFormat(8, 7), QFormat(8, 3)
POINTS = ("z_i", "z_f", "z_g", "z_o", "c", "zc", "h")


def open_gates(c: QFormat) -> QuantizedLSTM:
    """One unit whose biases of 10 hold all gates open: c grows by almost 1 a step."""
    bias = [10 << 7] * 4  # the accumulator has 4 + 3 = 7 fraction bits
    zero = np.zeros((4, 1), np.int64)
    return QuantizedLSTM("lstm0", zero, zero, np.array(bias), X, H, c, (WEIGHT,) * 4, (QFormat(8, 0),) * 4)


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
