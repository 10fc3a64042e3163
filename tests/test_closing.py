"""Clocks, seeds and refusals, with tools that only pretend."""

from dataclasses import replace

import pytest

from rnnhw.board_file import FILE
from rnnhw.boards import BOARDS
from rnnhw.closing import Wishes
from rnnhw.errors import RnnhwError
from rnnhw.synth import SynthesisError
from tests.pretended import pretending


@pytest.fixture
def pretend(monkeypatch, tmp_path):
    """Builds with tools that only pretend."""
    return pretending(monkeypatch, tmp_path)


def test_the_first_seed_that_meets_timing_is_taken(pretend):
    built, asked = pretend({1: 23.0, 2: 24.5, 3: 30.0}, clock=24)
    assert asked == [(1, 24.0), (2, 24.0)]
    assert built.board.seed == 2
    assert built.board.timing["seeds"] == {"1": 23.0, "2": 24.5}
    assert (built.folder / built.bitstream).read_text() == "seed 2"


def test_all_seeds_if_asked_for(pretend):
    built, asked = pretend({5: 25.0, 6: 29.0, 7: 26.0}, clock=24, seed=5, all_seeds=True)
    assert len(asked) == 3
    assert built.board.seed == 6


def test_timing_that_is_not_met(pretend, tmp_path):
    with pytest.raises(SynthesisError) as error:
        pretend({1: 22.0, 2: 23.6}, clock=24, seeds=2)
    assert str(error.value) == (
        "timing is not met: 24.00 MHz are needed, the best of 2 seeds reaches 23.60 MHz; ask for --clock 23.25 or try "
        "more --seeds; the slowest path is core.a -> core.b -> core.c (42.4 ns, 1.0 of them wires, 2 cells); see "
        f"{tmp_path / 'out.failed' / 'nextpnr-seed2.log'}"
    )
    assert (tmp_path / "out.failed" / "nextpnr-seed2.log").read_text() == "reached 23.6"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.failed"]


def test_an_earlier_build_stays_until_the_next_one_is_done(pretend, tmp_path):
    built, _ = pretend({1: 30.0}, clock=24)
    before = (built.folder / FILE).read_text()
    with pytest.raises(SynthesisError, match="timing is not met"):
        pretend({1: 20.0}, clock=24, seeds=1)
    assert (built.folder / FILE).read_text() == before
    pretend({1: 31.0}, clock=24)
    assert (built.folder / FILE).read_text() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_folder_with_something_else_in_it_is_left_alone(pretend, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RnnhwError, match=r"out: holds mine\.txt, which rnnhw did not write; choose another folder$"):
        pretend({1: 30.0}, clock=24)


def test_an_oscillator_that_is_not_exact_needs_a_faster_design(pretend):
    _, asked = pretend({1: 26.5}, board="upduino", clock=24, seeds=1)
    assert asked == [(1, 26.4)]
    with pytest.raises(
        SynthesisError, match=r"^timing is not met: 26\.40 MHz are needed \(with 10% for the oscillator"
    ):
        pretend({1: 26.3}, board="upduino", clock=24, seeds=1)


def test_the_fastest_clock_that_is_met(pretend):
    """Up to what the last attempt reached, and not beyond."""
    built, asked = pretend(lambda seed, mhz: 30.0 + seed + (0 if mhz < 33 else -9), clock="max", seeds=2)
    assert asked == [(1, 24.0), (2, 24.0), (1, 31.875), (2, 31.875)]
    assert (built.board.timing["clock_mhz"], built.board.seed) == (31.875, 2)


def test_the_fastest_clock_where_the_usual_one_is_not_met(pretend):
    built, asked = pretend(lambda seed, mhz: 20.2, clock="max", seeds=1)
    assert asked == [(1, 24.0), (1, 19.875)]
    assert built.board.timing["clock_mhz"] == 19.875


def test_no_clock_that_is_met(pretend):
    with pytest.raises(
        SynthesisError, match=r"^timing is not met: 24\.00 MHz are needed, seed 1 reaches 11\.00 MHz; the "
    ):
        pretend({1: 11.0}, clock="max", seeds=1)


def test_what_turns_out_too_large_is_refused(pretend, tmp_path):
    message = (
        r"^the design does not fit board icebreaker: 5281 LUTs are needed and ice40up5k has 5280; "
        r"what fits by the estimate: 1 lane or 3 hidden units with as many lanes$"
    )
    with pytest.raises(RnnhwError, match=message):
        pretend({1: 30.0}, cells={"SB_LUT4": 5281})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"clock": 0}, "clock must be a number of MHz above 0, or 'max', not 0"),
        ({"clock": "fast"}, "clock must be a number of MHz above 0, or 'max', not 'fast'"),
        ({"clock": True}, "clock must be a number of MHz above 0, or 'max', not True"),
        ({"seeds": 0}, "seeds must be at least 1, not 0"),
        ({"seed": -1}, "seed must be at least 0, not -1"),
        ({"baud": 0}, "baud must be at least 1, not 0"),
    ],
)
def test_wishes_check_themselves(wishes, message):
    with pytest.raises(RnnhwError) as error:
        Wishes(**wishes)
    assert str(error.value) == message


def test_a_link_that_a_board_does_not_have(pretend):
    board = replace(BOARDS["icebreaker"], links=("uart",))
    with pytest.raises(RnnhwError, match=r"^link must be one of uart, not 'spi'$"):
        pretend({1: 30.0}, board=board, link="spi")
