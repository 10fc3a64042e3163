"""Formats by least squared error: no other format, and no other set of formats, has a smaller one."""

import numpy as np
import pytest

import rnnhw.golden  # registers the golden model
from rnnhw.fixedpoint import QFormat
from rnnhw.network import GRU, LSTM, RNN, Dense, Network
from rnnhw.quantize import Quantization, quantize
from rnnhw.quantize.ranges import fraction
from rnnhw.quantize.weights import ELEMENT_BITS
from tests.networks import CELLS, random_batch, random_network

assert rnnhw.golden

MSE = Quantization(method="mse")


def error(values: np.ndarray, form: QFormat, weights=1.0) -> float:
    """Squared error of values brought to a format, one by one."""
    weights, total = np.broadcast_to(weights, values.shape).reshape(-1).tolist(), 0.0
    for value, weight in zip(values.reshape(-1).tolist(), weights, strict=True):
        raw = min(max(int(np.floor(value * 2.0**form.frac + 0.5)), form.min_raw), form.max_raw)
        total += weight * (value - raw * 2.0**-form.frac) ** 2
    return total


SAMPLES = {
    "normal": lambda rng: rng.normal(0, 1, 300),
    "of long tails": lambda rng: rng.standard_t(2, 300),
    "with an outlier": lambda rng: np.append(rng.normal(0, 0.1, 300), 50.0),
    "positive": lambda rng: rng.exponential(3, 300),
    "tiny": lambda rng: rng.normal(0, 1e-9, 50),
    "large": lambda rng: rng.uniform(-1e7, 2e7, 50),
    "two": lambda rng: np.array([-1.0, 0.25]),
    "one": lambda rng: np.array([0.3]),
}


@pytest.mark.parametrize("width", [4, 6, 8, 16])
@pytest.mark.parametrize("kind", SAMPLES)
def test_no_fraction_is_better(kind, width):
    values = SAMPLES[kind](np.random.default_rng(width))
    found = fraction(width, values, MSE)
    errors = {frac: error(values, QFormat(width, frac)) for frac in range(found - 12, found + 13)}
    assert errors[found] <= min(errors.values()) * (1 + 1e-9)


def test_of_equal_errors_the_widest_range_is_taken():
    assert fraction(8, np.array([0.5, -0.75, 1.0]), MSE) == 6  # 1 is no value of s8.7
    assert fraction(8, np.array([0.5, -0.75, -1.0]), MSE) == 7
    assert fraction(8, np.zeros(3), MSE) == 7


def test_outliers_are_clipped_where_that_costs_less():
    """Many fine values and one of twice the range: max-abs keeps it, least squares with few bits does not."""
    values = np.concatenate([np.linspace(-1, 1, 999), [1.9]])
    assert fraction(4, values, Quantization(activation_bits=4)) == 1  # 1.9 * 4 = 7.6
    assert fraction(4, values, MSE) == 3
    assert fraction(12, values, MSE) == 10  # with many bits nothing is worth clipping


def test_headroom_is_kept():
    values = np.linspace(-1.9, 1.9, 101)
    assert fraction(16, values, MSE, 1.0) == fraction(16, values, Quantization(), 1.0) == 13


def columns(x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean squares of the inputs, and of the states before each step, which begin with zero."""
    before = np.concatenate([np.zeros((len(h), 1, h.shape[2])), h[:, :-1]], axis=1)
    return (x**2).mean(axis=(0, 1)), (before**2).mean(axis=(0, 1))


def best_of_all(net, x, bits: int, activation_bits: int, per_gate: bool, frac_x: int) -> float:
    """The smallest error of the pre-activations over all fractions of both matrices that can be aligned."""
    (cell,) = net.layers
    _, trace = net.run(x, trace=True)
    seen = columns(x, trace[cell.name]["h"])
    gates = len(cell.gates) if per_gate else 1
    fracs, best = range(-3, 12), np.inf
    tables = [
        [{f: error(part, QFormat(bits, f), mean) for f in range(-30, 45)} for part in np.split(weights, gates)]
        for weights, mean in zip((cell.weight_ih, cell.weight_hh), seen, strict=True)
    ]
    for difference in range(-20, 21):
        if abs(difference + activation_bits - 1 - frac_x) <= ELEMENT_BITS - activation_bits:
            ways = [[tables[0][g][f] + tables[1][g][f + difference] for f in fracs] for g in range(gates)]
            best = min(best, sum(min(way) for way in ways))
    return best


@pytest.mark.parametrize(("weight_bits", "activation_bits"), [(2, 8), (3, 4), (4, 8), (5, 14), (8, 16)])
@pytest.mark.parametrize("per_gate", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn-tanh"])
def test_no_set_of_aligned_weights_is_better(kind, per_gate, weight_bits, activation_bits):
    rng = np.random.default_rng(weight_bits)
    rows = {"lstm": 4, "gru": 3, "rnn-tanh": 1}[kind]
    scale = np.repeat(2.0 ** rng.integers(-3, 3, rows), 2)[:, None]
    arrays = (
        rng.normal(0, 1, (2 * rows, 3)) * scale,
        rng.normal(0, 0.2, (2 * rows, 2)) * scale,
        rng.normal(0, 1, 2 * rows),
    )
    cell = {
        "lstm": lambda: LSTM(*arrays, "a"),
        "gru": lambda: GRU(*arrays, rng.normal(0, 1, 2), True, "a"),
        "rnn-tanh": lambda: RNN(*arrays, "tanh", "a"),
    }[kind]()
    net = Network([cell], "many-to-many")
    x = rng.normal(0, 1, (4, 5, 3)) * np.array([3.0, 0.1, 1.0])
    widths = {"weight_bits": weight_bits, "activation_bits": activation_bits}
    (made,) = quantize(net, x, **widths, per_gate=per_gate, method="mse").layers
    _, trace = net.run(x, trace=True)
    total = 0.0
    for weights, forms, seen in zip(
        (cell.weight_ih, cell.weight_hh), (made.weight_ih, made.weight_hh), columns(x, trace["a"]["h"]), strict=True
    ):
        total += sum(error(part, form, seen) for part, form in zip(np.split(weights, rows), forms, strict=True))
    assert total <= best_of_all(net, x, weight_bits, activation_bits, per_gate, made.x.frac) * (1 + 1e-9)
    assert activation_bits + max(made.shifts) <= ELEMENT_BITS
    assert len(set(made.weight_ih)) == 1 or per_gate


def test_columns_that_see_nothing_do_not_count():
    """A large weight of an input that is always zero is clipped, as no pre-activation feels it."""
    cell = RNN(np.array([[0.3, 100.0], [-0.2, 50.0]]), np.full((2, 2), 0.25), np.zeros(2), "tanh", "a")
    dense = Dense(np.array([[0.6, 0.1]]), np.zeros(1), "linear", "d")
    net = Network([cell, dense], "many-to-one")
    x = np.ones((3, 4, 2)) * np.array([1.0, 0.0])
    made = quantize(net, x, weight_bits=4, method="mse").layers[0]
    assert made.weight_ih[0].frac >= 3
    assert made.weight_ih_raw[:, 1].tolist() == [7, 7]
    assert quantize(net, x, weight_bits=4).layers[0].weight_ih[0].frac < 0


@pytest.mark.parametrize("kind", CELLS)
def test_weights_of_one_bit(kind):
    """Their scale, too, has the least error of all powers of two; here without an alignment that limits it."""
    rng = np.random.default_rng(3)
    net = random_network(rng, inputs=3, hidden=[4], outputs=[2], kinds=[kind], mode="many-to-one", head="none")
    x = random_batch(rng, net, 5, 6)
    dense = quantize(net, x, weight_bits=1, method="mse").layers[-1]
    _, trace = net.run(x, trace=True)
    seen = (trace["fc0"]["x"] ** 2).mean(axis=0)
    signs = np.where(net.layers[-1].weight >= 0, 1.0, -1.0)
    errors = {f: float(((net.layers[-1].weight - signs * 2.0**-f) ** 2 * seen).sum()) for f in range(-6, 9)}
    assert dense.weight == QFormat(2, min(errors, key=errors.get), symmetric=True)


def test_a_coarser_format_is_seen():
    """Control: the error that the others are held against grows with a step to either side."""
    values = np.random.default_rng(0).normal(0, 1, 500)
    found = fraction(6, values, MSE)
    best = error(values, QFormat(6, found))
    assert error(values, QFormat(6, found - 1)) > 1.5 * best
    assert error(values, QFormat(6, found + 1)) > 1.5 * best
