"""Pipeline positions: those of the documents, and what must hold among them."""

import itertools

import pytest

from rnnhw.plan import ROWS, Timing
from rnnhw.plan.timing import DENSE_RESULT, tree_registers

KINDS = [kind for kind in ROWS if kind != "dense"]


def test_an_lstm_with_a_plain_table():
    timing = Timing(1)
    assert timing.capture == 3
    assert (timing.activation, timing.product, timing.cell_written) == (3, 5, 6)
    assert timing.second_activation("lstm") == 7
    assert timing.result == timing.ready("lstm") == timing.written("lstm") == 9
    assert timing.blocked("lstm") == 4


def test_an_interpolated_table_takes_two_cycles_more_each_time():
    for kind, times in {"lstm": 2, "gru": 2, "candidate": 1, "reset": 1, "rnn": 1, "relu": 0}.items():
        assert Timing(3, frozenset({kind})).ready(kind) - Timing(1, frozenset({kind})).ready(kind) == 2 * times


@pytest.mark.parametrize(
    ("columns", "registers"), [(1, 0), (2, 0), (4, 0), (5, 1), (32, 1), (33, 2), (256, 2), (257, 3)]
)
def test_registers_of_the_adder_tree(columns, registers):
    """Three levels of adders between two registers, the accumulator's own being one of them."""
    assert tree_registers(columns) == registers
    assert Timing(1, columns=columns).capture == 3 + registers


@pytest.mark.parametrize("latency", [1, 3])
def test_results_come_in_the_order_of_their_rows(latency):
    """Whatever kinds an engine runs, each is ready when the common result position comes."""
    for count in (1, 2, 3):
        for kinds in itertools.combinations(KINDS, count):
            timing = Timing(latency, frozenset(kinds))
            assert {timing.written(kind) for kind in kinds} == {timing.result}
            assert timing.result == max(timing.ready(kind) for kind in kinds)
            assert timing.written("dense") == DENSE_RESULT <= timing.result


@pytest.mark.parametrize("latency", [1, 3])
def test_no_two_values_want_the_table_in_one_cycle(latency):
    """Units of both kinds that block it, in any order, each right behind the other."""
    timing = Timing(latency, frozenset({"lstm", "gru"}))
    for order in itertools.product(("lstm", "gru"), repeat=6):
        cycle, blocked = 0, []
        for kind in order:
            for _ in ROWS[kind]:
                cycle += 1
                while cycle in blocked:
                    cycle += 1
            blocked.append(cycle + timing.blocked(kind))
        assert len(set(blocked)) == len(blocked)
