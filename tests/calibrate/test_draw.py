"""Drawn configurations: the same for the same number, held by their device, and of all kinds."""

import pytest

from rnnhw.calibrate.draw import MOST, draw, draw_for_chip, size
from rnnhw.calibrate.themes import FAMILY, PLAIN, SEED, THEMES, theme_of
from rnnhw.estimate import find_device, holds_blocks

NUMBERS = (0, 3, 5, 8, SEED, SEED + 4)


@pytest.mark.parametrize("family", ["ecp5", "ice40", "gowin", "xilinx"])
def test_the_same_number_is_the_same_configuration(family):
    device = find_device(family)
    for number in NUMBERS[:3]:
        first, second = draw(number, device), draw(number, device)
        assert first.text == second.text
        assert first.design.identity == second.design.identity


def test_numbers_differ():
    device = find_device("ecp5")
    assert len({draw(number, device).text for number in NUMBERS}) == len(NUMBERS)


@pytest.mark.parametrize("family", ["ice40", "gowin"])
def test_the_device_holds_them(family):
    device = find_device(family)
    for number in NUMBERS:
        drawn = draw(number, device)
        assert holds_blocks(drawn.design.plan, device)
        assert size(drawn.design.plan, drawn.link) <= MOST[family]


def test_only_training_configurations_have_themes():
    assert theme_of(PLAIN - 1) is None
    assert theme_of(SEED + PLAIN) is None
    assert theme_of(2 * FAMILY + PLAIN) is THEMES[0]
    assert theme_of(PLAIN + len(THEMES)) is THEMES[0]


@pytest.mark.parametrize("which", [1, 3, 9, 11, 17])
def test_a_theme_is_kept(which):
    drawn = draw(PLAIN + which, find_device("ecp5"))
    assert THEMES[which](drawn.design.plan, drawn.link)


def test_chips_have_no_target():
    drawn = draw_for_chip(4 * FAMILY)
    assert drawn.design.device is None
    assert drawn.link == "none"
    assert drawn.text == draw_for_chip(4 * FAMILY).text
