"""The bytes of a loadable image: by hand, there and back, and what is refused."""

import re
import zlib

import numpy as np
import pytest

from rnnhw.errors import RnnhwError
from rnnhw.plan.load_image import build_image, image_size, parse_image, word_bytes


def test_by_hand():
    image = build_image([([0x1, 0xABC], 12), ([0xFF], 8), ([1], 1)])
    assert image[:6] == bytes([0x01, 0x00, 0xBC, 0x0A, 0xFF, 0x01])
    assert image[6:] == zlib.crc32(image[:6]).to_bytes(4, "little")
    assert len(image) == image_size([(2, 12), (1, 8), (1, 1)]) == 10
    assert [word_bytes(width) for width in (1, 7, 8, 9, 16, 17)] == [1, 1, 1, 2, 2, 3]


def test_the_known_check_value():
    """CRC-32 of the digits 1 to 9, as it stands in every catalogue."""
    assert build_image([(list(b"123456789"), 8)])[9:] == bytes([0x26, 0x39, 0xF4, 0xCB])


@pytest.mark.parametrize("seed", range(20))
def test_there_and_back(seed):
    rng = np.random.default_rng(seed)
    sizes = [(int(rng.integers(1, 20)), int(rng.integers(1, 130))) for _ in range(int(rng.integers(1, 5)))]
    memories = [
        ([int.from_bytes(rng.bytes(17), "little") >> (136 - width) for _ in range(depth)], width)
        for depth, width in sizes
    ]
    image = build_image(memories)
    assert len(image) == image_size(sizes)
    assert parse_image(image, sizes) == [words for words, _ in memories]
    broken = bytearray(image)
    broken[int(rng.integers(len(image)))] ^= 1 << int(rng.integers(8))
    with pytest.raises(RnnhwError, match=r"^the image's CRC is [0-9a-f]{8}, but it says [0-9a-f]{8}$"):
        parse_image(bytes(broken), sizes)
    with pytest.raises(RnnhwError, match=rf"^an image must have {len(image)} bytes, not {len(image) - 1}$"):
        parse_image(image[1:], sizes)


@pytest.mark.parametrize(("word", "width"), [(256, 8), (-1, 8), (2, 1)])
def test_words_that_do_not_fit(word, width):
    message = f"word 1 of memory 0 must be in 0..{2**width - 1}, not {word}"
    with pytest.raises(RnnhwError, match=f"^{re.escape(message)}$"):
        build_image([([0, word], width)])


def test_wrong_kinds_and_bits():
    with pytest.raises(TypeError, match=r"^word 0 of memory 1 must be an integer, not 0.5$"):
        build_image([([1], 2), ([0.5], 2)])
    assert build_image([([np.int64(3)], 2)]) == build_image([([3], 2)])
    with pytest.raises(RnnhwError, match=r"^memory 1 has words of more than 5 bits$"):
        parse_image(build_image([([1], 8), ([32], 6)]), [(1, 8), (1, 5)])
