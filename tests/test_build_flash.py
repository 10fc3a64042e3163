# amaranth: UnusedElaboratable=no
"""Builds whose weights come from the board's flash: where they stand, and what is written."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from rnnhw.board_file import read_board_file
from rnnhw.boards import find
from rnnhw.boards.board import Flash
from rnnhw.boards.clock import clock_for
from rnnhw.build import _write
from rnnhw.closing import Attempt, Builder, Wishes
from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.quantize import quantize
from rnnhw.synth import Cells, Routed
from rnnhw.synth.report import Report
from tests.networks import random_batch, random_network

BITSTREAM = bytes(range(256)) * 400


def design_of(board, weights: str = "loadable") -> Design:
    rng = np.random.default_rng(1)
    net = random_network(rng, inputs=2, hidden=[3], outputs=[], kinds=["lstm"], mode="many-to-one", head="none")
    return Design(quantize(net, random_batch(rng, net, 2, 3)), lanes=4, target=board, weights=weights)


def builder(board, folder, weights: str = "loadable") -> Builder:
    return Builder(design_of(board, weights), board, Wishes(), folder)


@pytest.fixture
def board():
    return find("icebreaker")


def test_where_the_weights_stand(board, tmp_path):
    made = builder(board, tmp_path)
    image = made.design.load_image()
    assert (made.image.offset, made.image.length) == (board.flash.offset, len(image))
    assert board.flash.offset == 0x20000
    assert made.design.plan.memories["weights"].style == "huge"


@pytest.mark.parametrize(
    ("name", "weights", "flash"),
    [
        ("icebreaker", "rom", Flash("spi_flash_1x", 0x20000)),
        ("icebreaker", "loadable", None),
        ("icebreaker", "loadable", Flash("spi_flash_1x", 0x20000, size=0x20000 + 50)),
        ("ulx3s-25f", "loadable", Flash("spi_flash", 0x200000)),  # its file is not what stands in the flash
    ],
)
def test_where_there_are_none(name, weights, flash, tmp_path):
    assert builder(replace(find(name), flash=flash), tmp_path, weights).image is None


def attempt(board, folder):
    """What is left of synthesis and routing when the bitstream is written: a packer that gives `BITSTREAM`."""

    def pack(routed, name):
        (folder / f"{name}.bin").write_bytes(BITSTREAM)
        return f"{name}.bin"

    routed = Routed(1, Report({"clk": 30.0}, {}, None), "top.asc", "log")
    flow = SimpleNamespace(folder=folder, pack=pack, versions=dict)
    return Attempt(clock_for(board, board.core_mhz), flow, Cells({}), (routed,), 24.0)


@pytest.mark.parametrize("weights", ["rom", "loadable"])
def test_what_is_written(weights, board, tmp_path):
    work = tmp_path / "work-1"
    work.mkdir()
    made = builder(board, tmp_path, weights)
    content, bitstream = _write(tmp_path, made, attempt(board, work), None)
    written, image = (tmp_path / bitstream).read_bytes(), made.design.plan.load_image() if weights != "rom" else b""
    assert written.startswith(BITSTREAM)
    assert read_board_file(tmp_path) == content
    if weights == "rom":
        assert (written, content.flash) == (BITSTREAM, None)
        return
    assert content.flash == {"offset": 0x20000, "length": len(image)}
    assert written[0x20000:] == image
    assert set(written[len(BITSTREAM) : 0x20000]) == {0xFF}


def test_a_bitstream_that_is_too_long(board, tmp_path):
    """Control."""
    work = tmp_path / "work-1"
    work.mkdir()
    close = replace(board, flash=Flash("spi_flash_1x", 4096))
    with pytest.raises(RnnhwError, match=r"^offset of the image must be at least 102,400 \(the bitstream's end\)"):
        _write(tmp_path, builder(close, tmp_path), attempt(board, work), None)
