"""The drain: takes a group's sums at once and gives out one biased sum a cycle, in each pipeline."""

from itertools import pairwise

from amaranth import Const, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from rnnhw.plan import EnginePlan

from .interfaces import column_tag, row_tag
from .rows import number_is
from .weight_memory import WeightMemory


class DrainControl(wiring.Component):
    """Says when the next row leaves, and which one it is; the pipelines work in lockstep.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    capture : In(1), capture_tag : In
        Take a group's sums; only while `free`.
    free : Out(1)
        No row is left, or the last one leaves in this cycle.
    load : Out(1)
        The sums are taken in this cycle.
    block : In(1)
        Issue no row in this cycle.
    valid : Out(1), tag : Out
        A row is issued in this cycle.
    bias, input_bias : Out
        Of that row: a word for each pipeline.
    load_bias, load_input_bias : In(LoadPort)
        Where biases are loaded: as of `WeightMemory`.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, self.passes, self.lanes = plan, plan.passes, plan.geometry.lanes
        streams = plan.hardware.streams
        self.memories = {"bias": WeightMemory(plan.memories["bias"], plan.bias_words)}
        if "input_bias" in plan.memories:
            self.memories["input_bias"] = WeightMemory(plan.memories["input_bias"], plan.input_bias_words)
        width = plan.memories["bias"].width
        super().__init__(
            {
                "capture": In(1),
                "capture_tag": In(column_tag(len(self.passes), streams)),
                "free": Out(1),
                "load": Out(1),
                "block": In(1),
                "valid": Out(1),
                "tag": Out(row_tag(len(self.passes), streams)),
                "bias": Out(width),
                "input_bias": Out(width),
                **{f"load_{name}": In(memory.load) for name, memory in self.memories.items() if memory.load},
            }
        )

    def elaborate(self, platform):
        m = Module()
        count = Signal(range(self.lanes + 1))
        group = Signal.like(self.capture_tag)
        gate = Signal(2)
        some = Signal()  # count != 0
        last_row = Signal()  # count == 1
        m.d.comb += [
            self.valid.eq(some & ~self.block),
            self.free.eq(~some | (last_row & self.valid)),
            self.load.eq(self.capture & self.free),
            *(self.tag[name].eq(group[name]) for name in ("number", "bank", "stream", "first", "last", "zero")),
            self.tag.gate.eq(gate),
            self.tag.end.eq(last_row & group.final),
        ]
        with m.If(self.valid):
            m.d.sync += [count.eq(count - 1), some.eq(~last_row), last_row.eq(count == 2)]
            m.d.sync += [gate.eq(Mux(self._unit_end(gate, group.number), 0, gate + 1))]
            with m.If(self.tag.end):  # the last row of a pass is the last of a unit
                m.d.sync += gate.eq(0)
        rows = self._rows(m)
        with m.If(self.load):
            m.d.sync += [group.eq(self.capture_tag), count.eq(rows), some.eq(1), last_row.eq(rows == 1)]
        self._biases(m)
        return m

    def _unit_end(self, gate, number):
        """Whether a row is the last of its unit."""
        counts = sorted({len(item.gates) for item in self.passes})
        result = Const(0)
        for rows in counts:
            of_kind = number_is(number, [n for n, p in enumerate(self.passes) if len(p.gates) == rows], self.plan)
            result = result | (of_kind & (gate == rows - 1))
        return result

    def _rows(self, m):
        """Rows of the group being captured."""
        rows = Signal(range(self.lanes + 1))
        m.d.comb += rows.eq(self.lanes)
        with m.If(self.capture_tag.final), m.Switch(self.capture_tag.number):
            for number, item in enumerate(self.passes):
                with m.Case(number):
                    m.d.comb += rows.eq(item.final_rows)
        return rows

    def _biases(self, m) -> None:
        """Fetch the biases of the row that is next; round a step's rows."""
        rows = sum(item.drained for item in self.passes)
        recurrent_rows = sum(item.drained for item in self.passes if item.recurrent)
        short = None if self.plan.every_step or not 0 < recurrent_rows < rows else recurrent_rows
        self._fetch(m, "bias", rows, self.valid, short)
        if "input_bias" in self.memories:
            split = [n for n, item in enumerate(self.passes) if item.split]
            candidate = self.valid & number_is(self.tag.number, split, self.plan) & (self.tag.gate == 2)
            self._fetch(m, "input_bias", self.memories["input_bias"].depth, candidate, None)

    def _fetch(self, m, name: str, rows: int, taken, short: int | None) -> None:
        """A memory whose word for the next row is always there; `short`: rows of a step without dense layers."""
        m.submodules[f"{name}_memory"] = store = self.memories[name]
        if store.load:
            connect(m, flipped(getattr(self, f"load_{name}")), store.port)
        row = Signal(range(rows), name=f"{name}_row")
        following = Signal(range(rows), name=f"{name}_following")
        m.d.comb += [following.eq(row), store.address.eq(following), store.enable.eq(1)]
        m.d.comb += getattr(self, name).eq(store.data)
        with m.If(taken):
            m.d.comb += following.eq(row + 1)
            wrap = row == rows - 1
            if short is not None:
                wrap |= (row == short - 1) & ~self.tag.last
            with m.If(wrap):
                m.d.comb += following.eq(0)
        m.d.sync += row.eq(following)


class DrainChain(wiring.Component):
    """The capture registers of one pipeline, a shift chain, and the bias adder.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    load : In(1), sums, parts : In, split : In(1)
        Take a group's sums; with `split` they consist of two parts, of which `parts` are the first.
    take : In(1), number : In, gate : In(2)
        The next row leaves; its pass and place in its unit.
    bias, input_bias : In
    sum : Out(signed)
        The row's biased sum, `Timing.sum` cycles later. Row n of a GRU: of the state's part.
    input_sum : Out(signed)
        Row n of a GRU: the biased sum of the input's part, as late.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, self.passes, self.lanes = plan, plan.passes, plan.geometry.lanes
        shape = signed(plan.accumulator_bits)
        sums = data.ArrayLayout(shape, self.lanes)
        self.splits = [n for n, item in enumerate(self.passes) if item.split]
        super().__init__(
            {
                "load": In(1),
                "sums": In(sums),
                "parts": In(sums),
                "split": In(1),
                "take": In(1),
                "number": In(range(len(self.passes))),
                "gate": In(2),
                "bias": In(shape),
                "input_bias": In(shape),
                "sum": Out(shape),
                "input_sum": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        shape = self.sum.shape()
        captured = [Signal(shape, name=f"captured_{lane}") for lane in range(self.lanes)]
        with m.If(self.take):
            m.d.sync += [low.eq(high) for low, high in pairwise(captured)]
        with m.If(self.load):
            m.d.sync += [register.eq(self.sums[lane]) for lane, register in enumerate(captured)]
        if not self.splits:
            self._add(m, self.sum, captured[0], self.bias)
            return m
        parts = [Signal(shape, name=f"part_{lane}") for lane in range(self.lanes)]
        with m.If(self.take):
            m.d.sync += [low.eq(high) for low, high in pairwise(parts)]
        with m.If(self.load):
            m.d.sync += [part.eq(Mux(self.split, self.parts[lane], 0)) for lane, part in enumerate(parts)]
        input_first = [n for n in self.splits if not self.passes[n].segments[0].old]
        swapped = ~number_is(self.number, input_first, self.plan)
        candidate = number_is(self.number, self.splits, self.plan) & (self.gate == 2)
        state_part, input_part, whole = (Signal(shape, name=name) for name in ("state_part", "input_part", "whole"))
        m.d.comb += [
            state_part.eq(Mux(swapped, parts[0], captured[0])),
            input_part.eq(Mux(swapped, captured[0], parts[0])),
            whole.eq(Mux(candidate, state_part, parts[0] + captured[0])),
        ]
        self._add(m, self.sum, whole, self.bias)
        self._add(m, self.input_sum, input_part, self.input_bias)
        return m

    def _add(self, m, target, value, bias) -> None:
        """Add a row's bias, with many registers behind one for each of the two."""
        if self.plan.hardware.registers == "few":
            with m.If(self.take):
                m.d.sync += target.eq(value + bias)
            return
        terms = [Signal(target.shape(), name=f"{target.name}_{part}") for part in ("part", "bias")]
        with m.If(self.take):
            m.d.sync += [term.eq(given) for term, given in zip(terms, (value, bias), strict=True)]
        m.d.sync += target.eq(terms[0] + terms[1])
