"""The back pipeline: from captured sums to new states and outputs."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Plan
from rnnhw.plan.timing import DENSE_RESULT, SUM

from .activation_unit import ActivationUnit
from .cell_update import LSTMCellUpdate
from .drain import Drain
from .interfaces import GATE_F, GATE_O, column_tag, output_payload, row_tag
from .preactivation import Preactivation
from .tag_pipeline import TagPipeline


class BackPipeline(wiring.Component):
    """Drain, requantisation, activation and cell update, held as one while the output is full.

    Positions are cycles after a row is issued (`rnnhw.plan.timing`).

    Parameters
    ----------
    plan : Plan

    Members
    -------
    capture, sums, capture_tag, free
        As of `Drain`.
    c_next, c_data, c_write, c_result
        To the state memory's cell states.
    enable : Out(1)
        Whether the pipeline moves.
    written : Out(1)
        A result is written in this cycle: `hidden` a hidden state, `inner` an inner dense output.
    hidden, inner : Out(1)
    result : Out(signed(n))
    push : Out(1), answer : Out, full : In(1)
        To the output buffer.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        network, hardware = plan.network, plan.hardware
        bits = network.config.activation_bits
        self.drain = Drain(
            plan.passes,
            hardware.lanes,
            plan.accumulator_bits,
            plan.bias_words,
            plan.memories["bias"].style,
            plan.every_step,
        )
        self.tag_pipeline = TagPipeline(row_tag(len(plan.passes)), plan.timing.result)
        self.preactivation = Preactivation(plan)
        self.activation = ActivationUnit(network.table, plan.memories["table"].style)
        self.cell_update = LSTMCellUpdate(plan)
        width = self.cell_update.cell_width
        sums = data.ArrayLayout(signed(plan.accumulator_bits), hardware.lanes)
        super().__init__(
            {
                "capture": In(1),
                "sums": In(sums),
                "capture_tag": In(column_tag(len(plan.passes))),
                "free": Out(1),
                "c_next": Out(1),
                "c_data": In(width),
                "c_write": Out(1),
                "c_result": Out(width),
                "enable": Out(1),
                "written": Out(1),
                "hidden": Out(1),
                "inner": Out(1),
                "result": Out(signed(bits)),
                "push": Out(1),
                "answer": Out(output_payload(network.output.width)),
                "full": In(1),
            }
        )
        # where a trace looks: a strobe for each, in the cycle in which the value stands there (c_write and hidden
        # are those of c and h)
        self.at_sum = Signal()
        self.at_z = Signal()
        self.at_gate = Signal()
        self.at_zc = Signal()
        self.at_tc = Signal()
        self.at_y = Signal()

    def elaborate(self, platform):
        m = Module()
        for name in ("drain", "tag_pipeline", "preactivation", "activation", "cell_update"):
            m.submodules[name] = getattr(self, name)
            m.d.comb += getattr(self, name).enable.eq(self.enable)
        self._drain(m)
        self._table(m)
        self._cell(m)
        self._results(m)
        self._strobes(m)
        return m

    def _tag(self, position: int):
        """Tag of the row at a position."""
        return self.tag_pipeline.tags[position - 1]

    def _row(self, position: int, gate: int | None = None, dense: bool = False):
        """Whether a row (of some gate) stands at a position."""
        tag = self._tag(position)
        valid = self.tag_pipeline.valids[position - 1]
        if dense:
            return valid & tag.dense
        return valid & ~tag.dense if gate is None else valid & ~tag.dense & (tag.gate == gate)

    def _drain(self, m) -> None:
        drain, timing = self.drain, self.plan.timing
        m.d.comb += [
            drain.capture.eq(self.capture),
            drain.sums.eq(self.sums),
            drain.capture_tag.eq(self.capture_tag),
            self.free.eq(drain.free),
            drain.block.eq(self._row(timing.blocked, GATE_O)),
            self.tag_pipeline.valid.eq(drain.valid),
            self.tag_pipeline.tag.eq(drain.tag),
        ]

    def _table(self, m) -> None:
        pre, timing = self.preactivation, self.plan.timing
        m.d.comb += [
            pre.sum.eq(self.drain.sum),
            pre.tag.eq(self._tag(SUM)),
            pre.cell_valid.eq(self._row(timing.cell_preactivation, GATE_O)),
            pre.cell_z.eq(self.cell_update.z),
            self.activation.z.eq(pre.z),
            self.activation.tanh.eq(pre.tanh),
        ]

    def _cell(self, m) -> None:
        update, timing = self.cell_update, self.plan.timing
        m.d.comb += [
            update.value.eq(self.activation.value),
            update.gate_valid.eq(self._row(timing.activation)),
            update.gate.eq(self._tag(timing.activation).gate),
            update.first.eq(self._tag(timing.activation).first),
            update.tanh_valid.eq(self._row(timing.cell_activation, GATE_O)),
            update.c_old.eq(self.c_data),
            update.product_gate_valid.eq(self._row(timing.product)),
            update.product_gate.eq(self._tag(timing.product).gate),
            update.product_layer.eq(self._tag(timing.product).number),
            update.z_layer.eq(self._tag(timing.cell_preactivation).number),
            self.c_next.eq(self.enable & self._row(timing.activation, GATE_F)),
            self.c_write.eq(self.enable & self._row(timing.cell_written, GATE_F)),
            self.c_result.eq(update.c_new),
        ]

    def _results(self, m) -> None:
        """Write results where later passes read them, and push the final pass's out."""
        position, plan = self.plan.timing.result, self.plan
        lstm, dense = self._row(position, GATE_O), self._row(DENSE_RESULT, dense=True)
        final = len(plan.passes) - 1
        last_is_dense = not plan.passes[-1].recurrent
        tag = self._tag(DENSE_RESULT if last_is_dense else position)
        value = self.preactivation.dense if last_is_dense else self.cell_update.h
        answers = (dense if last_is_dense else lstm) & (tag.number == final)
        if not plan.every_step:
            answers &= tag.last
        hold = Signal()
        m.d.comb += [
            hold.eq(answers & self.full),
            self.enable.eq(~hold),
            self.push.eq(answers & ~self.full),
            self.answer.data.eq(value),
            self.answer.last.eq(tag.last & tag.end),
            self.hidden.eq(lstm & self.enable),
            self.inner.eq(dense & self.enable & (self._tag(DENSE_RESULT).number != final)),
            self.written.eq((lstm | dense) & self.enable),
            self.result.eq(self.cell_update.h),
        ]
        with m.If(dense):
            m.d.comb += self.result.eq(self.preactivation.dense)

    def _strobes(self, m) -> None:
        """Say where each traced signal stands."""
        timing, on = self.plan.timing, self.enable
        m.d.comb += [
            self.at_sum.eq(on & self.tag_pipeline.valids[SUM - 1]),
            self.at_z.eq(on & self._row(SUM + 1)),
            self.at_gate.eq(on & self._row(timing.activation)),
            self.at_zc.eq(on & self._row(timing.cell_preactivation, GATE_O)),
            self.at_tc.eq(on & self._row(timing.cell_activation, GATE_O)),
            self.at_y.eq(on & self._row(DENSE_RESULT, dense=True)),
        ]
