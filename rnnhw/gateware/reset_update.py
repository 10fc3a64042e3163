"""The GRU's update with the reset gate in front of the linear map: one product in each of its two passes."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint import QFormat
from rnnhw.plan import EnginePlan

from .delay import delayed
from .requantize import Requantize
from .rows import Rows
from .update_members import update_members


def kept_layout(bits: int) -> StructLayout:
    """What a unit keeps from its first pass to its second: z and the old h."""
    return StructLayout({"z": bits, "h": signed(bits)})


class ResetUpdate(wiring.Component):
    """``s = R(r h)`` in the first pass, ``h' = R(n + z (h - n))`` in the second.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    As of `update_members`, and

    kept : In(kept_layout(n))
        The unit's, with row r of the first pass (z is meaningless then) or with row n of the second.
    keep : Out(kept_layout(n))
        To be kept, with row r at `Timing.activation`.
    s : Out(signed(n))
        `Timing.ready` after row r.
    h : Out(signed(n))
        `Timing.ready` after row n.
    """

    def __init__(self, plan: EnginePlan):
        self.plan = plan
        self.bits = bits = plan.network.config.activation_bits
        form, rounding = QFormat(bits, bits - 1), plan.network.config.rounding["h"]
        self.to_s = Requantize(2 * bits + 1, [bits], form, rounding)
        self.to_h = Requantize(2 * bits + 3, [bits], form, rounding)
        layout = kept_layout(bits)
        super().__init__(
            update_members(plan, b_width=bits + 1)
            | {"kept": In(layout), "keep": Out(layout), "s": Out(signed(bits)), "h": Out(signed(bits))}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.to_s, m.submodules.to_h = self.to_s, self.to_h
        rows, timing = Rows(self.plan, self.valids, self.tags), self.plan.timing
        at, extra = timing.activation, timing.extra
        z_kept = Signal(signed(self.bits + 1))
        h_old = Signal(signed(self.bits))
        is_reset = Signal()
        candidate = delayed(m, self.value, timing.update, "candidate")
        total = candidate.shift_left(self.bits) + self.product
        m.d.comb += [
            is_reset.eq(rows.at(at, "reset", "r")),
            h_old.eq(Mux(rows.tag(at).zero, 0, self.kept.h)),
            self.keep.z.eq(z_kept),
            self.keep.h.eq(h_old),
            self.use.eq(is_reset | rows.at(at, "candidate")),
            self.a.eq(Mux(is_reset, self.value, self.kept.z)),
            self.b.eq(Mux(is_reset, h_old, self.kept.h - self.value)),
            self.to_s.i.eq(delayed(m, self.product, extra, "product")),
            self.s.eq(delayed(m, self.to_s.o, extra, "s")),
            self.to_h.i.eq(delayed(m, total, extra, "total")),
            self.h.eq(delayed(m, self.to_h.o, extra, "h")),
        ]
        with m.If(rows.at(at, "reset", "z")):
            m.d.sync += z_kept.eq(self.value)
        return m
