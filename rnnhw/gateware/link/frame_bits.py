"""What both ends of a frame have in common: bytes bit by bit, their CRC-16, and escapes."""

from amaranth import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .protocol import CRC_START, ESCAPED, POLYNOMIAL


class FrameByte(wiring.Component):
    """A byte that is turned round, a bit a cycle, and the CRC of all that were.

    Members
    -------
    restart : In(1)
        Begin a CRC.
    load : In(1), value : In(8)
        Take a byte.
    turn : In(1)
        Turn it by a bit; the highest bit goes into the CRC, if `checked` : In(1). If not, the CRC is shifted out.
    escape : In(1)
        Change the byte to what it is escaped to.
    byte : Out(8), crc : Out(16)
    turned : Out(1)
        In the last of eight cycles of `turn`.
    """

    def __init__(self):
        members = dict.fromkeys(("restart", "load", "turn", "checked", "escape"), In(1)) | {"value": In(8)}
        super().__init__(members | {"byte": Out(8), "crc": Out(16, init=CRC_START), "turned": Out(1)})

    def elaborate(self, platform):
        m = Module()
        byte, crc, count = self.byte, self.crc, Signal(3)
        with m.If(self.load):
            m.d.sync += byte.eq(self.value)
        with m.Elif(self.turn):
            m.d.sync += byte.eq(byte.rotate_left(1))
        with m.Elif(self.escape):
            m.d.sync += byte.eq(byte ^ ESCAPED)
        with m.If(self.restart):
            m.d.sync += crc.eq(CRC_START)
        with m.Elif(self.turn):
            shifted = Cat(Const(0, 1), crc[:15])
            m.d.sync += crc.eq(Mux(self.checked & (crc[15] ^ byte[7]), shifted ^ POLYNOMIAL, shifted))
        m.d.sync += count.eq(Mux(self.turn, count + 1, 0))
        m.d.comb += self.turned.eq(count == 7)
        return m


def needs_escape(byte):
    """Whether a byte is 7D or 7E."""
    return ~byte[7] & byte[2:7].all() & (byte[0] ^ byte[1])
