"""Pipeline positions: those of the documents, and what must hold among them."""

import itertools

import numpy as np
import pytest

from rnnhw.plan import ROWS, Timing
from rnnhw.plan.timing import tree_registers

KINDS = [kind for kind in ROWS if kind != "dense"]
SECOND = {"lstm": "o", "gru": "n"}  # kinds with a second value for the table, and the row behind which it comes
MULTIPLIED = {"lstm": "gf", "gru": "n", "reset": "r", "candidate": "n"}  # rows whose table value is multiplied at once
VARIANTS = [
    pytest.param(latency, registers, adders, id=f"{latency}-{registers}-{'adders' if adders else 'block'}")
    for latency, registers, adders in itertools.product((1, 3), ("few", "many"), (False, True))
]
COMMON = ("capture", "multiply", "update", "sum", "choice", "direct", "table_latency", "activation", "product")
COMMON += ("cell_written",)
POSITIONS = {  # latency of the table, registers, adders -> those of all kinds
    (1, "few", False): (3, 2, 2, 1, 1, 2, 1, 3, 5, 6),
    (3, "few", False): (3, 2, 2, 1, 1, 2, 3, 5, 7, 8),
    (1, "few", True): (3, 2, 2, 1, 1, 2, 1, 3, 5, 6),
    (1, "many", False): (5, 3, 3, 2, 3, 4, 4, 8, 11, 13),
    (1, "many", True): (5, 3, 4, 2, 3, 4, 4, 8, 12, 14),
    (3, "many", False): (5, 3, 3, 2, 3, 4, 6, 10, 13, 15),
    (3, "many", True): (5, 3, 4, 2, 3, 4, 6, 10, 14, 16),
}
SECONDS = {  # the same -> second pre-activation, blocked, second activation of an lstm, of a gru
    (1, "few", False): ((5, 4, 7), (6, 5, 8)),
    (3, "few", False): ((7, 6, 11), (8, 7, 12)),
    (1, "many", False): ((13, 10, 18), (13, 10, 18)),
    (1, "many", True): ((14, 11, 19), (14, 11, 19)),
    (3, "many", False): ((15, 12, 22), (15, 12, 22)),
}
READY = {  # the same -> by kind
    (1, "few", False): {"lstm": 9, "gru": 10, "reset": 5, "candidate": 5, "rnn": 3, "relu": 2, "dense": 2},
    (1, "many", False): {"lstm": 22, "gru": 23, "reset": 13, "candidate": 13, "rnn": 8, "relu": 4, "dense": 4},
    (1, "many", True): {"lstm": 24, "gru": 25, "reset": 14, "candidate": 14, "rnn": 8, "relu": 4, "dense": 4},
    (3, "many", False): {"lstm": 26, "gru": 27, "reset": 15, "candidate": 15, "rnn": 10, "relu": 4, "dense": 4},
}


def make(latency: int, registers: str, adders: bool, kinds=("lstm",), columns: int = 1) -> Timing:
    return Timing(latency, frozenset(kinds), columns, registers, adders)


@pytest.mark.parametrize("variant", POSITIONS)
def test_positions(variant):
    timing = make(*variant)
    assert tuple(getattr(timing, name) for name in COMMON) == POSITIONS[variant]


@pytest.mark.parametrize("variant", SECONDS)
def test_second_values(variant):
    timing = make(*variant)
    for kind, wanted in zip(("lstm", "gru"), SECONDS[variant], strict=True):
        seen = timing.second_preactivation(kind), timing.blocked(kind), timing.second_activation(kind)
        assert seen == wanted


@pytest.mark.parametrize("variant", READY)
def test_results(variant):
    for kind, ready in READY[variant].items():
        timing = make(*variant, (kind,))
        assert timing.ready(kind) == timing.result == timing.written(kind) == ready


def test_without_anything_said():
    """An LSTM, a plain table, one column, few registers."""
    assert Timing(1) == make(1, "few", False)


@pytest.mark.parametrize("registers", ["few", "many"])
def test_an_interpolated_table_takes_two_cycles_more_each_time(registers):
    for kind, times in {"lstm": 2, "gru": 2, "candidate": 1, "reset": 1, "rnn": 1, "relu": 0}.items():
        plain, interpolated = (make(latency, registers, False, (kind,)).ready(kind) for latency in (1, 3))
        assert interpolated - plain == 2 * times


@pytest.mark.parametrize("latency", [1, 3])
def test_a_multiplier_of_adders_takes_a_cycle_more_each_time(latency):
    """With many registers; what needs no product is as early as ever."""
    for kind, times in {"lstm": 2, "gru": 2, "candidate": 1, "reset": 1, "rnn": 0, "relu": 0}.items():
        block, adders = (make(latency, "many", adders, (kind,)).ready(kind) for adders in (False, True))
        assert adders - block == times
        assert make(latency, "few", True, (kind,)).ready(kind) == make(latency, "few", False, (kind,)).ready(kind)


@pytest.mark.parametrize(
    ("columns", "few", "many"),
    [
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 1),
        (4, 0, 1),
        (5, 1, 1),
        (9, 1, 2),
        (32, 1, 2),
        (33, 2, 3),
        (256, 2, 4),
        (257, 3, 4),
    ],
)
def test_registers_of_the_adder_tree(columns, few, many):
    """Three or two levels of adders between two registers, the accumulator's own being one of them."""
    assert tree_registers(columns) == tree_registers(columns, "few") == few
    assert tree_registers(columns, "many") == many
    assert make(1, "few", False, columns=columns).capture == 3 + few
    assert make(1, "many", False, columns=columns).capture == 5 + many


@pytest.mark.parametrize(("latency", "registers", "adders"), VARIANTS)
def test_results_come_in_the_order_of_their_rows(latency, registers, adders):
    """Whatever kinds an engine runs, each is ready when the common result position comes."""
    for count in (1, 2, 3):
        for kinds in itertools.combinations(KINDS, count):
            timing = make(latency, registers, adders, kinds)
            assert {timing.written(kind) for kind in kinds} == {timing.result}
            assert timing.result == max(timing.ready(kind) for kind in kinds)
            assert timing.written("dense") == timing.direct <= timing.result


def units(timing, kinds, blocked_of, gap=None):
    """Issue units of such kinds; returns the cycles in which a value takes the table, and of products."""
    cycle, blocked, table, products = 0, set(), [], []
    for kind in kinds:
        for gate in ROWS[kind] or ("",):
            cycle += 1 + (gap() if gap else 0)
            while cycle in blocked:
                cycle += 1
            if kind not in ("relu", "dense"):
                table.append(cycle + timing.choice)
            if gate in MULTIPLIED.get(kind, ""):
                products.append(cycle + timing.activation)
        if kind in SECOND:
            blocked.add(cycle + blocked_of(kind))
            table.append(cycle + timing.second_preactivation(kind))
            products.append(cycle + timing.second_activation(kind))
    return table, products


@pytest.mark.parametrize(("latency", "registers", "adders"), VARIANTS)
def test_no_two_values_want_the_table_in_one_cycle(latency, registers, adders):
    """Units of both kinds that block it, in any order, each right behind the other; nor the multiplier."""
    timing = make(latency, registers, adders, SECOND)
    for kind in SECOND:
        assert timing.blocked(kind) >= 2  # known a cycle ahead, when the row is under way
    for order in itertools.product(SECOND, repeat=6):
        for taken in units(timing, order, timing.blocked):
            assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(("latency", "registers", "adders"), VARIANTS)
def test_nor_among_units_of_all_kinds(latency, registers, adders):
    """With pauses, and units of kinds that block nothing between."""
    timing, rng = make(latency, registers, adders, KINDS), np.random.default_rng(latency)
    for _ in range(30):
        order = rng.choice([*KINDS, "dense"], 40).tolist()
        for taken in units(timing, order, timing.blocked, lambda: int(rng.random() < 0.2)):
            assert len(set(taken)) == len(taken) > 10


@pytest.mark.parametrize("registers", ["few", "many"])
def test_a_block_in_another_cycle_is_seen(registers):
    """Control."""
    timing = make(1, registers, False, SECOND)
    for wrong in (-1, 1):
        taken = units(timing, ("lstm", "gru") * 3, lambda kind, wrong=wrong: timing.blocked(kind) + wrong)[0]
        assert len(set(taken)) < len(taken)


def test_what_waits_is_relayed_in_time():
    """Two rows o of LSTM cells are four cycles apart at least, two rows n of GRU cells three: as the updates say."""
    assert (len(ROWS["lstm"]), len(ROWS["gru"])) == (4, 3)
    assert (ROWS["lstm"][-1], ROWS["gru"][-1]) == ("o", "n")
