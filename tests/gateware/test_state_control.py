# amaranth: UnusedElaboratable=no
"""When states are taken and given: never while results are under way, a final one before the next initial one."""

import pytest

from rnnhw.gateware.state_control import StateControl

from .stepper import replay

INPUTS = ("at_start", "there", "first", "advance", "ended", "last", "ended_bank", "idle", "load_done", "read_busy")
OUTPUTS = ("hold", "loaded", "load_start", "read_start", "read_bank")
WAITS = {"at_start", "there", "first"}  # the first step of a sequence is there
IDLE = {"idle"}


def run(cycles, loads=True, reads=True, streams=2):
    """The outputs that are high in each cycle, given the inputs that are."""
    dut = StateControl(loads, reads, streams)
    rows = [[int(name in cycle) for name in INPUTS] for cycle in cycles]
    assert all(set(cycle) <= set(INPUTS) for cycle in cycles)
    seen = replay(dut, [getattr(dut, name) for name in INPUTS], [getattr(dut, name) for name in OUTPUTS], rows)
    return [{name for name, value in zip(OUTPUTS, row, strict=True) if value} for row in seen]


LOAD = [
    set(),
    WAITS,  # not idle yet
    WAITS | IDLE,
    WAITS | IDLE,
    WAITS | IDLE | {"load_done"},
    WAITS | IDLE | {"advance"},
    IDLE,
]
LOADED = [set(), {"hold"}, {"hold", "load_start"}, {"hold"}, {"hold"}, {"loaded"}, set()]


def test_an_initial_state_is_loaded_once():
    assert run(LOAD) == LOADED


def test_other_steps_are_not_held():
    """Nothing is loaded in mid-sequence, before a step is there, or if none is to be loaded."""
    assert run([{"at_start", "there"} | IDLE, {"at_start", "first"} | IDLE, {"there", "first"} | IDLE]) == [set()] * 3
    assert run([WAITS | IDLE] * 2, loads=False) == [set()] * 2


def test_a_final_state_is_read_when_all_is_written():
    cycles = [{"ended"} | IDLE, {"ended", "last", "ended_bank"}, set(), IDLE, {"read_busy"} | IDLE, IDLE]
    bank = {"read_bank"}
    assert run(cycles) == [set(), set(), {"hold"} | bank, {"hold", "read_start"} | bank, {"hold"} | bank, bank]


def test_nothing_is_read_where_nothing_is_to_be():
    assert run([{"ended", "last"} | IDLE, IDLE, IDLE], reads=False) == [set()] * 3


@pytest.mark.parametrize("busy", [1, 4])
def test_the_final_state_comes_before_the_next_initial_one(busy):
    """A sequence's last word is issued, the next sequence waits: read, then load."""
    reading = [WAITS | IDLE | {"read_busy"}] * busy
    cycles = [{"ended", "last"}, WAITS, WAITS | IDLE, *reading, WAITS | IDLE, WAITS | IDLE]
    expected = [set(), {"hold"}, {"hold", "read_start"}, *[{"hold"}] * busy, {"hold", "load_start"}, {"hold"}]
    assert run(cycles) == expected


def test_streams_are_told():
    dut = StateControl(True, True, 4)
    ports = [dut.ended, dut.last, dut.ended_stream, dut.idle]
    seen = replay(dut, ports, [dut.read_start, dut.read_stream], [(1, 1, 3, 0), (0, 0, 1, 1), (0, 0, 1, 1)])
    assert seen == [(0, 0), (1, 3), (0, 3)]


def test_waiting_matters():
    """Control: a step that is idle at once is loaded at once."""
    assert run([LOAD[0], LOAD[2], *LOAD[2:]]) != LOADED
