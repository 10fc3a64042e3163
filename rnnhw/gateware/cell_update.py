"""The LSTM cell update: one multiplier, three products a unit."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat
from rnnhw.plan import Plan

from .cell_formats import CellFormats
from .interfaces import GATE_F, GATE_G, GATE_I, GATE_O
from .multiplier import LutMultiplier, Multiplier
from .output_gate_queue import OutputGateQueue
from .requantize import Requantize


class LSTMCellUpdate(wiring.Component):
    """``c' = R(f c + i g)`` and ``h' = R(o tanh(R(c')))``.

    Every table value that arrives is used at once or kept: i till g comes, o till tanh(c') comes; i*g is
    kept till f*c is there. No two products meet, because no two table values do.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    enable : In(1)
    value : In(signed(n + 1))
        A table value: of a gate, or tanh(c').
    gate_valid : In(1), gate : In(2), first : In(1)
        It is a gate's; `first` reads the old cell state as zero.
    tanh_valid : In(1)
        It is tanh(c').
    c_old : In(signed)
        The unit's cell state, with gate f.
    product_gate_valid : In(1), product_gate : In(2), product_layer : In
        The gate whose product is there (two cycles later), and its layer.
    c_new : Out(signed)
        The next cell state, a cycle after the product of f.
    z_layer : In
        Layer of the cell state that is about to become a pre-activation.
    z : Out(signed)
        The new cell state as a pre-activation of tanh.
    h : Out(signed)
        The new hidden state, two cycles after tanh(c').
    """

    def __init__(self, plan: Plan):
        network, timing = plan.network, plan.timing
        self.bits = bits = network.config.activation_bits
        self.formats = formats = CellFormats.of(network)
        self.cell_width = width = formats.cell_width
        kind = Multiplier if plan.hardware.update_multiplier == "dsp" else LutMultiplier
        self.multiplier = kind(bits + 1, width)
        self.output_gates = OutputGateQueue(bits + 1, timing.cell_activation - timing.activation)
        z_tanh, rounding = network.preactivations[1], network.config.rounding
        z_shifts = [layer.c.frac - z_tanh.frac for layer in network.lstms]
        self.to_c = Requantize(formats.total_width, formats.c_shifts, QFormat(width, 0), formats.rounding)
        self.to_z = Requantize(width, z_shifts, z_tanh, rounding["z"])
        self.to_h = Requantize(2 * bits + 1, [bits], QFormat(bits, bits - 1), rounding["h"])
        select = range(len(network.lstms))
        super().__init__(
            {
                "enable": In(1),
                "value": In(signed(bits + 1)),
                "gate_valid": In(1),
                "gate": In(2),
                "first": In(1),
                "tanh_valid": In(1),
                "c_old": In(signed(width)),
                "product_gate_valid": In(1),
                "product_gate": In(2),
                "product_layer": In(select),
                "c_new": Out(signed(width)),
                "z_layer": In(select),
                "z": Out(signed(z_tanh.width)),
                "h": Out(signed(bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = self.multiplier
        m.submodules.output_gates = self.output_gates
        m.submodules.to_c, m.submodules.to_z, m.submodules.to_h = self.to_c, self.to_z, self.to_h
        self._operands(m)
        product = multiplier.product
        fresh = Signal(signed(self.formats.total_width))
        total = Signal(signed(self.formats.total_width))
        layer = self.product_layer
        m.d.comb += [
            total.eq(self._by_layer(m, "kept", [product << s for s in self.formats.kept_shifts], layer) + fresh),
            self.to_c.i.eq(total),
            self.to_c.select.eq(layer),
            self.to_z.i.eq(self.c_new),
            self.to_z.select.eq(self.z_layer),
            self.z.eq(self.to_z.o),
            self.to_h.i.eq(product),
            self.h.eq(self.to_h.o),
        ]
        aligned = zip(self.formats.fresh_shifts, self.formats.constants, strict=True)
        news = [(product << shift) + constant for shift, constant in aligned]
        new = self._by_layer(m, "fresh_product", news, layer)
        with m.If(self.enable & self.product_gate_valid):
            with m.If(self.product_gate == GATE_G):
                m.d.sync += fresh.eq(new)
            with m.If(self.product_gate == GATE_F):
                m.d.sync += self.c_new.eq(self.to_c.o)
        return m

    def _operands(self, m) -> None:
        """Choose what is multiplied, and keep what is needed later."""
        i_kept = Signal(signed(self.bits + 1))
        gates = self.output_gates
        is_f = Signal()
        m.d.comb += [
            is_f.eq(self.gate_valid & (self.gate == GATE_F)),
            gates.arrive.eq(self.enable & self.gate_valid & (self.gate == GATE_O)),
            gates.gate.eq(self.value),
            gates.take.eq(self.enable & self.tanh_valid),
            self.multiplier.enable.eq(self.enable),
            self.multiplier.a.eq(Mux(self.tanh_valid, gates.oldest, Mux(is_f, self.value, i_kept))),
            self.multiplier.b.eq(Mux(is_f, Mux(self.first, 0, self.c_old), self.value)),
        ]
        with m.If(self.enable & self.gate_valid & (self.gate == GATE_I)):
            m.d.sync += i_kept.eq(self.value)

    def _by_layer(self, m, name: str, values, layer):
        """One of several values by layer; equal ones are chosen between only once."""
        chosen = Signal(signed(self.formats.total_width), name=name)
        with m.Switch(layer):
            for number, value in enumerate(values):
                with m.Case(number):
                    m.d.comb += chosen.eq(value)
        return chosen
