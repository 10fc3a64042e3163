"""The LSTM cell update: one multiplier, three products a unit."""

from amaranth import Array, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, Rounding, rounding_constant
from rnnhw.plan import Plan

from .interfaces import GATE_F, GATE_G, GATE_I, GATE_O
from .multiplier import LutMultiplier, Multiplier
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
        self.network, self.timing = plan.network, plan.timing
        bits = self.network.config.activation_bits
        layers = self.network.lstms
        self.bits = bits
        self.cell_width = max(layer.c.width for layer in layers)
        kind = Multiplier if plan.hardware.update_multiplier == "dsp" else LutMultiplier
        self.multiplier = kind(bits + 1, self.cell_width)
        select = range(len(layers))
        self._plan_formats(layers)
        super().__init__(
            {
                "enable": In(1),
                "value": In(signed(bits + 1)),
                "gate_valid": In(1),
                "gate": In(2),
                "first": In(1),
                "tanh_valid": In(1),
                "c_old": In(signed(self.cell_width)),
                "product_gate_valid": In(1),
                "product_gate": In(2),
                "product_layer": In(select),
                "c_new": Out(signed(self.cell_width)),
                "z_layer": In(select),
                "z": Out(signed(self.network.preactivations[1].width)),
                "h": Out(signed(bits)),
            }
        )

    def _plan_formats(self, layers) -> None:
        """Alignments and requantisers, by layer."""
        rounding, bits = self.network.config.rounding, self.bits
        fresh_frac = 2 * bits - 1
        kept_fracs = [bits + layer.c.frac for layer in layers]
        fracs = [max(kept, fresh_frac) for kept in kept_fracs]
        self.kept_shifts = [frac - kept for frac, kept in zip(fracs, kept_fracs, strict=True)]
        self.fresh_shifts = [frac - fresh_frac for frac in fracs]
        c_shifts = [frac - layer.c.frac for frac, layer in zip(fracs, layers, strict=True)]
        c_rounding = Rounding(rounding["c"])
        folded = c_rounding != Rounding.HALF_EVEN
        self.c_constants = [rounding_constant(s, c_rounding) if folded else 0 for s in c_shifts]
        gate, cell, candidate = (1 << bits) - 1, 1 << (self.cell_width - 1), 1 << (bits - 1)
        shifts = zip(self.kept_shifts, self.fresh_shifts, self.c_constants, strict=True)
        bound = max((gate * cell << kept) + (gate * candidate << fresh) + constant for kept, fresh, constant in shifts)
        self.total_width = bound.bit_length() + 1
        target = QFormat(self.cell_width, 0)
        self.to_c = Requantize(self.total_width, c_shifts, target, Rounding.FLOOR if folded else c_rounding)
        z_tanh = self.network.preactivations[1]
        z_shifts = [layer.c.frac - z_tanh.frac for layer in layers]
        self.to_z = Requantize(self.cell_width, z_shifts, z_tanh, rounding["z"])
        self.to_h = Requantize(2 * bits + 1, [bits], QFormat(bits, bits - 1), rounding["h"])

    def elaborate(self, platform):
        m = Module()
        m.submodules.multiplier = multiplier = self.multiplier
        m.submodules.to_c, m.submodules.to_z, m.submodules.to_h = self.to_c, self.to_z, self.to_h
        self._operands(m)
        product = multiplier.product
        fresh = Signal(signed(self.total_width))
        total = Signal(signed(self.total_width))
        layer = self.product_layer
        m.d.comb += [
            total.eq(self._by_layer(m, "kept", [product << s for s in self.kept_shifts], layer) + fresh),
            self.to_c.i.eq(total),
            self.to_c.select.eq(layer),
            self.to_z.i.eq(self.c_new),
            self.to_z.select.eq(self.z_layer),
            self.z.eq(self.to_z.o),
            self.to_h.i.eq(product),
            self.h.eq(self.to_h.o),
        ]
        aligned = zip(self.fresh_shifts, self.c_constants, strict=True)
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
        o_kept = self._o_queue(m)
        is_f = Signal()
        m.d.comb += [
            is_f.eq(self.gate_valid & (self.gate == GATE_F)),
            self.multiplier.enable.eq(self.enable),
            self.multiplier.a.eq(Mux(self.tanh_valid, o_kept, Mux(is_f, self.value, i_kept))),
            self.multiplier.b.eq(Mux(is_f, Mux(self.first, 0, self.c_old), self.value)),
        ]
        with m.If(self.enable & self.gate_valid & (self.gate == GATE_I)):
            m.d.sync += i_kept.eq(self.value)

    def _o_queue(self, m):
        """Output gates that wait for their tanh(c'): as many as can arrive in between."""
        arrive = self.enable & self.gate_valid & (self.gate == GATE_O)
        waiting = self.timing.cell_activation - self.timing.activation
        depth = -(-waiting // 4)  # a unit's rows take four cycles at least
        places = [Signal(signed(self.bits + 1), name=f"o_kept_{n}") for n in range(depth)]
        if depth == 1:
            with m.If(arrive):
                m.d.sync += places[0].eq(self.value)
            return places[0]
        write = Signal(range(depth))
        read = Signal(range(depth))
        with m.If(arrive):
            m.d.sync += [Array(places)[write].eq(self.value), write.eq(Mux(write == depth - 1, 0, write + 1))]
        with m.If(self.enable & self.tanh_valid):
            m.d.sync += read.eq(Mux(read == depth - 1, 0, read + 1))
        return Array(places)[read]

    def _by_layer(self, m, name: str, values, layer):
        """One of several values by layer; equal ones are chosen between only once."""
        chosen = Signal(signed(self.total_width), name=name)
        with m.Switch(layer):
            for number, value in enumerate(values):
                with m.Case(number):
                    m.d.comb += chosen.eq(value)
        return chosen
