"""A whole core behind the pins of a serial port."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice
from rnnhw.gateware.network_top import NetworkTop
from rnnhw.plan import Plan

from .core_link import CoreLink
from .flash_loader import FlashImage
from .hello import hello_payload
from .load_source import FLASH, LoadSource
from .spi import SpiPeripheral
from .uart import UartReceiver, UartTransmitter, bit_length

LINKS = ("uart", "spi")


class LinkedCore(wiring.Component):
    """A core and what carries out a host's requests on it, with the pins between them and the host.

    Every frame that comes is answered; a damaged one does nothing else.

    Parameters
    ----------
    plan : Plan
    identity : bytes
        Eight bytes that no other design has.
    clock_hz : int
        Of the clock.
    link : str
        "uart" (8N1) or "spi" (mode 0, at most an eighth of the clock).
    baud : int
        Of the UART; at most a fifth of the clock.
    primitives : optional
        What multipliers and memories are made of.
    image : FlashImage, optional
        Where the weights lie in the board's flash, from which they are loaded after reset.

    Members
    -------
    rx : In(1), tx : Out(1)
        The UART.
    sck, cs_n, copi : In(1), cipo : Out(1)
        The SPI.
    flash_cs_n, flash_sck, flash_copi : Out(1), flash_cipo : In(1)
        With `image`, the flash.
    busy : Out(1)
        A sequence is under way, or weights are read from the flash.
    error : Out(1)
        The last frame was damaged or refused, or the flash holds no weights for this core.
    """

    def __init__(
        self, plan: Plan, *, identity: bytes, clock_hz: int, link="uart", baud=1_000_000, primitives=None, image=None
    ):
        self.plan, self.link = plan, choice("link", link, LINKS)
        length = bit_length(clock_hz, baud) if link == "uart" else None
        hello_payload(plan, identity, clock_hz)  # whatever is wrong is said before anything is made
        self.load_source = None if image is None else load_source(plan, image, clock_hz)
        self.core = NetworkTop(plan, restart=True, **({} if primitives is None else {"primitives": primitives}))
        self.core_link = CoreLink(self.core, identity, clock_hz)
        if link == "uart":
            self.ports = (UartReceiver(length), UartTransmitter(length))
            pins = {"rx": In(1, init=1), "tx": Out(1, init=1)}
        else:
            self.ports = (SpiPeripheral(),) * 2
            pins = {"sck": In(1), "cs_n": In(1, init=1), "copi": In(1), "cipo": Out(1)}
        if image is not None:
            members = self.load_source.signature.members
            pins |= {f"flash_{name}": members[f"flash_{name}"] for name in FLASH}
        super().__init__(pins | {"busy": Out(1), "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.core, m.submodules.core_link = core, link = self.core, self.core_link
        source, sink = self.ports
        if source is sink:
            m.submodules.spi = source
            m.d.comb += [getattr(source, pin).eq(getattr(self, pin)) for pin in ("sck", "cs_n", "copi")]
            m.d.comb += self.cipo.eq(source.cipo)
        else:
            m.submodules.receiver, m.submodules.transmitter = source, sink
            m.d.comb += [source.rx.eq(self.rx), self.tx.eq(sink.tx)]
        connect(m, source.o, link.i)
        connect(m, link.o, sink.i)
        join(m, link, core, self.load_source)
        busy, error = link.busy, link.error
        if self.load_source is not None:
            m.submodules.load_source = flash = self.load_source
            m.d.comb += [getattr(self, f"flash_{name}").eq(getattr(flash, f"flash_{name}")) for name in FLASH[:-1]]
            m.d.comb += flash.flash_cipo.eq(self.flash_cipo)
            busy, error = busy | flash.busy, error | flash.error
        m.d.comb += [self.busy.eq(busy), self.error.eq(error)]
        return m


def load_source(plan: Plan, image: FlashImage, clock_hz: int) -> LoadSource:
    """What loads a core's weights, if they can be in such an image.

    Raises
    ------
    RnnhwError
        If the core's weights are fixed, or their image is longer or shorter.
    """
    if plan.hardware.weights != "loadable":
        raise RnnhwError('weights come from a flash with weights="loadable" only, and this core\'s are fixed')
    if image.length != plan.load_cycles:
        raise RnnhwError(f"length of the image in the flash must be {plan.load_cycles}, not {image.length}")
    return LoadSource(image, clock_hz)


def join(m, link: CoreLink, core: NetworkTop, flash: LoadSource | None = None) -> None:
    """Connect a link with its core; what it loads goes through `flash`, if there is one."""
    members = core.signature.members
    connect(m, link.elements, core.i)
    connect(m, core.o, link.answers)
    if "state" in members:
        connect(m, link.state, core.state)
    if "final" in members:
        connect(m, core.final, link.final)
    if "load" in members:
        connect(m, link.load, core.load if flash is None else flash.host)
        if flash is not None:
            connect(m, flash.load, core.load)
            m.d.comb += flash.loaded.eq(core.loaded)
        m.d.comb += [link.loaded.eq(core.loaded), link.load_error.eq(core.load_error)]
    if "saturated" in members:
        m.d.comb += link.saturated.eq(core.saturated)
    m.d.comb += core.restart.eq(link.restart)
