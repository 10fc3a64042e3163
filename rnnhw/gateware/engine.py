"""The engine: runs all layers of a network in turn on one MAC array."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Plan

from .back import BackPipeline
from .element_select import ElementSelect
from .interfaces import column_tag, output_payload
from .mac_array import MacArray
from .rom import Rom
from .sequencer import Sequencer
from .state_memory import StateMemory


class Engine(wiring.Component):
    """Sequencer, weight memory, MAC array, state memory and back pipeline.

    The front (all but the back pipeline) stands still while a complete group cannot be captured.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    x_index, x_enable, x_data, x_available, x_first, x_last, x_release
        To the input buffer.
    push : Out(1), answer : Out, full : In(1)
        To the output buffer.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        network, memories = plan.network, plan.memories
        bits, lanes = network.config.activation_bits, plan.hardware.lanes
        shifts = sorted({segment.shift for item in plan.passes for segment in item.segments})
        depth = memories["weights"].depth
        self.sequencer = Sequencer(plan.passes, plan.every_step, memories["h"].depth, depth, shifts)
        self.weight_memory = Rom(plan.weight_words, memories["weights"].width, memories["weights"].style)
        self.element_select = ElementSelect(bits, shifts)
        tag = column_tag(len(plan.passes))
        self.mac_array = MacArray(lanes, network.config.weight_bits, plan.element_bits, plan.accumulator_bits, tag)
        units = sum(layer.hidden_size for layer in network.lstms)
        self.state_memory = StateMemory(memories["h"], memories["c"], units)
        self.back = BackPipeline(plan)
        super().__init__(
            {
                "x_index": Out(range(network.input_size)),
                "x_enable": Out(1),
                "x_data": In(bits),
                "x_available": In(1),
                "x_first": In(1),
                "x_last": In(1),
                "x_release": Out(1),
                "push": Out(1),
                "answer": Out(output_payload(network.output.width)),
                "full": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        for name in ("sequencer", "weight_memory", "element_select", "mac_array", "state_memory", "back"):
            m.submodules[name] = getattr(self, name)
        self._front(m)
        self._states(m)
        back = self.back
        m.d.comb += [self.push.eq(back.push), self.answer.eq(back.answer), back.full.eq(self.full)]
        return m

    def _front(self, m) -> None:
        sequencer, array, select, back = self.sequencer, self.mac_array, self.element_select, self.back
        moves = Signal()
        m.d.comb += [
            moves.eq(~array.capture | back.free),
            sequencer.enable.eq(moves),
            array.enable.eq(moves),
            select.enable.eq(moves),
            self.weight_memory.enable.eq(moves),
            self.x_enable.eq(moves),
            sequencer.x_available.eq(self.x_available),
            sequencer.x_first.eq(self.x_first),
            sequencer.x_last.eq(self.x_last),
            self.x_index.eq(sequencer.x_index),
            self.x_release.eq(sequencer.x_release),
            self.weight_memory.address.eq(sequencer.weight_address),
            select.from_x.eq(sequencer.from_x),
            select.zero.eq(sequencer.zero),
            select.shift.eq(sequencer.shift),
            select.x.eq(self.x_data),
            array.valid.eq(sequencer.issue),
            array.group_start.eq(sequencer.group_start),
            array.group_end.eq(sequencer.group_end),
            array.tag.eq(sequencer.tag),
            array.weights.eq(self.weight_memory.data),
            array.element.eq(select.element),
            back.capture.eq(array.capture),
            back.sums.eq(array.sums),
            back.capture_tag.eq(array.capture_tag),
        ]

    def _states(self, m) -> None:
        states, back = self.state_memory, self.back
        m.d.comb += [
            states.h_address.eq(self.sequencer.h_address),
            states.h_enable.eq(self.sequencer.enable),
            self.element_select.h.eq(states.h_data),
            states.h_write.eq(back.hidden),
            states.dense_write.eq(back.inner),
            states.result.eq(back.result),
            states.c_next.eq(back.c_next),
            states.c_enable.eq(back.enable),
            back.c_data.eq(states.c_data),
            states.c_write.eq(back.c_write),
            states.c_result.eq(back.c_result),
            self.sequencer.written.eq(back.written),
        ]
