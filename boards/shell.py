"""What stands around the core on every board: clock, reset, link pins, LEDs, flash."""

from amaranth.hdl import ClockDomain, ClockSignal, Const, Elaboratable, Instance, Module, ResetSignal, Signal
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

from .board import Board
from .clock import INTERNAL, Clock

SETTLE_S = 20e-6  # of reset after the PLL has locked; an iCE40's block RAMs cannot be read for 3 us after start-up
INTERNAL_SETTLE_S = 100e-6  # and its own oscillator is steady only then


class Shell(Elaboratable):
    """A board's top: its pins, and the core behind a link.

    Parameters
    ----------
    board : Board
    clock : Clock
        Of the core.
    linked : LinkedCore
        All of it runs in the clock domain ``sync``, which is made here.
    link : str
        "uart" or "spi".
    """

    def __init__(self, board: Board, clock: Clock, linked, link: str):
        self.board = board
        self.clock = clock
        self.linked = linked
        self.link = link

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain("sync")
        locked = self._clock(m, platform)
        self._reset(m, locked)
        m.submodules.link = linked = self.linked
        if self.link == "uart":
            pins = platform.request("uart", 0, dir="-")
            m.d.comb += linked.rx.eq(_input(m, "rx", pins.rx))
            _output(m, "tx", pins.tx, linked.tx)
        else:
            pins = platform.request("spi_link", 0, dir="-")
            m.d.comb += [getattr(linked, n).eq(_input(m, n, getattr(pins, n))) for n in ("sck", "cs_n", "copi")]
            _output(m, "cipo", pins.cipo, linked.cipo)
        shown = list(zip(self.board.leds, (linked.busy, linked.error), strict=False))
        shown += [(place, Const(1)) for place in self.board.high]
        ports = _ports(platform, [place for place, _ in shown])
        for number, (port, (_, value)) in enumerate(zip(ports, shown, strict=True)):
            _output(m, f"light_{number}", port, value)
        if hasattr(linked, "flash_cs_n"):
            self._flash(m, platform)
        return m

    def _clock(self, m: Module, platform):
        """Drive the clock of ``sync``; returns what says that it is steady."""
        name, pll, pad = platform.default_clk, self.clock.pll, False
        if name == INTERNAL:
            source = Signal(name="oscillator")
            m.submodules.oscillator = Instance(
                INTERNAL,
                p_CLKHF_DIV=f"0b{self.clock.shift:02b}",
                i_CLKHFEN=Const(1),
                i_CLKHFPU=Const(1),
                o_CLKHF=source,
            )
        else:
            pin = platform.request(name, dir="-")
            pad = pll is not None and self.board.pll_pad
            source = pin.io if pad else _input(m, "oscillator", pin)
        if pll is None:
            m.d.comb += ClockSignal().eq(source)
            return Const(1)
        clock, locked = Signal(name="pll_clock"), Signal(name="pll_locked")
        cells = pll.instance(source, clock, locked, pad=pad)
        for number, cell in enumerate(cells if isinstance(cells, tuple) else (cells,)):
            m.submodules[f"pll_{number}"] = cell
        m.d.comb += ClockSignal().eq(clock)
        return locked

    def _reset(self, m: Module, locked) -> None:
        """Hold the reset of ``sync`` until its clock has been steady for a while."""
        internal = self.board.internal_oscillator
        cycles = round(self.clock.hz * (INTERNAL_SETTLE_S if internal else SETTLE_S))
        m.domains += ClockDomain("start", reset_less=True, local=True)
        m.d.comb += ClockSignal("start").eq(ClockSignal())
        steady, ready = Signal(), Signal()
        count = Signal(range(cycles + 1))
        m.submodules.steady = FFSynchronizer(locked, steady, o_domain="start")
        with m.If(~steady):
            m.d.start += [count.eq(0), ready.eq(0)]
        with m.Elif(count == cycles):
            m.d.start += ready.eq(1)
        with m.Else():
            m.d.start += count.eq(count + 1)
        m.d.comb += ResetSignal().eq(~ready)

    def _flash(self, m: Module, platform) -> None:
        flash, linked = self.board.flash, self.linked
        pins = platform.request(flash.resource, 0, dir="-")
        _output(m, "flash_cs", pins.cs, ~linked.flash_cs_n)  # the resource turns it round
        _output(m, "flash_copi", pins.copi, linked.flash_copi)
        m.d.comb += linked.flash_cipo.eq(_input(m, "flash_cipo", pins.cipo))
        for name in ("wp", "hold"):
            if hasattr(pins, name):
                _output(m, f"flash_{name}", getattr(pins, name), Const(0))
        if flash.clock_cell is None:
            _output(m, "flash_clk", pins.clk, linked.flash_sck)
        else:
            m.submodules.flash_clock = Instance(
                flash.clock_cell, i_USRMCLKI=linked.flash_sck, i_USRMCLKTS=Const(0), a_keep=1
            )


def _ports(platform, places) -> list:
    """The ports of resources ("led 0", or with a subsignal "rgb_led 0 g"), each requested once."""
    requested, ports = {}, []
    for place in places:
        name, number, *subsignal = place.split()
        if (name, number) not in requested:
            requested[name, number] = platform.request(name, int(number), dir="-")
        port = requested[name, number]
        ports.append(getattr(port, subsignal[0]) if subsignal else port)
    return ports


def _input(m: Module, name: str, port):
    """What comes in at a port of one pin."""
    m.submodules[f"pin_{name}"] = buffer = io.Buffer("i", port)
    return buffer.i[0]


def _output(m: Module, name: str, port, value) -> None:
    """Drive a port of one pin."""
    m.submodules[f"pin_{name}"] = buffer = io.Buffer("o", port)
    m.d.comb += buffer.o.eq(value)
