"""Bytes to and from an SPI device."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class SpiBytes(wiring.Component):
    """Sends a byte and receives one at the same time (SPI mode 0, most significant bit first).

    A bit takes 2 * `half` cycles, first with `sck` low. `cipo` is sampled as late as it can be, in the cycle in which
    `sck` falls again: the device has the whole bit's time for its answer. It needs no synchroniser, which would take
    that time away: it changes only after a falling edge of `sck`.

    Parameters
    ----------
    half : int
        Cycles of half a bit.

    Members
    -------
    start : In(1), send : In(8)
        Begin with this byte; not looked at while `busy`.
    busy : Out(1)
        From the cycle after `start`, for 16 * `half` cycles.
    received : Out(8)
        What came, while not `busy`.
    sck, copi : Out(1), cipo : In(1)
    """

    def __init__(self, half: int):
        self.half = half
        super().__init__(
            {
                "start": In(1),
                "send": In(8),
                "busy": Out(1),
                "received": Out(8),
                "sck": Out(1),
                "copi": Out(1),
                "cipo": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(self.half))  # cycles of this half of a bit
        bits = Signal(3)  # bits after this one
        m.d.comb += self.copi.eq(self.received[7])
        with m.If(~self.busy):
            with m.If(self.start):
                m.d.sync += [self.busy.eq(1), self.received.eq(self.send), bits.eq(7), left.eq(self.half - 1)]
        with m.Elif(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.Else():
            m.d.sync += [self.sck.eq(~self.sck), left.eq(self.half - 1)]
            with m.If(self.sck):
                m.d.sync += [self.received.eq(Cat(self.cipo, self.received[:7])), bits.eq(bits - 1)]
                m.d.sync += self.busy.eq(bits != 0)
        return m
