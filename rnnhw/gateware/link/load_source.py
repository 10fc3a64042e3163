"""Where a core's weights come from: the flash after reset, and from then on the host."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import connect, flipped

from .flash_loader import FlashImage, FlashLoader

FLASH = ("cs_n", "sck", "copi", "cipo")


class LoadSource(wiring.Component):
    """The image in the flash first; what the host sends waits until that was loaded, or given up.

    Parameters
    ----------
    image : FlashImage
    clock_hz : int
        As of `FlashLoader`.

    Members
    -------
    host : In(stream)
        Like `load`.
    load, loaded, busy, error, flash_cs_n, flash_sck, flash_copi, flash_cipo
        As of `FlashLoader`.
    """

    def __init__(self, image: FlashImage, clock_hz: int):
        self.loader = FlashLoader(image, clock_hz)
        members = dict(self.loader.signature.members)
        super().__init__(
            {"host": members["load"].flip(), **{f"flash_{n}" if n in FLASH else n: m for n, m in members.items()}}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.loader = loader = self.loader
        m.d.comb += [
            *(getattr(self, f"flash_{name}").eq(getattr(loader, name)) for name in FLASH[:-1]),
            loader.cipo.eq(self.flash_cipo),
            loader.loaded.eq(self.loaded),
            self.busy.eq(loader.busy),
            self.error.eq(loader.error),
        ]
        with m.If(loader.busy):
            connect(m, loader.load, flipped(self.load))
        with m.Else():
            connect(m, flipped(self.host), flipped(self.load))
        return m
