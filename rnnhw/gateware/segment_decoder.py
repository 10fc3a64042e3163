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
    zero, last : In(1)
        Old states count as zero in this step; the step is its sequence's last.
    from_x, zeroed, shift : Out
        Where the word's elements come from, whether they are read as zero, which alignment they need.
    absent : Out(columns)
        Columns of the word that lie behind the end of the vector.
    number : Out, rounds : Out
        The pass, and in how many rounds it gives its results.
    group_start : Out(1)
        The word is the first of its group.
    start, split_here : Out(1)
        Sums start with this word; they start again behind it.
    segment_end, group_end, pass_end, step_end : Out(1)
        It is the last of its segment, group, pass, step.
    final_group : Out(1)
        The group is its pass's last.
    releases : Out(1)
        With this word the step has been read from the input buffer for the last time.
    reserves : Out(1)
        With this word, the last of the group, an answer begins.
    """

    def __init__(self, plan: EnginePlan):
        self.plan = plan
        self.passes = passes = plan.passes
        self.shifts = sorted({segment.shift for item in passes for segment in item.segments})
        self.segments = [(n, item, s) for n, item in enumerate(passes) for s in item.segments]
        self.lengths = [plan.geometry.words(s.length) for _, _, s in self.segments]
        flags = ("group_start", "start", "split_here", "segment_end", "group_end", "pass_end", "step_end")
        super().__init__(
            {
                "segment": In(range(len(self.segments))),
                "word": In(range(max(self.lengths))),
                "group": In(range(max(item.groups for item in passes))),
                "zero": In(1),
                "last": In(1),
                "from_x": Out(1),
                "zeroed": Out(1),
                "shift": Out(range(len(self.shifts))),
                "absent": Out(plan.geometry.columns),
                "number": Out(range(len(passes))),
                "rounds": Out(range(max(item.rounds for item in passes) + 1)),
                **dict.fromkeys((*flags, "final_group", "releases", "reserves"), Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        old = Signal()
        first_segment = Signal()
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
                        old.eq(segment.old),
                        self.shift.eq(self.shifts.index(segment.shift)),
                        self.segment_end.eq(self.word == self.lengths[index] - 1),
                        first_segment.eq(segment is item.segments[0]),
                        final_segment.eq(segment is item.segments[-1]),
                        split.eq(item.split),
                        self.number.eq(number),
                        self.final_group.eq(self.group == item.groups - 1),
                        self.rounds.eq(item.rounds),
                        releasing.eq(segment.releases),
                        starts_answer.eq(number == first_final),
                    ]
                    self._absent(m, segment)
        final_pass = self.number == len(self.passes) - 1
        recurrent = sum(item.recurrent for item in self.passes)
        if not self.plan.every_step and 0 < recurrent < len(self.passes):
            final_pass |= (self.number == recurrent - 1) & ~self.last
        answering = 1 if self.plan.every_step else self.last
        m.d.comb += [
            self.zeroed.eq(old & self.zero),
            self.group_start.eq((self.word == 0) & first_segment),
            self.start.eq((self.word == 0) & (first_segment | split)),
            self.split_here.eq(self.segment_end & split & ~final_segment),
            self.group_end.eq(self.segment_end & final_segment),
            self.pass_end.eq(self.group_end & self.final_group),
            self.step_end.eq(self.pass_end & final_pass),
            self.releases.eq(releasing & self.segment_end & self.final_group),
            self.reserves.eq(starts_answer & self.group_end & (self.group == 0) & answering),
        ]
        return m

    def _absent(self, m, segment) -> None:
        columns = self.plan.geometry.columns
        present = segment.length - (self.plan.geometry.words(segment.length) - 1) * columns
        if present < columns:
            m.d.comb += self.absent.eq(self.segment_end.replicate(columns) & (((1 << columns) - 1) & (-1 << present)))
