"""What the sequencer's position means: the constants of a segment, and whether something ends here."""

from amaranth import Module, Mux, Signal, signed
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
    number : Out
        The pass.
    passed : Out(signed)
        One less than the rounds in which it gives its results, at its last word; else -1.
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
    anew : Out(1), allowed : Out, allowed_old : Out(1)
        One more than the rounds that may be missing for the word behind this one, where that is a number of its own
        (and not this word's, less what it needs more of the vector): of all rounds of earlier passes, after a pass
        those of that one too. Whether that word is of an old state.
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
                "passed": Out(range(-1, max(item.rounds for item in passes))),
                "allowed": Out(signed(1 + max(abs(value + 1) for value in self._all_allowed()).bit_length())),
                "anew": Out(1),
                "allowed_old": Out(1),
                **dict.fromkeys((*flags, "final_group", "releases", "reserves"), Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        final_segment = Signal()
        split = Signal()
        releasing = Signal()
        rounds = Signal.like(self.passed, name="rounds")
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
                        rounds.eq(item.rounds - 1),
                        releasing.eq(segment.releases),
                        starts_answer.eq(number == first_final),
                    ]
                    self._absent(m, segment)
                    self._allowed(m, index)
        m.d.comb += [
            self.split_here.eq(self.segment_end & split & ~final_segment),
            self.group_end.eq(self.segment_end & final_segment),
            self.pass_end.eq(self.group_end & self.final_group),
            self.passed.eq(Mux(self.pass_end, rounds, -1)),
            self.step_end.eq(self.pass_end & (self.number == len(self.passes) - 1)),
            self.releases.eq(releasing & self.segment_end & self.final_group),
            self.reserves.eq(starts_answer & self.group_end & (self.group == 0)),
        ]
        recurrent = sum(item.recurrent for item in self.passes)
        if not self.plan.every_step and 0 < recurrent < len(self.passes):
            m.d.comb += self.short_end.eq(self.pass_end & (self.number == recurrent - 1))
        return m

    def at_first(self) -> dict[str, int]:
        """What the first position of a step means: name of an output -> value."""
        number, item, segment = self.segments[0]
        ends = self.lengths[0] == 1
        final = len(item.segments) == 1
        group_end, final_group = ends and final, item.groups == 1
        pass_end = group_end and final_group
        recurrent = sum(item.recurrent for item in self.passes)
        short = not self.plan.every_step and recurrent == 1 < len(self.passes)
        starts_answer = item.final
        columns = self.plan.geometry.columns
        whole = segment.length >= columns or not ends
        anew, allowed, old = self._coming(0, final_group, 0)
        return {
            "from_x": segment.source == "x",
            "old": segment.old,
            "shift": self.shifts.index(segment.shift),
            "absent": 0 if whole else (1 << columns) - (1 << segment.length),
            "number": number,
            "passed": item.rounds - 1 if pass_end else -1,
            "split_here": ends and item.split and not final,
            "segment_end": ends,
            "group_end": group_end,
            "pass_end": pass_end,
            "step_end": pass_end and len(self.passes) == 1,
            "short_end": pass_end and short,
            "final_group": final_group,
            "releases": segment.releases and ends and final_group,
            "reserves": starts_answer and group_end,
            "anew": anew,
            "allowed": allowed,
            "allowed_old": old,
        }

    def first_segment(self, number: int) -> int:
        """Index of a pass's first segment."""
        return next(index for index, (of, _, _) in enumerate(self.segments) if of == number)

    def begins(self, index: int, after: int | None = None) -> int:
        """Rounds that may be missing for a segment's first word, when it comes behind a pass less that one's own."""
        missing = self.segments[index][2].missing(0, self.plan.geometry)
        return missing if after is None else missing - self.passes[after].rounds

    def _all_allowed(self):
        for index, (_, _, segment) in enumerate(self.segments):
            yield segment.slack
            for after in (None, *range(len(self.passes))):
                yield self.begins(index, after)

    def _coming(self, index: int, final_group: bool, word: int):
        """anew, allowed, allowed_old at a word of a segment."""
        number, item, segment = self.segments[index]
        words = self.lengths[index]
        if word == words - 1:
            which, after = (index + 1) % len(self.segments), None
            if segment is item.segments[-1]:
                which, after = (which, number) if final_group else (self.first_segment(number), None)
            return 1, self.begins(which, after) + 1, int(self.segments[which][2].old)
        if word == words - 2 and self._ends_early(index):
            return 1, segment.slack + 1, int(segment.old)
        return 0, 0, 0

    def _ends_early(self, index: int) -> bool:
        """Whether a vector's last word needs fewer rounds than a whole one."""
        shape, segment = self.plan.geometry, self.segments[index][2]
        whole = self.lengths[index] * shape.columns <= shape.pipelines * segment.rounds
        return segment.source != "x" and shape.columns > shape.pipelines and not whole

    def _allowed(self, m, index: int) -> None:
        """What may be missing for the coming word."""
        outputs, words = (self.anew, self.allowed, self.allowed_old), self.lengths[index]
        for word in range(max(words - 2, 0), words):
            with m.If(self.word == word):
                m.d.comb += [o.eq(value) for o, value in zip(outputs, self._coming(index, False, word), strict=True)]
                if word == words - 1:
                    with m.If(self.final_group):
                        final = self._coming(index, True, word)
                        m.d.comb += [o.eq(value) for o, value in zip(outputs, final, strict=True)]

    def _absent(self, m, segment) -> None:
        columns = self.plan.geometry.columns
        present = segment.length - (self.plan.geometry.words(segment.length) - 1) * columns
        if present < columns:
            m.d.comb += self.absent.eq(self.segment_end.replicate(columns) & (((1 << columns) - 1) & (-1 << present)))
