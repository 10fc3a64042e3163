"""A board's clocks: with a PLL or without, and from an oscillator inside the FPGA."""

from fractions import Fraction

import pytest

from rnnhw.boards import BOARDS
from rnnhw.boards.clock import clock_for, clock_range, fastest_clock
from rnnhw.boards.pll import Ice40Pll
from rnnhw.errors import RnnhwError


def test_the_oscillator_itself_takes_no_pll():
    clock = clock_for(BOARDS["icebreaker"], 12)
    assert (clock.hz, clock.pll, str(clock)) == (12_000_000, None, "12 MHz")
    assert clock_for(BOARDS["icebreaker"], 12.1).pll is None  # nearer than any PLL comes


def test_a_pll_where_the_oscillator_is_not_enough():
    clock = clock_for(BOARDS["icebreaker"], 48)
    assert (clock.hz, clock.pll) == (48_000_000, Ice40Pll(12_000_000, 0, 63, 4))
    assert clock_for(BOARDS["ulx3s-85f"], 48).hz == Fraction(625_000_000, 13)
    assert clock_for(BOARDS["ulx3s-85f"], 48).rounded_hz == 48_076_923


@pytest.mark.parametrize(("target", "shift"), [(48, 0), (24, 1), (12, 2), (6, 3)])
def test_an_internal_oscillator_is_divided(target, shift):
    clock = clock_for(BOARDS["upduino"], target)
    assert (clock.hz, clock.pll, clock.shift) == (target * 10**6, None, shift)


def test_an_internal_oscillator_may_feed_a_pll():
    clock = clock_for(BOARDS["upduino"], 36)
    assert (clock.hz, clock.shift) == (36_000_000, 0)
    assert clock.pll.source_hz == 48_000_000


def test_the_fastest_clock_below_a_limit():
    assert fastest_clock(BOARDS["icebreaker"], 25.3).hz == 25_125_000
    assert fastest_clock(BOARDS["icebreaker"], 12.5).pll is None
    assert fastest_clock(BOARDS["icebreaker"], 11.9) is None
    assert fastest_clock(BOARDS["upduino"], 24.1).pll is None


@pytest.mark.parametrize("name", BOARDS)
def test_the_usual_clock_can_be_made(name):
    board = BOARDS[name]
    low, high = clock_range(board)
    assert low <= clock_for(board, board.core_mhz).hz <= high


def test_a_clock_that_cannot_be_made():
    message = r"^board icebreaker: the clock must be in 16\.125\.\.270 MHz with a PLL on an oscillator of .*not 14 "
    with pytest.raises(RnnhwError, match=message):
        clock_for(BOARDS["icebreaker"], 14)
