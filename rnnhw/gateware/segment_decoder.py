"""What the sequencer's position means: the constants of a segment, and whether something ends here."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan


class SegmentDecoder(wiring.Component):
    """Decodes a position in the walk through all segments; combinational.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    segment, word, group : In
        The position: a segment of the step, a column word of it, a row group of its pass.
    from_x, old, shift : Out
        Where the word's elements come from, whether they are old states, which alignment they need.
    absent : Out(columns)
        Columns of the word that lie behind the end of the vector.
    number : Out, rounds : Out
        The pass, and in how many rounds it gives its results.
    split_here : Out(1)
        Sums start again behind the word.
    segment_end, group_end, pass_end : Out(1)
        It is the last of its segment, group, pass.
    step_end, short_end : Out(1)
        It is the last of its step; it is so unless the step is its sequence's last.
    final_group : Out(1)
        The group is its pass's last.
    releases : Out(1)
        With this word the step has been read from the input buffer for the last time.
    reserves : Out(1)
        With this word, the last of the group, an answer begins, if the step has one.
    """

    def __init__(self, plan: EnginePlan):
        self.plan = plan
        self.passes = passes = plan.passes
        self.shifts = sorted({segment.shift for item in passes for segment in item.segments})
        self.segments = [(n, item, s) for n, item in enumerate(passes) for s in item.segments]
        self.lengths = [plan.geometry.words(s.length) for _, _, s in self.segments]
        flags = ("from_x", "old", "split_here", "segment_end", "group_end", "pass_end", "step_end", "short_end")
        super().__init__(
            {
                "segment": In(range(len(self.segments))),
                "word": In(range(max(self.lengths))),
                "group": In(range(max(item.groups for item in passes))),
                "shift": Out(range(len(self.shifts))),
                "absent": Out(plan.geometry.columns),
                "number": Out(range(len(passes))),
                "rounds": Out(range(max(item.rounds for item in passes) + 1)),
                **dict.fromkeys((*flags, "final_group", "releases", "reserves"), Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        final_segment = Signal()
        split = Signal()
        releasing = Signal()
        starts_answer = Signal()
        first_final = next(n for n, item in enumerate(self.passes) if item.final)
        with m.Switch(self.segment):
            for index, (number, item, segment) in enumerate(self.segments):
                with m.Case(index):
                    m.d.comb += [
                        self.from_x.eq(segment.source == "x"),
                        self.old.eq(segment.old),
                        self.shift.eq(self.shifts.index(segment.shift)),
                        self.segment_end.eq(self.word == self.lengths[index] - 1),
                        final_segment.eq(segment is item.segments[-1]),
                        split.eq(item.split),
                        self.number.eq(number),
                        self.final_group.eq(self.group == item.groups - 1),
                        self.rounds.eq(item.rounds),
                        releasing.eq(segment.releases),
                        starts_answer.eq(number == first_final),
                    ]
                    self._absent(m, segment)
        m.d.comb += [
            self.split_here.eq(self.segment_end & split & ~final_segment),
            self.group_end.eq(self.segment_end & final_segment),
            self.pass_end.eq(self.group_end & self.final_group),
            self.step_end.eq(self.pass_end & (self.number == len(self.passes) - 1)),
            self.releases.eq(releasing & self.segment_end & self.final_group),
            self.reserves.eq(starts_answer & self.group_end & (self.group == 0)),
        ]
        recurrent = sum(item.recurrent for item in self.passes)
        if not self.plan.every_step and 0 < recurrent < len(self.passes):
            m.d.comb += self.short_end.eq(self.pass_end & (self.number == recurrent - 1))
        return m

    def _absent(self, m, segment) -> None:
        columns = self.plan.geometry.columns
        present = segment.length - (self.plan.geometry.words(segment.length) - 1) * columns
        if present < columns:
            m.d.comb += self.absent.eq(self.segment_end.replicate(columns) & (((1 << columns) - 1) & (-1 << present)))
