"""The hardware top with flat port names, the same for Verilog and for native simulation."""

from amaranth.hdl import ClockDomain, Elaboratable, Module, Signal
from amaranth.hdl._ir import PortDirection

__all__ = ["FlatTop"]


class FlatTop(Elaboratable):
    """A stream component behind plain ports: the top module of everything that is emitted.

    Amaranth would name the members of a stream ``i__payload`` and pack first, last and data into
    one vector. A top module that others instantiate reads better with one port for each of them.

    Parameters
    ----------
    component : wiring.Component
        Has ``i`` (payload ``data``, ``first``, ``last``) going in and ``o`` (payload ``data``,
        ``last``) coming out, both Amaranth streams in the clock domain ``sync``.
    name : str
        Name of the component's instance inside this module.

    Attributes
    ----------
    clk, rst : Signal, 1 bit
        The clock, and its synchronous reset (active high).
    i_valid, i_first, i_last, i_ready : Signal, 1 bit
    i_data : Signal, the width and sign of ``component.i.p.data``
    o_valid, o_last, o_ready : Signal, 1 bit
    o_data : Signal, the width and sign of ``component.o.p.data``
    """

    def __init__(self, component, name: str = "core"):
        self.component = component
        self.name = name
        self.clk = Signal()
        self.rst = Signal()
        self.i_valid = Signal()
        self.i_ready = Signal()
        self.i_data = Signal(component.i.p.data.shape())
        self.i_first = Signal()
        self.i_last = Signal()
        self.o_valid = Signal()
        self.o_ready = Signal()
        self.o_data = Signal(component.o.p.data.shape())
        self.o_last = Signal()

    def ports(self) -> dict:
        """Port name -> (signal, direction), as ``amaranth.back.*.convert(ports=)`` takes it."""
        inputs = ("clk", "rst", "i_valid", "i_data", "i_first", "i_last", "o_ready")
        outputs = ("i_ready", "o_valid", "o_data", "o_last")
        directions = dict.fromkeys(inputs, PortDirection.Input)
        directions |= dict.fromkeys(outputs, PortDirection.Output)
        return {name: (getattr(self, name), direction) for name, direction in directions.items()}

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = sync = ClockDomain("sync")
        sync.clk = self.clk
        sync.rst = self.rst
        m.submodules[self.name] = core = self.component
        m.d.comb += [
            core.i.valid.eq(self.i_valid),
            core.i.p.data.eq(self.i_data),
            core.i.p.first.eq(self.i_first),
            core.i.p.last.eq(self.i_last),
            self.i_ready.eq(core.i.ready),
            self.o_valid.eq(core.o.valid),
            self.o_data.eq(core.o.p.data),
            self.o_last.eq(core.o.p.last),
            core.o.ready.eq(self.o_ready),
        ]
        return m
