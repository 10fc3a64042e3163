# amaranth: UnusedElaboratable=no
"""The flash loader with a model of a flash: bits, waking up, damaged images."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.gateware.link.flash_loader import ATTEMPTS, FlashImage, FlashLoader
from tests.gateware.stepper import play

from .flash_model import READ, WAKE, FlashModel

SLOW = 1_000_000  # a clock with short pauses: 100 cycles


class Core:
    """What a core says of the images that it gets: `verdicts` in turn, True for good ones."""

    def __init__(self, verdicts, ready=lambda cycle: True):
        self.verdicts, self.ready = list(verdicts), ready
        self.images, self.now = [], []
        self.loaded = 0

    def see(self, moved: int, byte: int, last: int) -> None:
        if not moved:
            return
        if not self.now:
            self.loaded = 0
        self.now.append(byte)
        if last:
            self.images.append(bytes(self.now))
            self.now = []
            self.loaded = int(self.verdicts.pop(0))


def run(image: FlashImage, flash: FlashModel, core: Core, clock_hz: int = SLOW, limit: int = 60_000):
    """Play until the loader is through; return whether it ended with an error."""
    dut = FlashLoader(image, clock_hz)
    ends = []

    def actor():
        pins = (1, 0, 0)
        for cycle in range(limit):
            cipo = flash.step(*pins)
            ready = int(core.ready(cycle))
            cs_n, sck, copi, valid, byte, last, busy, error = yield (cipo, ready, core.loaded)
            pins = (cs_n, sck, copi)
            core.see(valid and ready, byte, last)
            if not busy:
                ends.append(error)
                break

    inputs = [dut.cipo, dut.load.ready, dut.loaded]
    payload = dut.load.payload
    outputs = [dut.cs_n, dut.sck, dut.copi, dut.load.valid, payload.data, payload.last, dut.busy, dut.error]
    play(dut, inputs, outputs, actor(), limit=limit + 10)
    return ends[0]


def random_flash(seed: int, size: int = 4096, **options) -> FlashModel:
    return FlashModel(np.random.default_rng(seed).bytes(size), **options)


@pytest.mark.parametrize(("offset", "length"), [(0, 1), (3, 5), (0x123, 64), (4095, 2), (0xABCDEF, 9)])
def test_what_is_read(offset, length):
    flash, core = random_flash(offset), Core([True])
    assert run(FlashImage(offset, length), flash, core) == 0
    expected = bytes(flash.contents[(offset + at) % 4096] for at in range(length))
    assert core.images == [expected]
    wake, read = flash.commands
    assert (wake.code, len(wake.bits), wake.understood) == (WAKE, 8, True)
    assert (read.code, read.number(8, 24), len(read.bits)) == (READ, offset, 32 + 8 * length)
    assert read.answered == 8 * length + 1  # one more begins with the last falling edge


@pytest.mark.parametrize("chance", [0.9, 0.1, 0.02])
def test_a_core_that_makes_it_wait(chance):
    rng = np.random.default_rng(1)
    flash, core = random_flash(2), Core([True], lambda cycle: rng.random() < chance)
    assert run(FlashImage(100, 50), flash, core) == 0
    assert core.images == [flash.contents[100:150]]


@pytest.mark.parametrize(
    ("clock_hz", "half"), [(1_000_000, 1), (48_000_000, 1), (50_000_000, 1), (50_000_001, 2), (133_000_000, 3)]
)
def test_clocks(clock_hz, half):
    """`sck` has at most 25 MHz, the pauses 100 microseconds, and an answer may take nearly all of a bit's time."""
    loader = FlashLoader(FlashImage(0, 1), clock_hz)
    assert loader.half == half
    assert clock_hz / (2 * half) <= 25e6
    assert loader.pause == pytest.approx(clock_hz * 100e-6, abs=1)


@pytest.mark.parametrize("late", [0, 2, 3])
def test_late_answers(late):
    """With four cycles a bit: the last of them is one too late."""
    flash, core = random_flash(3, delay=late), Core([True])
    assert run(FlashImage(7, 20), flash, core, 50_000_001) == 0
    assert {b - a for a, b in zip(flash.commands[0].rises, flash.commands[0].rises[1:], strict=False)} == {4}
    assert (core.images == [flash.contents[7:27]]) == (late < 3)


def test_it_waits_until_the_flash_is_awake():
    flash, core = random_flash(4, waking=99), Core([True])
    assert run(FlashImage(0, 3), flash, core) == 0
    assert core.images == [flash.contents[:3]]


def test_a_flash_that_takes_too_long():
    """Control: it does not understand the command, so nothing but ones comes."""
    flash, core = random_flash(4, waking=200), Core([True])
    assert run(FlashImage(0, 3), flash, core) == 0
    assert core.images == [b"\xff\xff\xff"]
    assert [command.understood for command in flash.commands] == [True, False]


@pytest.mark.parametrize("bad", range(ATTEMPTS + 1))
def test_damaged_images_are_read_again(bad):
    flash, core = random_flash(5), Core([False] * bad + [True])
    error = run(FlashImage(40, 6), flash, core)
    assert error == (bad == ATTEMPTS)
    assert core.images == [flash.contents[40:46]] * min(bad + 1, ATTEMPTS)
    assert [command.code for command in flash.commands] == [WAKE, READ] * len(core.images)


@pytest.mark.parametrize(
    ("offset", "length", "message"),
    [
        (-1, 5, "offset must be in 0..16777215, not -1"),
        (1 << 24, 5, "offset must be in 0..16777215, not 16777216"),
        (0, 0, "length must be in 1..16777216, not 0"),
        (0xFFFFFE, 3, "length must be in 1..2, not 3"),
    ],
)
def test_images_that_cannot_be(offset, length, message):
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        FlashImage(offset, length)


def test_kinds():
    with pytest.raises(TypeError, match=r"^offset must be an integer, not 1\.5$"):
        FlashImage(1.5, 3)
    with pytest.raises(RnnhwError, match=r"^clock_hz must be in 1\.\.\d+, not 0$"):
        FlashLoader(FlashImage(0, 1), 0)
