"""What both ends of a frame have in common: CRC-16, a bit a cycle, and escapes."""

from amaranth import Cat, Const, Mux

from .protocol import POLYNOMIAL


def next_crc(crc, bit):
    """The remainder after a bit more; a byte's highest bit comes first."""
    shifted = Cat(Const(0, 1), crc[:15])
    return Mux(crc[15] ^ bit, shifted ^ POLYNOMIAL, shifted)


def needs_escape(byte):
    """Whether a byte is 7D or 7E."""
    return ~byte[7] & byte[2:7].all() & (byte[0] ^ byte[1])
