"""The LSTM's update: three products a unit on the pipeline's multiplier."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat
from rnnhw.plan import EnginePlan

from .delay import delayed, relayed
from .lstm_formats import LSTMFormats
from .requantize import Requantize
from .rows import Rows
from .update_members import update_members


class LSTMUpdate(wiring.Component):
    """``c' = R(f c + i g)`` and ``h' = R(o tanh(R(c')))``.

    Every table value that arrives is used at once or kept: i till g comes, o till tanh(c') comes; i*g is
    kept till f*c is there. No two products meet, because no two table values do.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    As of `update_members`, and

    c_old : In(signed)
        The unit's cell state, with gate f.
    c_new : Out(signed)
        The next cell state, from `Timing.cell_written` after row f on.
    z : Out(signed)
        The new cell state as a pre-activation, `Timing.second_preactivation` after row o.
    h : Out(signed(n))
        The new hidden state, `Timing.ready` after row o.
    c_clipped, z_clipped : Signal
        With `Hardware.count_saturations`: `c_new`, `z` was clipped.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, network = plan, plan.network
        self.bits = bits = network.config.activation_bits
        self.numbers = [n for n, item in enumerate(plan.passes) if item.kind == "lstm"]
        layers = [plan.passes[n].layer for n in self.numbers]
        self.formats = formats = LSTMFormats.of(network, layers)
        width = formats.cell_width
        z_tanh, rounding = network.preactivations[1], network.config.rounding
        self.to_c = Requantize(formats.total_width, formats.c_shifts, QFormat(width, 0), formats.rounding)
        many = plan.hardware.registers == "many"
        self.to_z = Requantize(width, [layer.c.frac - z_tanh.frac for layer in layers], z_tanh, rounding["z"], many)
        self.counting = plan.hardware.count_saturations
        if self.counting:
            self.to_c.count()
            self.to_z.count()
            self.c_clipped, self.z_clipped = Signal(name="c_clipped"), self.to_z.clipped
        self.to_h = Requantize(2 * bits + 1, [bits], QFormat(bits, bits - 1), rounding["h"])
        super().__init__(
            update_members(plan, b_width=width)
            | {
                "c_old": In(signed(width)),
                "c_new": Out(signed(width)),
                "z": Out(signed(z_tanh.width)),
                "h": Out(signed(bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.to_c, m.submodules.to_z, m.submodules.to_h = self.to_c, self.to_z, self.to_h
        rows, timing = Rows(self.plan, self.valids, self.tags), self.plan.timing
        self._operands(m, rows)
        product, z_position = self.product, timing.second_preactivation("lstm") - timing.extra
        fresh = Signal(signed(self.formats.total_width))
        total = Signal(signed(self.formats.total_width))
        number = rows.tag(timing.product).number
        kept = self._by_cell(m, "kept", [product.shift_left(s) for s in self.formats.kept_shifts], number)
        m.d.comb += [
            total.eq(kept + fresh),
            self.to_c.i.eq(delayed(m, total, timing.extra, "total")),
            self.to_c.select.eq(self._cell(m, "c_cell", rows.tag(timing.cell_written - 1).number)),
            self.to_z.i.eq(self.c_new),
            self.to_z.select.eq(self._cell(m, "z_cell", rows.tag(z_position).number)),
            self.z.eq(self.to_z.o),
            self.to_h.i.eq(product),
            self.h.eq(delayed(m, self.to_h.o, timing.extra, "h")),
        ]
        aligned = zip(self.formats.fresh_shifts, self.formats.constants, strict=True)
        news = [product.shift_left(shift) + constant for shift, constant in aligned]
        with m.If(rows.at(timing.product, "lstm", "g")):
            m.d.sync += fresh.eq(self._by_cell(m, "fresh_product", news, number))
        with m.If(rows.at(timing.cell_written - 1, "lstm", "f")):
            m.d.sync += self.c_new.eq(self.to_c.o)
            if self.counting:
                m.d.sync += self.c_clipped.eq(self.to_c.clipped)
        return m

    def _operands(self, m, rows: Rows) -> None:
        """Choose what is multiplied, and keep what is needed later."""
        timing = self.plan.timing
        at = timing.activation
        i_kept = Signal(signed(self.bits + 1))
        is_f = Signal()
        is_tanh = Signal()
        positions = timing.activation, timing.second_activation("lstm")
        output_gate = relayed(m, self.value, rows, positions, "lstm", "o", spacing=4, name="o_kept")
        m.d.comb += [
            is_f.eq(rows.at(at, "lstm", "f")),
            is_tanh.eq(rows.at(timing.second_activation("lstm"), "lstm", "o")),
            self.use.eq(is_f | is_tanh | rows.at(at, "lstm", "g")),
            self.a.eq(Mux(is_tanh, output_gate, Mux(is_f, self.value, i_kept))),
            self.b.eq(Mux(is_f, Mux(rows.tag(at).zero, 0, self.c_old), self.value)),
        ]
        with m.If(rows.at(at, "lstm", "i")):
            m.d.sync += i_kept.eq(self.value)

    def _cell(self, m, name: str, number):
        """Which of the LSTM cells a pass is."""
        cell = Signal(range(len(self.numbers)), name=name)
        with m.Switch(number):
            for index, wanted in enumerate(self.numbers):
                with m.Case(wanted):
                    m.d.comb += cell.eq(index)
        return cell

    def _by_cell(self, m, name: str, values, number):
        """One of several values by pass."""
        chosen = Signal(signed(self.formats.total_width), name=name)
        with m.Switch(number):
            for wanted, value in zip(self.numbers, values, strict=True):
                with m.Case(wanted):
                    m.d.comb += chosen.eq(value)
        return chosen
