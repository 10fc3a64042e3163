"""A serial port: eight data bits, one stop bit, no parity."""

from amaranth import Cat, Const, Module, Signal
from amaranth.lib import cdc, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import integer

LEAST_CLOCKS = 5  # a bit
PARTS = 8  # of a clock, in which a bit's length is counted: with five clocks the rate is right within 1.3 %


def bit_length(clock_hz: int, baud: int) -> int:
    """Length of a bit in eighths of a clock.

    Raises
    ------
    RnnhwError, TypeError
        If the clock is too slow for the rate.
    """
    clock_hz, baud = integer("clock_hz", clock_hz, 1), integer("baud", baud, 1)
    if clock_hz < LEAST_CLOCKS * baud:
        most = clock_hz // LEAST_CLOCKS
        raise RnnhwError(f"baud must be at most {most} with a clock of {clock_hz} Hz (5 clocks a bit), not {baud}")
    return round(PARTS * clock_hz / baud)


class BitClock(wiring.Component):
    """Tells when a bit ends.

    Parameters
    ----------
    length : int
        Eighths of a clock from one strobe to the next; the fraction adds a clock to some.
    first : int
        Clocks from `start` to the first strobe, 1 or more.

    Members
    -------
    start : In(1)
        Begin anew.
    strobe : Out(1)
    """

    def __init__(self, length: int, first: int):
        self.length, self.first = length, first
        super().__init__({"start": In(1), "strobe": Out(1)})

    def elaborate(self, platform):
        m = Module()
        whole, rest = divmod(self.length, PARTS)
        count = Signal(range(max(whole + 1, self.first)))
        phase = Signal(range(PARTS))
        following = Signal(range(2 * PARTS))
        m.d.comb += [following.eq(phase + rest), self.strobe.eq(count == 0)]
        m.d.sync += count.eq(count - 1)
        with m.If(self.start):
            m.d.sync += [count.eq(self.first - 1), phase.eq(0)]
        with m.Elif(self.strobe):
            m.d.sync += [count.eq(whole - 1 + (following >= PARTS) if rest else whole - 1), phase.eq(following)]
        return m


class UartReceiver(wiring.Component):
    """Takes bytes from a line; one without a stop bit is left out.

    Parameters
    ----------
    length : int
        Of a bit, in eighths of a clock (`bit_length`).

    Members
    -------
    rx : In(1)
        The line, of any phase.
    o : Out(stream)
        Bytes. One that has not been taken when the next one's start bit is through is lost.
    """

    def __init__(self, length: int):
        self.clock = BitClock(length, length // (2 * PARTS))  # into the middle of the start bit
        super().__init__({"rx": In(1, init=1), "o": Out(stream.Signature(8))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bit_clock = clock = self.clock
        line = Signal(init=1)
        m.submodules.line = cdc.FFSynchronizer(self.rx, line, init=1)
        bit = Signal(range(10))
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += clock.start.eq(~line)
                m.d.sync += bit.eq(0)
                with m.If(~line):
                    m.next = "BITS"
            with m.State("BITS"):
                with m.If(clock.strobe):
                    m.d.sync += bit.eq(bit + 1)
                    with m.If(bit == 9):
                        m.d.sync += self.o.valid.eq(line)
                        m.next = "STOP"
                    with m.Else():
                        m.d.sync += self.o.payload.eq(Cat(self.o.payload[1:], line))
                    with m.If(bit == 0):
                        m.d.sync += self.o.valid.eq(0)
                        with m.If(line):  # no start bit, just a spike
                            m.next = "IDLE"
            with m.State("STOP"):
                with m.If(line):
                    m.next = "IDLE"
        return m


class UartTransmitter(wiring.Component):
    """Puts bytes on a line.

    Parameters
    ----------
    length : int
        Of a bit, in eighths of a clock (`bit_length`).

    Members
    -------
    i : In(stream)
    tx : Out(1)
    """

    def __init__(self, length: int):
        self.clock = BitClock(length, length // PARTS)
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.bit_clock = clock = self.clock
        bits = Signal(9, init=-1)  # those that come after the one on the line
        left = Signal(range(11))
        m.d.comb += [self.i.ready.eq(left == 0), clock.start.eq(self.i.ready)]
        with m.If(self.i.ready):
            with m.If(self.i.valid):
                m.d.sync += [Cat(self.tx, bits).eq(Cat(Const(0, 1), self.i.payload, Const(1, 1))), left.eq(10)]
        with m.Elif(clock.strobe):
            m.d.sync += [Cat(self.tx, bits).eq(Cat(bits, Const(1, 1))), left.eq(left - 1)]
        return m
