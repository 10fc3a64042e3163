"""The engine: runs its layers in turn on one MAC array."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.plan import EnginePlan

from .back import Back
from .element_select import ElementSelect
from .input_buffer import InputBuffer
from .input_format import InputFormat
from .interfaces import column_tag, stage_payload
from .mac_array import MacArray
from .pipeline import SATURATIONS
from .primitives import GENERIC, Primitives
from .sequencer import Sequencer
from .state_control import StateControl
from .state_load import InitialState, StateLoad, state_payload
from .state_memory import StateMemory
from .state_read import StateRead, final_payload
from .weight_memory import WeightMemory


class Engine(wiring.Component):
    """Input buffer, sequencer, weight memory, MAC array, state memory and back.

    The front (all but the back) stands still while a complete group cannot be captured.

    Parameters
    ----------
    plan : EnginePlan
    primitives : Primitives
        Of which cells the multipliers are made.

    Members
    -------
    i : In(stream)
        Steps: `stage_payload` of the width of what the plan `takes`.
    o : Out(stream)
        Answers: `stage_payload` of the answer's width.
    state : In(stream), final : Out(stream)
        Initial and final states, where the plan has them.
    load_weights, load_bias, load_input_bias : In(LoadPort)
        Where weights are loadable.
    saturated : Out
        With `Hardware.count_saturations`: how many values were clipped a while ago.
    """

    def __init__(self, plan: EnginePlan, primitives: Primitives = GENERIC):
        self.plan, shape = plan, plan.geometry
        network, memories, streams = plan.network, plan.memories, plan.hardware.streams
        bits = network.config.activation_bits
        self.input_buffer = InputBuffer(plan.parts, shape.columns, bits, streams, memories["x"].style)
        self.input_format = InputFormat(plan) if plan.converts else None
        self.sequencer = Sequencer(plan)
        self.weight_memory = WeightMemory(memories["weights"], plan.weight_words, primitives)
        self.element_select = ElementSelect(bits, shape.columns, self.sequencer.decoder.shifts, plan.hardware.registers)
        self.mac_array = MacArray(
            shape.all_lanes,
            shape.columns,
            network.config.weight_bits,
            bits,
            plan.accumulator_bits,
            column_tag(len(plan.passes), streams),
            shifts=self.sequencer.decoder.shifts,
            split="gru" in plan.timing.kinds,
            lut=plan.lut_multipliers,
            registers=plan.hardware.registers,
            primitives=primitives,
        )
        self.state_memory = StateMemory(plan) if plan.state_words else None
        self.back = Back(plan, primitives)
        members = {
            "i": In(stream.Signature(stage_payload(plan.takes.width, streams))),
            "o": Out(stream.Signature(stage_payload(plan.answer_format.width, streams))),
        }
        if self.weight_memory.load:
            members["load_weights"] = In(self.weight_memory.load)
            for name, memory in self.back.drain.memories.items():
                members[f"load_{name}"] = In(memory.load)
        if plan.loads_state:
            self.state_load = StateLoad(plan, plan.state_width)
            if plan.initial_words is None:
                members["state"] = In(stream.Signature(state_payload(plan.state_width)))
        if plan.reads_state:
            self.state_read = StateRead(plan, plan.state_width)
            members["final"] = Out(stream.Signature(final_payload(plan.state_width)))
        if plan.hardware.count_saturations:
            members["saturated"] = Out(range(shape.pipelines * SATURATIONS + 1 + plan.converts))
        super().__init__(members)

    def elaborate(self, platform):
        m = Module()
        for name in ("input_buffer", "sequencer", "weight_memory", "element_select", "mac_array", "back"):
            m.submodules[name] = getattr(self, name)
        if self.input_format is None:
            connect(m, flipped(self.i), self.input_buffer.i)
        else:
            m.submodules.input_format = self.input_format
            connect(m, flipped(self.i), self.input_format.i)
            connect(m, self.input_format.o, self.input_buffer.i)
        connect(m, self.back.o, flipped(self.o))
        if self.weight_memory.load:
            connect(m, flipped(self.load_weights), self.weight_memory.port)
            for name in self.back.drain.memories:
                connect(m, flipped(getattr(self, f"load_{name}")), getattr(self.back, f"load_{name}"))
        if self.plan.hardware.count_saturations:
            clipped = self.back.saturated
            if self.input_format is not None:
                clipped += self.input_format.saturated
            m.d.comb += self.saturated.eq(clipped)
        self._sequence(m)
        self._multiply(m)
        if self.state_memory is not None:
            m.submodules.state_memory = self.state_memory
            self._states(m)
        if self.plan.loads_state or self.plan.reads_state:
            self._state_control(m)
        return m

    def _sequence(self, m) -> None:
        sequencer, source, back = self.sequencer, self.input_buffer, self.back
        moves = Signal()
        m.d.comb += [
            moves.eq(~self.mac_array.capture | back.free),
            sequencer.enable.eq(moves),
            self.mac_array.enable.eq(moves),
            self.element_select.enable.eq(moves),
            self.weight_memory.enable.eq(moves),
            source.enable.eq(moves),
            source.index.eq(sequencer.x_index),
            source.free_bank.eq(sequencer.x_release),
            sequencer.x_available.eq(source.available),
            sequencer.x_first.eq(source.first),
            sequencer.x_last.eq(source.last),
            sequencer.x_stream.eq(source.stream),
            sequencer.written.eq(back.written),
            sequencer.room.eq(back.room),
            back.reserve.eq(sequencer.reserve),
        ]

    def _multiply(self, m) -> None:
        sequencer, array, select, back = self.sequencer, self.mac_array, self.element_select, self.back
        m.d.comb += [
            self.weight_memory.address.eq(sequencer.weight_address),
            select.from_x.eq(sequencer.from_x),
            select.zero.eq(sequencer.zeroed),
            select.absent.eq(sequencer.absent),
            select.shift.eq(sequencer.shift),
            select.x.eq(self.input_buffer.data),
            array.valid.eq(sequencer.issue),
            array.end.eq(sequencer.group_end),
            array.split_here.eq(sequencer.split_here),
            array.tag.eq(sequencer.tag),
            array.weights.eq(self.weight_memory.data),
            array.elements.eq(select.elements),
            array.alignment.eq(select.alignment),
            back.capture.eq(array.capture),
            back.sums.eq(array.sums),
            back.parts.eq(array.parts),
            back.capture_tag.eq(array.capture_tag),
        ]

    def _states(self, m) -> None:
        states, back = self.state_memory, self.back
        m.d.comb += [
            states.address.eq(self.sequencer.h_address),
            states.part.eq(self.sequencer.h_part),
            states.enable.eq(self.sequencer.enable),
            self.element_select.h.eq(states.data),
            states.write.eq(back.written),
            states.tag.eq(back.tag),
            states.results.eq(back.results),
        ]

    def _state_control(self, m) -> None:
        """Initial and final states, between sequences."""
        plan, sequencer = self.plan, self.sequencer
        m.submodules.state_control = control = StateControl(plan.loads_state, plan.reads_state, plan.hardware.streams)
        m.d.comb += [
            control.at_start.eq(sequencer.at_start),
            control.there.eq(sequencer.x_available),
            control.first.eq(sequencer.x_first),
            control.advance.eq(sequencer.issue & sequencer.enable),
            control.ended.eq(sequencer.ended),
            control.last.eq(sequencer.tag.last),
            control.ended_bank.eq(sequencer.tag.bank),
            control.ended_stream.eq(sequencer.tag.stream),
            control.idle.eq(sequencer.idle),
            sequencer.hold.eq(control.hold),
            sequencer.loaded.eq(control.loaded),
        ]
        if plan.loads_state:
            self._load(m, control)
        if plan.reads_state:
            self._read(m, control)

    def _load(self, m, control: StateControl) -> None:
        m.submodules.state_load = load = self.state_load
        if self.plan.initial_words is None:
            connect(m, flipped(self.state), load.state)
        else:
            use = self.plan.memories["initial_state"]
            constant = InitialState(self.plan.contents(use.name), use.width, use.style)
            m.submodules.initial_state = constant
            connect(m, constant.state, load.state)
        states, back = self.state_memory, self.back
        m.d.comb += [
            load.start.eq(control.load_start),
            load.bank.eq(~self.sequencer.tag.bank),
            load.stream.eq(self.sequencer.tag.stream),
            control.load_done.eq(load.done),
            back.load_c.eq(load.write_c),
            back.load_tag.eq(load.tag),
            back.load_values.eq(load.values),
        ]
        with m.If(load.write_h):
            m.d.comb += [states.write.eq(1), states.tag.eq(load.tag)]
            m.d.comb += [slot.eq(value) for slot, value in zip(states.results, load.values, strict=True)]

    def _read(self, m, control: StateControl) -> None:
        m.submodules.state_read = read = self.state_read
        connect(m, read.final, flipped(self.final))
        states, back = self.state_memory, self.back
        m.d.comb += [
            read.start.eq(control.read_start),
            read.bank.eq(control.read_bank),
            read.stream.eq(control.read_stream),
            control.read_busy.eq(read.busy),
            read.h_data.eq(states.data),
            back.c_read.eq(read.c_read),
            back.c_pass.eq(read.c_pass),
            back.c_stream.eq(control.read_stream),
            read.c_data.eq(back.c_data),
        ]
        with m.If(read.busy):
            m.d.comb += [states.address.eq(read.h_address), states.part.eq(read.h_part), states.enable.eq(1)]
