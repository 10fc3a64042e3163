"""The drain: takes a group's sums at once and gives out one biased sum a cycle."""

from itertools import pairwise

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Pass

from .interfaces import GATE_O, column_tag, row_tag
from .rom import Rom


class Drain(wiring.Component):
    """Capture registers, a shift chain, and the bias adder.

    Parameters
    ----------
    passes : tuple of Pass
    lanes, accumulator_width : int
    bias_words : list of int
        Bias of each row of a step in order, rounding constants folded in.
    bias_style : str
    every_step : bool
        Whether dense passes run in every step.

    Members
    -------
    enable : In(1)
        Moves the drain; low while the output is held.
    capture : In(1), sums : In, capture_tag : In
        Take a group's sums; only while `free`.
    free : Out(1)
        No row is left, or the last one leaves in this cycle.
    block : In(1)
        Issue no row in this cycle.
    valid : Out(1), tag : Out
        A row is issued in this cycle.
    sum : Out(signed)
        The row's biased sum, a cycle later.
    """

    def __init__(
        self, passes: tuple[Pass, ...], lanes: int, accumulator_width: int, bias_words, bias_style, every_step
    ):
        self.passes, self.lanes, self.every_step = passes, lanes, every_step
        self.bias = Rom(bias_words, accumulator_width, bias_style)
        shape = signed(accumulator_width)
        super().__init__(
            {
                "enable": In(1),
                "capture": In(1),
                "sums": In(data.ArrayLayout(shape, lanes)),
                "capture_tag": In(column_tag(len(passes))),
                "free": Out(1),
                "block": In(1),
                "valid": Out(1),
                "tag": Out(row_tag(len(passes))),
                "sum": Out(shape),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.bias = self.bias
        count = Signal(range(self.lanes + 1))
        group = Signal.like(self.capture_tag)
        gate = Signal(2)
        last_row = Signal()
        m.d.comb += [
            last_row.eq(count == 1),
            self.valid.eq((count != 0) & ~self.block & self.enable),
            self.free.eq((count == 0) | (last_row & self.valid)),
            self.tag.number.eq(group.number),
            self.tag.gate.eq(gate),
            self.tag.first.eq(group.first),
            self.tag.last.eq(group.last),
            self.tag.end.eq(last_row & group.final),
        ]
        self._dense_flag(m, group.number)
        captured = [Signal(self.sum.shape(), name=f"captured_{lane}") for lane in range(self.lanes)]
        with m.If(self.valid):
            m.d.sync += [count.eq(count - 1), self.sum.eq(captured[0] + self.bias.data.as_signed())]
            m.d.sync += [low.eq(high) for low, high in pairwise(captured)]
            with m.If(~self.tag.dense):
                m.d.sync += gate.eq(Mux(gate == GATE_O, 0, gate + 1))
        rows = self._rows(m)
        with m.If(self.capture & self.free):
            m.d.sync += [group.eq(self.capture_tag), count.eq(rows)]
            m.d.sync += [register.eq(self.sums[lane]) for lane, register in enumerate(captured)]
        self._bias_address(m)
        return m

    def _dense_flag(self, m, number) -> None:
        """Tell dense passes, which stand behind the recurrent ones."""
        recurrent = sum(item.recurrent for item in self.passes)
        m.d.comb += self.tag.dense.eq(number >= recurrent if recurrent < len(self.passes) else 0)

    def _rows(self, m):
        """Rows of the group being captured."""
        rows = Signal(range(self.lanes + 1))
        m.d.comb += rows.eq(self.lanes)
        with m.If(self.capture_tag.final), m.Switch(self.capture_tag.number):
            for number, item in enumerate(self.passes):
                with m.Case(number):
                    m.d.comb += rows.eq(item.final_rows)
        return rows

    def _bias_address(self, m) -> None:
        """The row that is next, whose bias the memory fetches; round a step's rows."""
        rows = sum(item.rows for item in self.passes)
        recurrent_rows = sum(item.rows for item in self.passes if item.recurrent)
        row = Signal(range(rows))
        following = Signal(range(rows))
        m.d.comb += [following.eq(row), self.bias.address.eq(following), self.bias.enable.eq(1)]
        with m.If(self.valid):
            m.d.comb += following.eq(row + 1)
            wrap = row == rows - 1
            if not self.every_step and recurrent_rows < rows:
                wrap |= (row == recurrent_rows - 1) & ~self.tag.last
            with m.If(wrap):
                m.d.comb += following.eq(0)
        m.d.sync += row.eq(following)
