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
from .result_port import ResultPort
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
        self.result_port = ResultPort(plan)
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
        m.submodules.result_port = self.result_port
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
        port, position = self.result_port, self.plan.timing.result
        m.d.comb += [
            port.lstm.eq(self._row(position, GATE_O)),
            port.lstm_tag.eq(self._tag(position)),
            port.h.eq(self.cell_update.h),
            port.dense.eq(self._row(DENSE_RESULT, dense=True)),
            port.dense_tag.eq(self._tag(DENSE_RESULT)),
            port.y.eq(self.preactivation.dense),
            port.full.eq(self.full),
        ]
        for name in ("enable", "push", "answer", "hidden", "inner", "written", "result"):
            m.d.comb += getattr(self, name).eq(getattr(port, name))

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
