"""The weight and bias memories, taken apart again word by word and held against the layers."""

import numpy as np
import pytest

from rnnhw.plan import make_plan
from rnnhw.plan.passes import ROW_GATES
from rnnhw.quantize import QuantizedLSTM

from .cases import make_network, random_case

GATES = "ifgo"  # order in the layers
ROWS = "igfo"  # order in the memory, within a unit


def signed(word: int, bits: int) -> int:
    return word - (word >> (bits - 1) << bits)


def expected_rows(layer, first_layer: bool) -> list[list[int]]:
    """All rows of a pass in the order of use, in Python integers."""
    if not isinstance(layer, QuantizedLSTM):
        return layer.weight_raw.tolist()
    rows = []
    for unit in range(layer.hidden_size):
        for gate in ROWS:
            index = GATES.index(gate) * layer.hidden_size + unit
            x, h = layer.weight_ih_raw[index].tolist(), layer.weight_hh_raw[index].tolist()
            rows.append(x + h if first_layer else h + x)
    return rows


def unpack(words: list[int], rows: int, columns: int, lanes: int, bits: int) -> list[list[int]]:
    """Rows of a pass from its memory words; the lanes beyond the last row have to be zero."""
    groups = -(-rows // lanes)
    assert len(words) == groups * columns
    table = [[0] * columns for _ in range(groups * lanes)]
    for address, word in enumerate(words):
        group, column = divmod(address, columns)
        for lane in range(lanes):
            table[group * lanes + lane][column] = signed(word >> (lane * bits) & (2**bits - 1), bits)
        assert word >> (lanes * bits) == 0
    assert not any(map(any, table[rows:]))
    return table[:rows]


def check_weights(network, lanes: int) -> int:
    plan, checked = make_plan(network, lanes=lanes), 0
    words = plan.weight_words
    assert all(type(word) is int for word in words)
    assert len(words) == plan.memories["weights"].depth
    for index, layer in enumerate(network.layers):
        rows = expected_rows(layer, index == 0)
        size = -(-len(rows) // lanes) * len(rows[0])
        bits = network.config.weight_bits
        assert unpack(words[:size], len(rows), len(rows[0]), lanes, bits) == rows
        words, checked = words[size:], checked + len(rows)
    assert not words
    return checked


def test_row_order():
    assert "".join(ROW_GATES) == ROWS


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5, 7, 8, 15, 16, 19, 20])
def test_words_hold_the_weights_for_any_number_of_lanes(lanes):
    assert check_weights(make_network(3, [5, 4], [6, 2]), lanes) == 20 + 16 + 6 + 2


@pytest.mark.parametrize("weight_bits", range(2, 17))
def test_words_hold_weights_of_any_width(weight_bits):
    assert check_weights(make_network(2, [3], [2], weight_bits=weight_bits), 5) == 14


@pytest.mark.parametrize("seed", range(15))
def test_words_of_random_networks(seed):
    assert check_weights(*random_case(seed)) > 0


def rounding_part(shift: int, rounding: str) -> int:
    """Half of what is shifted out, where the mode adds it before flooring."""
    return 2**shift // 2 if rounding == "half_up" and shift > 0 else 0


@pytest.mark.parametrize("rounding", ["floor", "half_up", "half_even", {"z": "floor", "y": "half_up"}], ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_biases_carry_the_rounding_constants(seed, rounding):
    bits = [8, 4, 12, 16][seed]
    network = make_network(3, [5, 4], [6, 2], seed=seed, activation_bits=bits, per_gate=True, rounding=rounding)
    plan = make_plan(network, lanes=3)
    expected, modes = [], network.config.rounding
    for layer, item in zip(network.layers, plan.passes, strict=True):
        if isinstance(layer, QuantizedLSTM):
            z_frac = {"i": bits - 2, "f": bits - 2, "o": bits - 2, "g": bits - 1}
            shifts = [layer.accumulator_frac(GATES.index(gate)) - z_frac[gate] for gate in ROWS]
            assert list(item.shifts) == shifts
            for unit in range(layer.hidden_size):
                for gate, shift in zip(ROWS, shifts, strict=True):
                    raw = int(layer.bias_raw[GATES.index(gate) * layer.hidden_size + unit])
                    expected.append(raw + rounding_part(shift, modes["z"]))
        else:
            shift = layer.accumulator_frac - layer.y.frac
            assert item.shifts == (shift,)
            expected += [raw + rounding_part(shift, modes["y"]) for raw in layer.bias_raw.tolist()]
    words = plan.bias_words
    assert all(type(word) is int for word in words)
    assert all(0 <= word < 2**plan.accumulator_bits for word in words)
    assert [signed(word, plan.accumulator_bits) for word in words] == expected


@pytest.mark.parametrize("seed", range(10))
def test_accumulators_hold_the_worst_case_and_no_bit_more_than_one(seed):
    """Every input at the end of its range at which a row's sum is largest, the bias memory's word added."""
    network, lanes = random_case(seed)
    plan, worst = make_plan(network, lanes=lanes), 0
    biases = iter([signed(word, plan.accumulator_bits) for word in plan.bias_words])
    low, high = network.input.min_raw, network.input.max_raw
    for item in plan.passes:
        shifts = np.repeat([s.shift for s in item.segments], [s.length for s in item.segments]).tolist()
        for row in item.weights_raw.tolist():
            ends = [sorted((w * low << s, w * high << s)) for w, s in zip(row, shifts, strict=True)]
            bias = next(biases)
            for total in (sum(end[0] for end in ends), sum(end[1] for end in ends)):
                worst = max(worst, abs(total), abs(total + bias))
    assert worst < 2 ** (plan.accumulator_bits - 1)
    assert worst >= 2 ** (plan.accumulator_bits - 4)
