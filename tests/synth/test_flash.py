"""Packing a bitstream and a load image into one file."""

import re

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.synth.flash import LARGEST, OFFSET, pack_flash

BITSTREAM = np.random.default_rng(1).bytes(104_090)  # as large as an iCE40UP5K's
IMAGE = np.random.default_rng(2).bytes(73_000)


def test_both_parts_at_their_places():
    packed = pack_flash(BITSTREAM, IMAGE)
    assert packed[: len(BITSTREAM)] == BITSTREAM
    assert set(packed[len(BITSTREAM) : OFFSET]) == {0xFF}
    assert packed[OFFSET:] == IMAGE


@pytest.mark.parametrize("offset", [4096, 8192, 1 << 23, LARGEST - 4096])
def test_other_offsets(offset):
    packed = pack_flash(b"\x7e" * 4096, b"image", offset)
    assert len(packed) == offset + 5
    assert packed[offset:] == b"image"
    assert packed[4096:offset] == b"\xff" * (offset - 4096)


def test_the_tightest():
    assert pack_flash(b"b" * 4096, b"i" * 4096, 4096, 8192) == b"b" * 4096 + b"i" * 4096


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bitstream": b""}, "the bitstream is empty"),
        ({"image": b""}, "the image is empty"),
        ({"offset": OFFSET + 1}, "offset of the image must be a multiple of 4096 (a sector), not 131073"),
        ({"offset": 102_400}, "offset of the image must be at least 104,090 (the bitstream's end), not 102,400"),
        ({"offset": 0}, "offset of the image must be at least 104,090 (the bitstream's end), not 0"),
        ({"offset": -4096}, "offset of the image must be in 0..16777215, not -4096"),
        ({"offset": 1 << 20, "size": 1 << 20}, "offset of the image must be in 0..1048575, not 1048576"),
        (
            {"size": OFFSET + 72_999},
            "the image does not fit the flash: it takes 73,000 bytes from 131,072, of 204,071 in all",
        ),
        ({"size": 1 << 25}, "size of the flash must be in 4096..16777216, not 33554432"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        pack_flash(**({"bitstream": BITSTREAM, "image": IMAGE} | changes))


def test_kinds():
    with pytest.raises(TypeError, match=r"^the image must be bytes, not str$"):
        pack_flash(BITSTREAM, "image")
    with pytest.raises(TypeError, match=r"^offset of the image must be an integer, not 1\.5$"):
        pack_flash(BITSTREAM, IMAGE, 1.5)
