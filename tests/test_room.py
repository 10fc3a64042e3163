"""Whether there is room for a design."""

from dataclasses import replace

import pytest

from rnnhw import Design, room
from rnnhw.boards import BOARDS
from rnnhw.errors import RnnhwError
from rnnhw.estimate import find_device
from rnnhw.estimate.costs import Costs
from rnnhw.estimate.fitted import Fitted
from rnnhw.room import Need, check_cells, check_fits, needs
from rnnhw.synth import Cells
from tests.pretended import quantised


def pretend(monkeypatch, low, value, high):
    """LUTs of a core behind a UART, a tenth less behind SPI."""

    def costs(plan, device, link):
        share = {"uart": 1.0, "spi": 0.9}[link] * plan.lanes
        lut = Fitted(share * value, share * low, share * high)
        return Costs(lut, Fitted(10, 9, 11), None, None, ())

    monkeypatch.setattr(room, "costs", costs)


def test_only_what_is_clearly_too_much_is_refused(monkeypatch):
    """The low end of the band says so; the advice is by the estimate itself."""
    design, board = Design(quantised(), target="icebreaker", lanes=2), BOARDS["icebreaker"]
    pretend(monkeypatch, 2640, 4000, 6000)
    check_fits(design, board)  # 5280 just fit
    pretend(monkeypatch, 2641, 5000, 6000)
    with pytest.raises(RnnhwError) as error:
        check_fits(design, board)
    said = "the design does not fit board icebreaker: about 10000 LUTs are needed and ice40up5k has 5280; "
    assert str(error.value) == said + "what fits by the estimate: 1 lane"
    check_fits(design, board, "spi")


def test_needs():
    device = replace(find_device("ice40"), dsp=0)
    band = Fitted(100, 90, 120)
    found = {need.name: need for need in needs(0, 40, 2, Costs(band, band, Fitted(150, 120, 6000), None, ()), device)}
    assert list(found) == ["DSP blocks", "block RAMs", "SPRAM blocks", "logic cells", "flip-flops"]
    assert found["DSP blocks"].share == 0
    assert (found["block RAMs"].fits, found["block RAMs"].share) == (False, 40 / 30)
    assert (found["logic cells"].fits, found["logic cells"].surely) == (True, False)
    assert found["flip-flops"].surely
    assert Need("DSP blocks", 1, 1, 1, 0).share == float("inf")
    found = needs(1, 2, 0, Costs(band, band, None, None, ()), find_device("ecp5"))
    assert [need.name for need in found] == ["DSP blocks", "block RAMs", "LUTs", "flip-flops"]


def test_what_was_synthesised_is_exact():
    design, board = Design(quantised(), target="icebreaker", lanes=2), BOARDS["icebreaker"]
    check_cells(design, board, Cells({"SB_LUT4": 5280}))
    with pytest.raises(RnnhwError, match=r"^the design does not fit board icebreaker: 5281 LUTs are needed and "):
        check_cells(design, board, Cells({"SB_LUT4": 5281}))
