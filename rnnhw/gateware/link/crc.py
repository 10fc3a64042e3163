"""CRC-16, a bit a cycle."""

from amaranth import Cat, Const, Mux

from .protocol import POLYNOMIAL


def next_crc(crc, bit):
    """The remainder after a bit more; a byte's highest bit comes first."""
    shifted = Cat(Const(0, 1), crc[:15])
    return Mux(crc[15] ^ bit, shifted ^ POLYNOMIAL, shifted)
