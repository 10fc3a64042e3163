"""The GRU's update with the reset gate behind the linear map: two products a unit."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat, Rounding, fold_rounding
from rnnhw.plan import EnginePlan

from .delay import delayed, relayed
from .requantize import Requantize
from .rows import Rows
from .update_members import update_members


class GRUUpdate(wiring.Component):
    """``n = tanh(R(W_n x + b_in + r p))`` and ``h' = R(n + z (h - n))``.

    r is kept till p comes, with row n; the product r*p is made in the place at the table that row n leaves unused.
    z and the old h wait for n.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    As of `update_members`, and

    p : In(signed)
        ``R(U_n h + b_hn)``, with the pre-activation register.
    input_sum : In(signed)
        ``W_n x + b_in``, with the sum register.
    h_old : In(signed(n))
        With row n at `Timing.activation`.
    z : Out(signed)
        The candidate's pre-activation, `Timing.second_preactivation` after row n.
    h : Out(signed(n))
        The new hidden state, `Timing.ready` after row n.
    z_clipped : Signal
        With `Hardware.count_saturations`: `z` was clipped.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, network, timing = plan, plan.network, plan.timing
        self.bits = bits = network.config.activation_bits
        self.numbers = [n for n, item in enumerate(plan.passes) if item.kind == "gru"]
        self.cells = [plan.passes[n].layer for n in self.numbers]
        width = max(cell.p.width for cell in self.cells)
        self.second = timing.second_activation("gru")
        sums = signed(plan.accumulator_bits)
        z_tanh, rounding = network.preactivations[1], network.config.rounding
        fracs = [max(cell.accumulator_frac(2), bits + cell.p.frac) for cell in self.cells]
        self.product_shifts = [frac - bits - cell.p.frac for frac, cell in zip(fracs, self.cells, strict=True)]
        self.sum_shifts = [frac - cell.accumulator_frac(2) for frac, cell in zip(fracs, self.cells, strict=True)]
        shifts = [frac - z_tanh.frac for frac in fracs]
        self.constants = [fold_rounding(shift, rounding["z"])[0] for shift in shifts]
        widest_sum = plan.accumulator_bits + max(self.sum_shifts)
        widest_product = bits + 1 + width + max(self.product_shifts)
        self.total = signed(max(widest_sum, widest_product, max(self.constants).bit_length() + 1) + 2)
        rest = Rounding(fold_rounding(0, rounding["z"])[1])
        self.to_z = Requantize(self.total.width, shifts, z_tanh, rest)
        self.counting = plan.hardware.count_saturations
        if self.counting:
            self.to_z.count()
            self.z_clipped = Signal(name="z_clipped")
        self.to_h = Requantize(2 * bits + 3, [bits], QFormat(bits, bits - 1), rounding["h"])
        super().__init__(
            update_members(plan, b_width=max(width, bits + 1))
            | {
                "p": In(signed(width)),
                "input_sum": In(sums),
                "h_old": In(signed(bits)),
                "z": Out(signed(z_tanh.width)),
                "h": Out(signed(bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.to_z, m.submodules.to_h = self.to_z, self.to_h
        rows, timing = Rows(self.plan, self.valids, self.tags), self.plan.timing
        self._operands(m, rows)
        self._candidate(m, rows)
        candidate = delayed(m, self.value, timing.update, "candidate")
        total = candidate.shift_left(self.bits) + self.product
        m.d.comb += [
            self.to_h.i.eq(delayed(m, total, timing.extra, "h_total")),
            self.h.eq(delayed(m, self.to_h.o, timing.extra, "h")),
        ]
        return m

    def _operands(self, m, rows: Rows) -> None:
        """Choose what is multiplied, and keep what is needed later."""
        at = self.plan.timing.activation
        r_kept = Signal(signed(self.bits + 1))
        z_kept = Signal(signed(self.bits + 1))
        is_reset = Signal()
        is_update = Signal()
        positions = at, self.second
        z = relayed(m, z_kept, rows, positions, "gru", "n", spacing=3, name="z_waiting")
        h_old = Mux(rows.tag(at).zero, 0, self.h_old)
        h = relayed(m, h_old, rows, positions, "gru", "n", spacing=3, name="h_waiting")
        p = delayed(m, self.p, self.plan.timing.table_latency, "p")
        m.d.comb += [
            is_reset.eq(rows.at(at, "gru", "n")),
            is_update.eq(rows.at(self.second, "gru", "n")),
            self.use.eq(is_reset | is_update),
            self.a.eq(Mux(is_update, z, r_kept)),
            self.b.eq(Mux(is_update, h - self.value, p)),
        ]
        with m.If(rows.at(at, "gru", "r")):
            m.d.sync += r_kept.eq(self.value)
        with m.If(rows.at(at, "gru", "z")):
            m.d.sync += z_kept.eq(self.value)

    def _candidate(self, m, rows: Rows) -> None:
        """``R(W_n x + b_in + r p)``, in a register."""
        total = Signal(self.total)
        positions = self.plan.timing.sum, self.plan.timing.product
        input_sum = relayed(m, self.input_sum, rows, positions, "gru", "n", spacing=3, name="input_sum_waiting")
        cell = Signal(range(len(self.cells)))
        with m.Switch(rows.tag(self.plan.timing.product).number):
            for index, number in enumerate(self.numbers):
                with m.Case(number):
                    aligned = input_sum.shift_left(self.sum_shifts[index]) + self.constants[index]
                    m.d.comb += [
                        cell.eq(index),
                        total.eq(aligned + self.product.shift_left(self.product_shifts[index])),
                    ]
        extra = self.plan.timing.extra
        m.d.comb += [
            self.to_z.i.eq(delayed(m, total, extra, "total")),
            self.to_z.select.eq(delayed(m, cell, extra, "cell")),
        ]
        m.d.sync += self.z.eq(self.to_z.o)
        if self.counting:
            m.d.sync += self.z_clipped.eq(self.to_z.clipped)
