"""One file for a board's flash: the bitstream, and a load image behind it."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

OFFSET = 0x20000  # behind the bitstream of an iCE40UP5K, which takes 104,090 bytes
SECTOR = 4096  # the smallest part of a flash that is erased on its own
LARGEST = 1 << 24  # bytes that 24 bits of address reach
ERASED = 0xFF


def pack_flash(bitstream: bytes, image: bytes, offset: int = OFFSET, size: int = LARGEST) -> bytes:
    """The contents of a flash: the bitstream at its begin, the image at `offset`, erased bytes in between.

    Parameters
    ----------
    bitstream : bytes
    image : bytes
        What the core takes at start-up (`Plan.load_image`).
    offset : int
        A multiple of 4,096, so that either part can be written without the other.
    size : int
        Bytes of the flash; no more than 16 MiB of it can be used.

    Raises
    ------
    RnnhwError
        If either part is empty, they overlap, or the image ends behind the flash's end.
    TypeError
        If a part is not bytes.
    """
    for name, part in (("bitstream", bitstream), ("image", image)):
        if not isinstance(part, bytes | bytearray | memoryview):
            raise TypeError(f"the {name} must be bytes, not {type(part).__name__}")
        if not len(part):
            raise RnnhwError(f"the {name} is empty")
    size = integer("size of the flash", size, SECTOR, LARGEST)
    offset = integer("offset of the image", offset, 0, size - 1)
    if offset % SECTOR:
        raise RnnhwError(f"offset of the image must be a multiple of {SECTOR} (a sector), not {offset}")
    if len(bitstream) > offset:
        raise RnnhwError(
            f"offset of the image must be at least {len(bitstream):,} (the bitstream's end), not {offset:,}"
        )
    if offset + len(image) > size:
        raise RnnhwError(
            f"the image does not fit the flash: it takes {len(image):,} bytes from {offset:,}, of {size:,} in all"
        )
    return bytes(bitstream).ljust(offset, bytes([ERASED])) + bytes(image)
