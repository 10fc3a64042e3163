"""Loads a core's weights from the SPI flash that the board starts from."""

from dataclasses import dataclass

from amaranth import Array, Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint.checks import integer

from .spi_bytes import SpiBytes

WAKE, READ = 0xAB, 0x03  # release from power-down; read, with 24 bits of address
HEAD = 4  # bytes before the first one that is read
SCK_HZ = 25_000_000  # at most: every flash reads that fast with `READ`
PAUSE_SECONDS = 100e-6  # before and after waking: the slowest flashes take 35 microseconds
ATTEMPTS = 3


@dataclass(frozen=True)
class FlashImage:
    """Where a load image lies in a flash.

    Parameters
    ----------
    offset, length : int
        In bytes; all within the 16 MiB that 24 bits of address reach.
    """

    offset: int
    length: int

    def __post_init__(self):
        integer("offset", self.offset, 0, (1 << 24) - 1)
        integer("length", self.length, 1, (1 << 24) - self.offset)


class FlashLoader(wiring.Component):
    """Reads an image once after reset and gives it to a core's stream `load`; again if the core did not find it sound.

    Waits, releases the flash from power-down (in which iCE40 devices leave it), waits, reads, waits, and looks whether
    the core is loaded. Gives up after `ATTEMPTS` times.

    Parameters
    ----------
    image : FlashImage
    clock_hz : int
        Of the domain `sync`. `sck` has half of it, or less where that is more than 25 MHz.

    Members
    -------
    cs_n, sck, copi : Out(1), cipo : In(1)
        The flash.
    load : Out(stream)
        `data`: a byte; `last` with the image's final byte.
    loaded : In(1)
        What the core says of it, soon after the final byte.
    busy : Out(1)
        Until it was loaded, or given up.
    error : Out(1)
        It was given up, and nothing else has been loaded since.
    """

    def __init__(self, image: FlashImage, clock_hz: int):
        self.image, self.clock_hz = image, integer("clock_hz", clock_hz, 1, 1 << 40)
        self.half = -(-clock_hz // (2 * SCK_HZ))
        self.pause = max(1, round(clock_hz * PAUSE_SECONDS))
        super().__init__(
            {
                "cs_n": Out(1, init=1),
                "sck": Out(1),
                "copi": Out(1),
                "cipo": In(1),
                "load": Out(stream.Signature(data.StructLayout({"data": 8, "last": 1}))),
                "loaded": In(1),
                "busy": Out(1, init=1),
                "error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.bytes = spi = SpiBytes(self.half)
        awake = Signal()
        given_up = Signal()
        position = Signal(range(HEAD + self.image.length))  # of the byte that is sent
        final = Signal()  # this is the image's last byte (a register: `position` stands for many cycles)
        heading = Signal(init=1)  # the command and the address are not through
        left = Signal(signed(self.pause.bit_length() + 1), init=self.pause)  # of a pause, over when it is negative
        attempts = Signal(range(ATTEMPTS))
        head = Array([READ, *self.image.offset.to_bytes(HEAD - 1, "big")])
        m.d.sync += [final.eq(position == HEAD - 1 + self.image.length), heading.eq(position < HEAD)]
        m.d.comb += [
            self.sck.eq(spi.sck),
            self.copi.eq(spi.copi),
            spi.cipo.eq(self.cipo),
            self.load.payload.data.eq(spi.received),
            self.load.payload.last.eq(final),
            self.error.eq(given_up & ~self.loaded),
        ]
        with m.If(~awake):
            m.d.comb += spi.send.eq(WAKE)
        with m.Elif(heading):
            m.d.comb += spi.send.eq(head[position[:2]])
        with m.FSM():
            with m.State("pause"):
                m.d.sync += left.eq(left - 1)
                with m.If(left < 0):
                    m.d.sync += [left.eq(self.pause), self.cs_n.eq(0)]
                    m.next = "send"
            with m.State("send"):
                m.d.comb += spi.start.eq(1)
                m.next = "sending"
            with m.State("sending"):
                with m.If(~spi.busy):
                    self._sent(m, awake, heading, position)
            with m.State("give"):
                with m.If(self.load.ready):
                    m.d.sync += [self.load.valid.eq(0), position.eq(position + 1)]
                    m.next = "send"
                    with m.If(final):
                        m.d.sync += [self.cs_n.eq(1), position.eq(0), awake.eq(0)]
                        m.next = "settle"
            with m.State("settle"):
                m.d.sync += left.eq(left - 1)
                with m.If(left < 0):
                    m.d.sync += [left.eq(self.pause), attempts.eq(attempts + 1)]
                    m.next = "pause"
                    with m.If(self.loaded | (attempts == ATTEMPTS - 1)):
                        m.d.sync += [self.busy.eq(0), given_up.eq(~self.loaded)]
                        m.next = "done"
            with m.State("done"):
                pass
        return m

    def _sent(self, m, awake, heading, position) -> None:
        """A byte was sent, and another received."""
        with m.If(~awake):
            m.d.sync += [awake.eq(1), self.cs_n.eq(1)]
            m.next = "pause"
        with m.Elif(heading):
            m.d.sync += position.eq(position + 1)
            m.next = "send"
        with m.Else():
            m.d.sync += self.load.valid.eq(1)
            m.next = "give"
