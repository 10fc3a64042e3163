"""Weight and bias words taken apart again and held against the layers; addresses and slack by a walk of their own."""

import numpy as np
import pytest

from rnnhw.plan import ROWS, make_plan

from .cases import CELLS, limits, make_network, random_case, random_plan

BASE = {"tanh": "rnn", "relu": "relu"}


def kinds_of(cell) -> list[str]:
    """Kinds of a cell's passes, written down a second time."""
    if cell.kind == "gru":
        return ["gru"] if cell.reset_after else ["reset", "candidate"]
    return [BASE[cell.activation]] if cell.kind == "rnn" else ["lstm"]


def signed(word: int, bits: int) -> int:
    return word - (word >> (bits - 1) << bits)


class Walk:
    """Yields the memory's fields in order: for each group, column word, pipeline, lane, column."""

    def __init__(self, plan):
        self.plan, self.words = plan, iter(plan.weight_words)
        self.bits = plan.network.config.weight_bits
        self.shape = plan.geometry

    def read(self, rows, pieces) -> int:
        """Hold a pass against its matrix: rows by unit and gate, and the vectors that its columns belong to."""
        shape, units, gates = self.shape, len(rows), len(rows[0])
        rounds = -(-units // shape.pipelines)
        groups = -(-rounds * gates // shape.lanes)
        starts = np.cumsum([0, *pieces]).tolist()
        words = [
            [first + k if k < length - (first - start) else None for k in range(shape.columns)]
            for start, length in zip(starts, pieces, strict=False)
            for first in range(start, start + length, shape.columns)
        ]
        for group in range(groups):
            for columns in words:
                word = next(self.words)
                for pipeline in range(shape.pipelines):
                    for lane in range(shape.lanes):
                        row = group * shape.lanes + lane
                        unit, gate = row // gates * shape.pipelines + pipeline, row % gates
                        for column in columns:
                            there = unit < units and row < rounds * gates and column is not None
                            want = rows[unit][gate][column] if there else 0
                            self.field(word, want)
                            word >>= self.bits
                assert word == 0
        return groups * len(words)

    def field(self, word: int, want: int) -> None:
        """One bit says whether a weight is -1, so that what stands beside the matrix counts as +1."""
        if self.bits == 1:
            assert word & 1 == (want == -1)
        else:
            assert signed(word & (2**self.bits - 1), self.bits) == want


def matrices(plan):
    """For each pass: name, its rows by unit and gate, and lengths of the vectors, in the order of use."""
    for layer in plan.layers:
        if layer.kind == "dense":
            yield layer.name, [[row] for row in layer.weight_raw.tolist()], None
            continue
        for cell in layer.cells:
            for kind in kinds_of(cell):
                first = layer is plan.layers[0] or kind == "candidate"
                yield cell.name, cell_rows(cell, kind, first), first


def cell_rows(cell, kind: str, x_first: bool):
    size, rows = cell.hidden_size, []
    for unit in range(size):
        rows.append([])
        for gate in ROWS[kind]:
            at = (cell.gates.index(gate) if len(cell.gates) > 1 else 0) * size + unit
            x, h = cell.weight_ih_raw[at].tolist(), cell.weight_hh_raw[at].tolist()
            rows[-1].append(x + h if x_first else h + x)
    return rows


def check_weights(plan) -> int:
    walk, number = Walk(plan), 0
    for item, (name, rows, x_first) in zip(plan.passes, matrices(plan), strict=True):
        lengths = [segment.length for segment in item.segments]
        assert (item.name, item.units, len(item.gates)) == (name, len(rows), len(rows[0]))
        assert sum(lengths) == len(rows[0][0])
        if x_first is not None:
            assert lengths == [item.layer.input_size, item.units][:: 1 if x_first else -1]
        assert walk.read(rows, lengths) == item.cycles
        number += item.cycles
    assert next(walk.words, None) is None
    assert number == plan.memories["weights"].depth == len(plan.weight_words)
    return number


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize(("lanes", "columns"), [(1, 1), (3, 1), (4, 2), (5, 3), (8, 1), (10, 4)])
def test_words_hold_the_weights(kind, lanes, columns):
    network = make_network(3, [5, 4], [6, 2], kind=kind)
    lanes = min(lanes, limits(network)[0])
    for engine in make_plan(network, lanes=lanes, columns_per_cycle=columns).engines:
        assert check_weights(engine) > 0


@pytest.mark.parametrize("pipelines", [1, 2, 3, 5])
def test_words_of_given_pipelines(pipelines):
    engine = make_plan(make_network(3, [5], [3]), lanes=11, pipelines=pipelines).engines[0]
    assert engine.geometry.pipelines == pipelines
    assert check_weights(engine) > 0


@pytest.mark.parametrize("seed", range(40))
def test_words_of_random_networks(seed):
    for engine in random_plan(seed).engines:
        assert check_weights(engine) > 0


def test_a_wrong_weight_is_found():
    """Control: the walk sees a changed bit."""
    engine = make_plan(make_network(3, [4]), lanes=4).engines[0]
    engine.weight_words[7] ^= 1 << 9
    with pytest.raises(AssertionError):
        check_weights(engine)


def rounding_part(shift: int, rounding: str) -> int:
    """Half of what is shifted out, where the mode adds it before flooring."""
    return 2**shift // 2 if rounding == "half_up" and shift > 0 else 0


@pytest.mark.parametrize("rounding", ["floor", "half_up", "half_even", {"z": "floor", "y": "half_up"}], ids=str)
@pytest.mark.parametrize("bits", [4, 8, 16])
def test_biases_of_an_lstm_carry_the_rounding_constants(bits, rounding):
    network = make_network(3, [5, 4], [6, 2], seed=bits, activation_bits=bits, per_gate=True, rounding=rounding)
    engine = make_plan(network, lanes=3).engines[0]
    expected, modes = [], network.config.rounding
    for layer, item in zip(network.layers, engine.passes, strict=True):
        if layer.kind == "dense":
            shift = layer.accumulator_frac - layer.y.frac
            assert item.shifts == (shift,)
            expected += [raw + rounding_part(shift, modes["y"]) for raw in layer.bias_raw.tolist()]
            continue
        z_frac = {"i": bits - 2, "f": bits - 2, "o": bits - 2, "g": bits - 1}
        shifts = [layer.accumulator_frac("ifgo".index(gate)) - z_frac[gate] for gate in "igfo"]
        assert list(item.shifts) == shifts
        for unit in range(layer.hidden_size):
            for gate, shift in zip("igfo", shifts, strict=True):
                raw = int(layer.bias_raw["ifgo".index(gate) * layer.hidden_size + unit])
                expected.append(raw + rounding_part(shift, modes["z"]))
    words = engine.bias_words
    assert all(type(word) is int and 0 <= word < 2**engine.accumulator_bits for word in words)
    assert [signed(word, engine.accumulator_bits) for word in words] == expected


def test_the_two_biases_of_a_candidate():
    network = make_network(3, [5], kind="gru", rounding="floor")
    engine, cell = make_plan(network, lanes=3).engines[0], network.layers[0]
    words = [signed(word, engine.accumulator_bits) for word in engine.bias_words]
    second = [signed(word, engine.accumulator_bits) for word in engine.input_bias_words]
    assert words[0::3] == cell.bias_raw[:5].tolist()
    assert words[1::3] == cell.bias_raw[5:10].tolist()
    assert words[2::3] == cell.bias_hn_raw.tolist()
    assert second == cell.bias_raw[10:].tolist()


@pytest.mark.parametrize("seed", range(12))
def test_accumulators_hold_the_worst_case_and_no_bit_more_than_needed(seed):
    """Every input at the end of its range at which a row's sum is largest, the bias memory's word added."""
    network = random_case(seed, kinds=["lstm", "rnn-tanh", "rnn-relu", "gru-before"])
    for engine in make_plan(network, lanes=1, engines="per-layer").engines:
        worst, low, high = 0, network.input.min_raw, network.input.max_raw
        biases = iter([signed(word, engine.accumulator_bits) for word in engine.bias_words])
        for item in engine.passes:
            shifts = np.repeat([s.shift for s in item.segments], [s.length for s in item.segments]).tolist()
            for row in item.weights_raw.reshape(item.rows, -1).tolist():
                ends = [sorted((w * low << s, w * high << s)) for w, s in zip(row, shifts, strict=True)]
                bias = next(biases)
                for total in (sum(end[0] for end in ends), sum(end[1] for end in ends)):
                    worst = max(worst, abs(total), abs(total + bias))
        assert worst < 2 ** (engine.accumulator_bits - 1)
        assert worst >= 2 ** (engine.accumulator_bits - 4)
