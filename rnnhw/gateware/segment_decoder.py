"""What the sequencer's position means: the constants of a segment, and whether something ends here."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Pass


class SegmentDecoder(wiring.Component):
    """Decodes a position in the walk through all segments; combinational.

    Parameters
    ----------
    passes : tuple of Pass
    every_step : bool
        Whether dense passes run in every step or only in a sequence's last one.
    shifts : tuple of int
        Alignment shifts that occur, in the order of `shift`.

    Members
    -------
    segment, column, group : In
        The position: a segment of the step, a column of it, a row group of its pass.
    first, last : In(1)
        The step is its sequence's first, last.
    from_x, zero, shift : Out
        Where the column's element comes from, whether it is read as zero, which alignment it needs.
    number : Out, results : Out
        The pass, and how many results it gives.
    group_start : Out(1)
        The column is the first of its group.
    segment_end, group_end, pass_end, step_end : Out(1)
        It is the last of its segment, group, pass, step.
    final_group : Out(1)
        The group is its pass's last.
    """

    def __init__(self, passes: tuple[Pass, ...], every_step: bool, shifts: tuple[int, ...]):
        self.passes, self.every_step, self.shifts = passes, every_step, shifts
        self.segments = [(n, item, s) for n, item in enumerate(passes) for s in item.segments]
        ends = ("segment_end", "group_end", "pass_end", "step_end", "final_group")
        super().__init__(
            {
                "segment": In(range(len(self.segments))),
                "column": In(range(max(s.length for _, _, s in self.segments))),
                "group": In(range(max(item.groups for item in passes))),
                "first": In(1),
                "last": In(1),
                "from_x": Out(1),
                "zero": Out(1),
                "shift": Out(range(len(shifts))),
                "number": Out(range(len(passes))),
                "results": Out(range(max(item.results for item in passes) + 1)),
                "group_start": Out(1),
                **dict.fromkeys(ends, Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
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
                        self.number.eq(number),
                        self.final_group.eq(self.group == item.groups - 1),
                        self.results.eq(item.results),
                    ]
        final_pass = self.number == len(self.passes) - 1
        recurrent = sum(item.recurrent for item in self.passes)
        if not self.every_step and recurrent < len(self.passes):
            final_pass |= (self.number == recurrent - 1) & ~self.last
        m.d.comb += [
            self.zero.eq(old & self.first),
            self.group_end.eq(self.segment_end & final_segment),
            self.pass_end.eq(self.group_end & self.final_group),
            self.step_end.eq(self.pass_end & final_pass),
        ]
        return m
