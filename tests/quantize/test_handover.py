"""States from one network's formats to another's."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest

import rnnhw
from rnnhw.errors import RnnhwError
from rnnhw.quantize import handover
from tests.networks import random_network


def network(seed: int, kinds, hidden, bits: int):
    rng = np.random.default_rng(seed)
    net = random_network(rng, kinds=kinds, inputs=2, hidden=hidden, outputs=[], mode="many-to-many", head="none")
    return rnnhw.quantize(net, rng.normal(0, 1, (3, 4, 2)), activation_bits=bits)


@pytest.mark.parametrize(("kind", "bits"), [("lstm", (8, 8)), ("lstm", (12, 6)), ("gru", (5, 9)), ("rnn-relu", (9, 7))])
def test_each_element_by_its_value(kind, bits):
    first, second = (network(seed, (kind,), [3, 2], width) for seed, width in enumerate(bits))
    rng = np.random.default_rng(4)
    forms = [
        (form, other)
        for (form, n), (other, _) in zip(first.state_formats, second.state_formats, strict=True)
        for _ in range(n)
    ]
    state = np.stack([rng.integers(form.min_raw, form.max_raw + 1, 50) for form, _ in forms], axis=1)
    state[0], state[1] = [form.min_raw for form, _ in forms], [form.max_raw for form, _ in forms]
    taken = handover(first, second, state)
    assert taken.dtype == np.int64
    for row, found in zip(state.tolist(), taken.tolist(), strict=True):
        for raw, got, (form, other) in zip(row, found, forms, strict=True):
            nearest = floor(Fraction(raw) * Fraction(2) ** (other.frac - form.frac) + Fraction(1, 2))
            assert got == min(max(nearest, other.min_raw), other.max_raw)
    second.run_raw(np.zeros((50, 1, 2), np.int64), initial_state=taken)  # it takes them


def test_the_same_formats_change_nothing():
    net = network(1, ("lstm",), [3], 8)
    _, state = net.run_raw(np.arange(12).reshape(2, 3, 2), return_state=True)
    assert np.array_equal(handover(net, net, state), state)


@pytest.mark.parametrize(
    ("kinds", "hidden", "message"),
    [
        (("gru",), [3], r"cell lstm0 of the encoder \(lstm, 3 units\) cannot hand its state to gru0 of the decoder"),
        (("lstm",), [4], r"to lstm0 of the decoder \(lstm, 4 units\)"),
        (("lstm",), [3, 3], "the encoder has 1 cells, the decoder 2"),
    ],
)
def test_other_cells_are_refused(kinds, hidden, message):
    with pytest.raises(RnnhwError, match=message):
        handover(network(0, ("lstm",), [3], 8), network(1, kinds, hidden, 8), np.zeros((1, 6), int))


def test_other_states_are_refused():
    net = network(0, ("lstm",), [3], 8)
    with pytest.raises(RnnhwError, match="must have the shape"):
        handover(net, net, np.zeros((2, 5), int))
    with pytest.raises(RnnhwError, match="must have the shape"):
        handover(net, net, np.zeros(6, int))
    with pytest.raises(RnnhwError, match="must be integers, not float64"):
        handover(net, net, np.zeros((2, 6)))
    with pytest.raises(RnnhwError, match=r"must be in -128\.\.127"):
        handover(net, net, np.full((2, 6), 128))
    with pytest.raises(TypeError, match="decoder must be a QuantizedNetwork, not int"):
        handover(net, 3, np.zeros((2, 6), int))
