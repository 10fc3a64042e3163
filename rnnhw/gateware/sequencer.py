"""The sequencer: which column is issued when, and where its element and its weights are."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Pass

from .interfaces import column_tag

IN_BACK = 4  # results that the back pipeline holds at most: it has 14 places, and a unit has 4 rows
GROUPS_AHEAD = 3  # groups that are issued but not drained: two in the MAC array, one in the drain


class Sequencer(wiring.Component):
    """Walks through the segments of all passes, a column a cycle.

    A column waits till its element is there: one of x till the input buffer has it, one of h till no more
    results are missing than may be (`Segment.slack`). So only a pass's first group ever waits.

    Parameters
    ----------
    passes : tuple of Pass
    every_step : bool
        Whether dense passes run in every step or only in a sequence's last one.
    h_depth, weight_depth : int
        Words of the memories.
    shifts : tuple of int
        Alignment shifts that occur, in the order of `shift`.

    Members
    -------
    enable : In(1)
        Moves the sequencer.
    written : In(1)
        A result is written in this cycle.
    x_available, x_first, x_last : In(1), x_index : Out, x_release : Out(1)
        To the input buffer.
    h_address : Out, weight_address : Out
    issue : Out(1)
        A column is issued (takes effect if `enable`).
    from_x, zero, shift : Out
        Where its element comes from, whether it is read as zero, which alignment it needs.
    group_start, group_end : Out(1)
        It is the first, the last of its group.
    tag : Out
        Of its group.
    """

    def __init__(self, passes: tuple[Pass, ...], every_step: bool, h_depth: int, weight_depth: int, shifts):
        self.passes, self.every_step, self.shifts = passes, every_step, tuple(shifts)
        self.segments = [(n, item, s) for n, item in enumerate(passes) for s in item.segments]
        super().__init__(
            {
                "enable": In(1),
                "written": In(1),
                "x_available": In(1),
                "x_first": In(1),
                "x_last": In(1),
                "x_index": Out(range(passes[0].segments[0].length)),
                "x_release": Out(1),
                "h_address": Out(range(h_depth)),
                "weight_address": Out(range(weight_depth)),
                "issue": Out(1),
                "from_x": Out(1),
                "zero": Out(1),
                "shift": Out(range(len(self.shifts))),
                "group_start": Out(1),
                "group_end": Out(1),
                "tag": Out(column_tag(len(passes))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._registers()
        self._position(m)
        behind = self._behind(m)
        advance = Signal()
        available = Signal()
        m.d.comb += [
            available.eq(Mux(self.from_x, self.x_available, self.zero | (behind <= self.slack))),
            self.issue.eq(available),
            advance.eq(available & self.enable),
            self.x_index.eq(self.column),
            self.x_release.eq(advance & self.from_x & self.segment_end & self.tag.final),
            self.tag.first.eq(self.first),
            self.tag.last.eq(self.last),
        ]
        with m.If(advance):
            self._advance(m)
        with m.If(advance & self.from_x):
            m.d.sync += [self.first.eq(self.x_first), self.last.eq(self.x_last)]
        with m.If(advance & self.pass_end):
            m.d.sync += behind.eq(behind + self.results - self.written)
        with m.Elif(self.written):
            m.d.sync += behind.eq(behind - 1)
        return m

    def _registers(self) -> None:
        """Where we are, and what the current segment's constants are."""
        longest = max(s.length for _, _, s in self.segments)
        total = sum(item.results for item in self.passes)
        waiting = total + max(s.slack for _, _, s in self.segments) + longest
        # a sequence's first step waits for no result: only the places for rows limit what is missing then
        ahead = total + IN_BACK + GROUPS_AHEAD * -(-self.passes[0].lanes // 4)
        bits = max(waiting, ahead).bit_length() + 1
        self.segment = Signal(range(len(self.segments)))
        self.column = Signal(range(longest))
        self.group = Signal(range(max(item.groups for item in self.passes)))
        self.slack = Signal(signed(bits))
        self.bank = Signal()
        self.first = Signal()
        self.last = Signal()
        self.segment_end = Signal()
        self.pass_end = Signal()
        self.step_end = Signal()
        self.results = Signal(range(max(item.results for item in self.passes) + 1))

    def _behind(self, m):
        """Results of earlier passes that are still to be written (negative: this pass's own are there)."""
        return Signal.like(self.slack, name="behind")

    def _position(self, m) -> None:
        """Decode the current segment."""
        old = Signal()
        final_segment = Signal()
        with m.Switch(self.segment):
            for index, (number, item, segment) in enumerate(self.segments):
                with m.Case(index):
                    m.d.comb += [
                        self.from_x.eq(segment.source == "x"),
                        old.eq(segment.old),
                        self.shift.eq(self.shifts.index(segment.shift)),
                        self.segment_end.eq(self.column == segment.length - 1),
                        final_segment.eq(segment is item.segments[-1]),
                        self.group_start.eq((self.column == 0) if segment is item.segments[0] else 0),
                        self.tag.number.eq(number),
                        self.tag.final.eq(self.group == item.groups - 1),
                        self.results.eq(item.results),
                    ]
        final_pass = self.tag.number == len(self.passes) - 1
        recurrent = sum(item.recurrent for item in self.passes)
        if not self.every_step and recurrent < len(self.passes):
            final_pass |= (self.tag.number == recurrent - 1) & ~self.last
        m.d.comb += [
            self.zero.eq(old & self.first),
            self.group_end.eq(self.segment_end & final_segment),
            self.pass_end.eq(self.group_end & self.tag.final),
            self.step_end.eq(self.pass_end & final_pass),
        ]

    def _advance(self, m) -> None:
        """Move to the next column."""
        upcoming = Signal.like(self.segment)
        next_bank = Signal()
        m.d.comb += [upcoming.eq(self.segment + 1), next_bank.eq(self.bank ^ self.step_end)]
        m.d.sync += [
            self.column.eq(self.column + 1),
            self.slack.eq(self.slack - 1),
            self.h_address.eq(self.h_address + 1),
            self.weight_address.eq(Mux(self.step_end, 0, self.weight_address + 1)),
        ]
        with m.If(self.group_end):
            m.d.sync += self.group.eq(Mux(self.tag.final, 0, self.group + 1))
            with m.If(self.step_end):
                m.d.comb += upcoming.eq(0)
                m.d.sync += self.bank.eq(next_bank)
            with m.Elif(~self.tag.final), m.Switch(self.segment):
                for index, (_, item, segment) in enumerate(self.segments):
                    if segment is item.segments[-1]:
                        with m.Case(index):
                            m.d.comb += upcoming.eq(index - len(item.segments) + 1)
        with m.If(self.segment_end):
            m.d.sync += [self.column.eq(0), self.segment.eq(upcoming)]
            with m.Switch(upcoming):
                for index, (_, _, segment) in enumerate(self.segments):
                    with m.Case(index):
                        m.d.sync += self.slack.eq(segment.slack)
                        m.d.sync += self.h_address.eq(Mux(next_bank, segment.base[1], segment.base[0]))
