"""The bytes that a core with loadable weights takes on its stream `load`.

The words of each memory in order, each in ceil(width / 8) bytes, least significant first; then the CRC-32 of
all these bytes (that of zip and PNG, `zlib.crc32`) in 4 bytes, least significant first.
"""

import zlib

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

CRC_BYTES = 4


def word_bytes(width: int) -> int:
    """Bytes in which a word of `width` bits comes."""
    return -(-width // 8)


def image_size(sizes) -> int:
    """Bytes of an image for memories of sizes (depth, width), the CRC included."""
    return sum(depth * word_bytes(width) for depth, width in sizes) + CRC_BYTES


def build_image(memories) -> bytes:
    """The image of memories given as (words, width); words are unsigned.

    Raises
    ------
    RnnhwError, TypeError
        If a word does not fit its memory's width.
    """
    parts = []
    for number, (words, width) in enumerate(memories):
        for address, word in enumerate(words):
            word = integer(f"word {address} of memory {number}", word, 0, (1 << width) - 1)
            parts.append(word.to_bytes(word_bytes(width), "little"))
    body = b"".join(parts)
    return body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")


def parse_image(image: bytes, sizes) -> list[list[int]]:
    """The words of each memory in an image; the reverse of `build_image`.

    Parameters
    ----------
    image : bytes
    sizes : sequence of (int, int)
        Depth and width of each memory.

    Raises
    ------
    RnnhwError
        If the length or the CRC is wrong, or a word has bits beyond its width.
    """
    sizes = list(sizes)
    if len(image) != image_size(sizes):
        raise RnnhwError(f"an image must have {image_size(sizes)} bytes, not {len(image)}")
    body, expected = image[:-CRC_BYTES], int.from_bytes(image[-CRC_BYTES:], "little")
    if zlib.crc32(body) != expected:
        raise RnnhwError(f"the image's CRC is {zlib.crc32(body):08x}, but it says {expected:08x}")
    memories, position = [], 0
    for number, (depth, width) in enumerate(sizes):
        step = word_bytes(width)
        words = [int.from_bytes(body[position + n * step : position + (n + 1) * step], "little") for n in range(depth)]
        if max(words, default=0) >> width:
            raise RnnhwError(f"memory {number} has words of more than {width} bits")
        memories.append(words)
        position += depth * step
    return memories
