"""Whether there is room for a design."""

import sys

import pytest

from rnnhw import Design
from rnnhw.boards import BOARDS
from rnnhw.errors import RnnhwError
from rnnhw.estimate.costs import Costs
from rnnhw.estimate.fitted import Fitted
from rnnhw.room import check_cells, check_fits
from rnnhw.synth import Cells
from tests.pretended import quantised


def pretend(monkeypatch, low, value, high):
    """LUTs of a core behind a UART, a tenth less behind SPI."""

    def costs(plan, device, link):
        share = {"none": 0.8, "uart": 1.0, "spi": 0.9}[link] * plan.lanes
        lut = Fitted(share * value, share * low, share * high)
        return Costs(lut, Fitted(10, 9, 11), None, None, ())

    monkeypatch.setattr(sys.modules["rnnhw.estimate.estimate"], "costs", costs)


def test_only_what_is_clearly_too_much_is_refused(monkeypatch):
    """The low end of the band says so; the advice is by the estimate itself."""
    design, board = Design(quantised(), target="icebreaker", lanes=2), BOARDS["icebreaker"]
    pretend(monkeypatch, 2640, 4000, 6000)
    check_fits(design, board)  # 5280 just fit
    pretend(monkeypatch, 2641, 5000, 6000)
    with pytest.raises(RnnhwError) as error:
        check_fits(design, board)
    said = "the design does not fit board icebreaker: about 10,000 LUTs (5,282 .. 12,000) are needed and "
    assert str(error.value) == said + "ice40up5k has 5,280; what fits by the estimate: 1 lane"
    check_fits(design, board, "spi")


def test_what_was_synthesised_is_exact():
    design, board = Design(quantised(), target="icebreaker", lanes=2), BOARDS["icebreaker"]
    check_cells(design, board, Cells({"SB_LUT4": 5280}))
    with pytest.raises(RnnhwError, match=r"^the design does not fit board icebreaker: 5281 LUTs are needed and "):
        check_cells(design, board, Cells({"SB_LUT4": 5281}))
