"""The pins of an SPI peripheral, mode 0, sampled with the system's clock."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import cdc, stream, wiring
from amaranth.lib.wiring import In, Out

from .protocol import FLAG


class SpiPeripheral(wiring.Component):
    """Bytes both ways at a time, the highest bit first; `sck` at most an eighth of the clock.

    Where there is nothing to send, a flag is sent. The byte to be sent next is chosen when the one before is through,
    and waits while the peripheral is not selected. What was received of a byte when the selection ends is forgotten.

    Members
    -------
    sck, cs_n, copi : In(1)
        Of any phase.
    cipo : Out(1)
        Changes within three clocks of a falling edge of `sck`.
    o : Out(stream)
        Bytes from the host. One that has not been taken eight bits later is lost.
    i : In(stream)
        Bytes to the host.
    """

    def __init__(self):
        byte = stream.Signature(8)
        super().__init__(
            {"sck": In(1), "cs_n": In(1, init=1), "copi": In(1), "cipo": Out(1), "o": Out(byte), "i": In(byte)}
        )

    def elaborate(self, platform):
        m = Module()
        sck, cs_n, copi = Signal(), Signal(init=1), Signal()
        m.submodules.sck = cdc.FFSynchronizer(self.sck, sck)
        m.submodules.cs_n = cdc.FFSynchronizer(self.cs_n, cs_n, init=1)
        m.submodules.copi = cdc.FFSynchronizer(self.copi, copi)
        before = Signal()
        rise, fall = Signal(), Signal()
        received = Signal(7)
        sending = Signal(8, init=FLAG)
        count = Signal(3)
        through, load = Signal(), Signal()
        m.d.sync += before.eq(sck)
        m.d.comb += [
            rise.eq(sck & ~before & ~cs_n),
            fall.eq(~sck & before & ~cs_n),
            self.cipo.eq(sending[7]),
            load.eq(through & (fall | cs_n)),
            self.i.ready.eq(load),
        ]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(cs_n):
            m.d.sync += count.eq(0)
        with m.If(rise):
            m.d.sync += [received.eq(Cat(copi, received)), count.eq(count + 1)]
            with m.If(count == 7):
                m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(Cat(copi, received)), through.eq(1)]
        with m.If(load):
            m.d.sync += [sending.eq(Mux(self.i.valid, self.i.payload, FLAG)), through.eq(0)]
        with m.Elif(fall):
            m.d.sync += sending.eq(sending << 1)
        return m
