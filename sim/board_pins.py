"""The pins of a board's top, for the native simulation: a flat top module, and the C++ that reaches it."""

from amaranth.hdl import ClockDomain, Elaboratable, Module, Signal
from amaranth.hdl._ir import PortDirection
from amaranth.lib.wiring import In

__all__ = ["PinTop", "pins_source"]

GLUE = {
    "uart": """#define LINK_UART
namespace pins {
static inline void rest(cxxrtl_design::p_top &top) { top.p_rx.set<bool>(true); }
static inline void set_line(cxxrtl_design::p_top &top, bool level) { top.p_rx.set<bool>(level); }
static inline bool line(cxxrtl_design::p_top &top) { return top.p_tx.get<bool>(); }
static inline bool busy(cxxrtl_design::p_top &top) { return top.p_busy.get<bool>(); }
}
""",
    "spi": """namespace pins {
static inline void set(cxxrtl_design::p_top &top, bool sck, bool cs_n, bool copi) {
    top.p_sck.set<bool>(sck), top.p_cs__n.set<bool>(cs_n), top.p_copi.set<bool>(copi);
}
static inline void rest(cxxrtl_design::p_top &top) { set(top, false, true, false); }
static inline bool cipo(cxxrtl_design::p_top &top) { return top.p_cipo.get<bool>(); }
}
""",
}


def pins_source(link: str) -> str:
    """Namespace ``pins`` of a link, "uart" or "spi"."""
    return GLUE[link]


class PinTop(Elaboratable):
    """A component whose members are single signals, as a top module with clock and reset.

    Parameters
    ----------
    component : wiring.Component
        In the clock domain ``sync``.
    name : str
        Of its instance.
    """

    def __init__(self, component, name: str = "core"):
        self.component, self.name = component, name
        self.clk, self.rst = Signal(), Signal()
        members = component.signature.members.items()
        self.pins = {key: (Signal(member.shape, name=key), member.flow == In) for key, member in members}

    def ports(self) -> dict:
        """Port name -> (signal, direction)."""
        ports = {"clk": (self.clk, PortDirection.Input), "rst": (self.rst, PortDirection.Input)}
        for name, (pin, incoming) in self.pins.items():
            ports[name] = (pin, PortDirection.Input if incoming else PortDirection.Output)
        return ports

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = sync = ClockDomain("sync")
        sync.clk, sync.rst = self.clk, self.rst
        m.submodules[self.name] = core = self.component
        for name, (pin, incoming) in self.pins.items():
            inner = getattr(core, name)
            m.d.comb += inner.eq(pin) if incoming else pin.eq(inner)
        return m
