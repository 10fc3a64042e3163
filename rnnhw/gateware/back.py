"""The back: all pipelines in lockstep, and where their results go."""

from amaranth import Cat, Const, Module, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import ROWS, EnginePlan
from rnnhw.plan.timing import DENSE_RESULT

from .answer_queue import AnswerQueue
from .carry_memory import CarryMemory
from .drain import DrainControl
from .interfaces import column_tag, row_tag
from .pipeline import Pipeline
from .primitives import GENERIC, Primitives
from .rows import Rows, number_is
from .tag_pipeline import TagPipeline


class Back(wiring.Component):
    """Drain control, pipelines, carry memories and the answer queue.

    Positions are cycles after a row is issued (`rnnhw.plan.timing`).

    Parameters
    ----------
    plan : EnginePlan
    primitives : Primitives
        Of which cells the pipelines' multipliers are made.

    Members
    -------
    capture, capture_tag, free
        As of `DrainControl`.
    sums, parts : In
        Of all lanes, those of pipeline 0 first.
    written : Out(1)
        A round of results is written in this cycle: results : Out(ArrayLayout(signed(n), pipelines)), of which
        tag : Out tells the pass.
    reserve, room
        To the answer queue.
    load_bias, load_input_bias : In(LoadPort)
        As of `DrainControl`.
    load_c : In(1), load_tag, load_values : In
        A round of initial states goes to the carry memory of that pass (`StateLoad`).
    c_read : In(1), c_pass, c_stream : In, c_data : Out
        Read the next round of an LSTM's cell states (`StateRead`); data a cycle later.
    """

    def __init__(self, plan: EnginePlan, primitives: Primitives = GENERIC):
        self.plan, shape = plan, plan.geometry
        self.bits = bits = plan.network.config.activation_bits
        streams, passes = plan.hardware.streams, len(plan.passes)
        self.drain = DrainControl(plan)
        self.tag_pipeline = TagPipeline(row_tag(passes, streams), plan.timing.result)
        self.pipelines = [Pipeline(plan, primitives) for _ in range(shape.pipelines)]
        for number, pipeline in enumerate(self.pipelines):  # the way to the signals that a trace looks at
            setattr(self, f"pipeline_{number}", pipeline)
        self.carries = {kind: CarryMemory(plan, kind) for kind in plan.carry_ranges if kind in ("lstm", "gru", "reset")}
        finals = [item.units for item in plan.passes if item.final]
        aligned = all(units % shape.pipelines == 0 for units in finals[:-1])
        width = plan.answer_format.width
        use = plan.memories["answers"]
        self.queue = AnswerQueue(width, plan.answer_size, shape.pipelines, streams, aligned=aligned, style=use.style)
        sums = data.ArrayLayout(signed(plan.accumulator_bits), shape.all_lanes)
        super().__init__(
            {
                "capture": In(1),
                "capture_tag": In(column_tag(passes, streams)),
                "free": Out(1),
                "sums": In(sums),
                "parts": In(sums),
                "written": Out(1),
                "results": Out(data.ArrayLayout(signed(bits), shape.pipelines)),
                "tag": Out(row_tag(passes, streams)),
                "reserve": In(1),
                "room": Out(1),
                "o": self.queue.signature.members["o"],
                "load_c": In(1),
                "load_tag": In(row_tag(passes, streams)),
                "load_values": In(data.ArrayLayout(signed(plan.state_width), shape.pipelines)),
                "c_read": In(1),
                "c_pass": In(range(passes)),
                "c_stream": In(range(streams)),
                "c_data": Out(data.ArrayLayout(plan.cell_bits, shape.pipelines)),
                **{name: self.drain.signature.members[name] for name in self._load_ports()},
            }
        )

    def _load_ports(self) -> list[str]:
        return [f"load_{name}" for name, memory in self.drain.memories.items() if memory.load]

    def elaborate(self, platform):
        m = Module()
        m.submodules.drain = drain = self.drain
        m.submodules.tag_pipeline = tags = self.tag_pipeline
        m.submodules.queue = queue = self.queue
        rows = Rows(self.plan, tags.valids, tags.tags)
        m.d.comb += [
            drain.capture.eq(self.capture),
            drain.capture_tag.eq(self.capture_tag),
            self.free.eq(drain.free),
            tags.valid.eq(drain.valid),
            tags.tag.eq(drain.tag),
            queue.reserve.eq(self.reserve),
            self.room.eq(queue.room),
        ]
        wiring.connect(m, queue.o, wiring.flipped(self.o))
        for name in self._load_ports():
            wiring.connect(m, wiring.flipped(getattr(self, name)), getattr(drain, name))
        self._block(m, rows)
        for number, pipeline in enumerate(self.pipelines):
            m.submodules[f"pipeline_{number}"] = pipeline
            self._pipeline(m, number, pipeline)
        for kind, memory in self.carries.items():
            m.submodules[f"{kind}_carry"] = memory
            self._carry(m, kind, memory, rows)
        self._results(m, rows)
        return m

    def _block(self, m, rows: Rows) -> None:
        """Where another value takes a row's place at the table, no row is issued."""
        timing, blocks = self.plan.timing, []
        for kind, gate in (("lstm", "o"), ("gru", "n")):
            if kind in timing.kinds:
                blocks.append(rows.at(timing.blocked(kind), kind, gate))
        m.d.comb += self.drain.block.eq(Cat(*blocks).any())

    def _pipeline(self, m, number: int, pipeline: Pipeline) -> None:
        drain, lanes, bits = self.drain, self.plan.geometry.lanes, self.plan.accumulator_bits
        split = number_is(self.capture_tag.number, [n for n, p in enumerate(self.plan.passes) if p.split], self.plan)
        m.d.comb += [
            pipeline.load.eq(drain.load),
            pipeline.split.eq(split),
            pipeline.take.eq(drain.valid),
            pipeline.number.eq(drain.tag.number),
            pipeline.gate.eq(drain.tag.gate),
            pipeline.bias.eq(drain.bias.word_select(number, bits)),
            pipeline.input_bias.eq(drain.input_bias.word_select(number, bits)),
            pipeline.valids.eq(self.tag_pipeline.valids),
            pipeline.tags.eq(self.tag_pipeline.tags),
        ]
        for lane in range(lanes):
            m.d.comb += [
                pipeline.sums[lane].eq(self.sums[number * lanes + lane]),
                pipeline.parts[lane].eq(self.parts[number * lanes + lane]),
            ]

    def _carry(self, m, kind: str, memory: CarryMemory, rows: Rows) -> None:
        """Read what a unit kept a cycle before it is used, and write what it keeps."""
        timing = self.plan.timing
        before, result = timing.activation - 1, timing.result
        if kind == "lstm":
            reads, writes, values = rows.at(before, kind, "f"), rows.at(timing.cell_written, kind, "f"), "c_new"
            tag = rows.tag(timing.cell_written)
        elif kind == "gru":
            reads, writes, values = rows.at(before, kind, "n"), rows.at(result, kind, "n"), "hidden"
            tag = rows.tag(result)
        else:
            reads = rows.at(before, "reset", "r") | rows.at(before, "candidate")
            writes, values, tag = rows.at(result, "reset", "r") | rows.at(result, "candidate"), "kept", rows.tag(result)
        m.d.comb += [
            memory.read.eq(reads),
            memory.read_pass.eq(rows.tag(before).number),
            memory.read_stream.eq(rows.tag(before).stream),
            memory.write.eq(writes),
            memory.write_pass.eq(tag.number),
            memory.write_stream.eq(tag.stream),
        ]
        for number, pipeline in enumerate(self.pipelines):
            m.d.comb += getattr(pipeline, f"carry_{kind}").eq(memory.data[number])
            m.d.comb += memory.values[number].eq(getattr(pipeline, values))
            if kind == "reset":
                with m.If(rows.is_kind(tag, "candidate")):
                    m.d.comb += memory.values[number].eq(Cat(Const(0, self.bits), pipeline.hidden))
        if self.plan.loads_state:
            self._load(m, kind, memory, rows)
        if self.plan.reads_state and kind == "lstm":
            m.d.comb += self.c_data.eq(memory.data)
            with m.If(self.c_read):
                m.d.comb += [memory.read.eq(1), memory.read_pass.eq(self.c_pass), memory.read_stream.eq(self.c_stream)]

    def _load(self, m, kind: str, memory: CarryMemory, rows: Rows) -> None:
        """Initial states are written as results are."""
        wanted = {"reset": "candidate"}.get(kind, kind)
        with m.If(self.load_c & rows.is_kind(self.load_tag, wanted)):
            m.d.comb += [
                memory.write.eq(1),
                memory.write_pass.eq(self.load_tag.number),
                memory.write_stream.eq(self.load_tag.stream),
            ]
            for number in range(len(self.pipelines)):
                value = self.load_values[number]
                if kind == "reset":
                    value = Cat(Const(0, self.bits), value[: self.bits])
                m.d.comb += memory.values[number].eq(value)

    def _results(self, m, rows: Rows) -> None:
        """To the state memory, and of the final passes to the answer queue."""
        timing, passes = self.plan.timing, self.plan.passes
        hidden = Signal()
        dense = Signal()
        recurrent = [kind for kind in ("lstm", "gru", "reset", "candidate", "rnn", "relu") if kind in timing.kinds]
        result = rows.tag(timing.result)
        last_gates = Cat(*(rows.at(timing.result, kind, ROWS[kind][-1]) for kind in recurrent))
        m.d.comb += [hidden.eq(last_gates.any()), self.tag.eq(result)]
        if "dense" in timing.kinds:
            m.d.comb += dense.eq(rows.at(DENSE_RESULT, "dense"))
            with m.If(dense):
                m.d.comb += self.tag.eq(rows.tag(DENSE_RESULT))
        m.d.comb += self.written.eq(hidden | dense)
        queue = self.queue
        finals = [number for number, item in enumerate(passes) if item.final]
        answering = 1 if self.plan.every_step else self.tag.last
        final = Signal()
        m.d.comb += final.eq(self.written & number_is(self.tag.number, finals, self.plan) & answering)
        present = Signal(len(self.pipelines))
        m.d.comb += present.eq(-1)
        with m.If(self.tag.end), m.Switch(self.tag.number):
            for number in finals:
                left = passes[number].units - (passes[number].rounds - 1) * len(self.pipelines)
                with m.Case(number):
                    m.d.comb += present.eq((1 << left) - 1)
        m.d.comb += [
            queue.push.eq(present & final.replicate(len(self.pipelines))),
            queue.end.eq(self.tag.end & (self.tag.number == finals[-1])),
            queue.first.eq(self.tag.first if self.plan.every_step else 1),
            queue.last.eq(self.tag.last),
        ]
        if self.plan.hardware.streams > 1:
            m.d.comb += queue.stream.eq(self.tag.stream)
        for number, pipeline in enumerate(self.pipelines):
            m.d.comb += [self.results[number].eq(pipeline.hidden), queue.data[number].eq(pipeline.hidden)]
            if "dense" in timing.kinds:
                with m.If(dense):
                    m.d.comb += [self.results[number].eq(pipeline.direct), queue.data[number].eq(pipeline.direct)]
