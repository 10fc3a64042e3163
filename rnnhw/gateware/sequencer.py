"""The sequencer: which column word is issued when, and where its elements and its weights are."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import column_tag
from .segment_decoder import SegmentDecoder

IN_BACK = 16  # rounds that the back pipelines hold at most: a result comes at most 14 places behind its row


class Sequencer(wiring.Component):
    """Walks through the segments of all passes, a column word a cycle.

    A word waits till its elements are there: those of x till the input buffer has them, those of h till no more
    rounds of results are missing than may be (`Segment.missing`). So only a pass's first group ever waits. The first
    pass of an answer also waits for room in the answer queue.

    Parameters
    ----------
    plan : EnginePlan

    Members
    -------
    enable : In(1)
        Moves the sequencer.
    hold : In(1)
        Begin no step.
    written : In(1)
        A round of results is written in this cycle.
    room : In(1), reserve : Out(1)
        To the answer queue.
    x_available, x_first, x_last, x_stream : In, x_index : Out, x_release : Out(1)
        To the input buffer.
    loaded : In(1)
        Old states are those in the memories even in a sequence's first step.
    h_address : Out, h_part : Out
        Word of the state memory, and which of its parts of `columns` elements.
    weight_address : Out
    issue : Out(1)
        A word is issued (takes effect if `enable`).
    from_x, zeroed, shift, absent, start, split_here : Out
        As of `SegmentDecoder`.
    group_end : Out(1)
    tag : Out
        Of its group.
    at_start : Out(1)
        The next word is the first of a step.
    ended : Out(1)
        A step's last word is issued; `tag` tells which.
    idle : Out(1)
        No result is missing.
    """

    def __init__(self, plan: EnginePlan):
        self.plan, self.passes, self.streams = plan, plan.passes, plan.hardware.streams
        self.decoder = SegmentDecoder(plan)
        shape = plan.geometry
        self.parts = shape.word // shape.columns
        super().__init__(
            {
                **dict.fromkeys(("enable", "hold", "written", "room", "x_available", "x_first", "x_last"), In(1)),
                "x_stream": In(range(self.streams)),
                "loaded": In(1),
                "x_index": Out(range(plan.x_words)),
                "x_release": Out(1),
                "reserve": Out(1),
                "h_address": Out(range(max(self.streams * plan.state_words, 1))),
                "h_part": Out(range(self.parts)),
                "weight_address": Out(range(plan.memories["weights"].depth)),
                "issue": Out(1),
                "from_x": Out(1),
                "zeroed": Out(1),
                "shift": Out(range(len(self.decoder.shifts))),
                "absent": Out(shape.columns),
                **dict.fromkeys(("start", "split_here", "group_end", "at_start", "ended", "idle"), Out(1)),
                "tag": Out(column_tag(len(self.passes), self.streams)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = at = self.decoder
        segment, word, group = (Signal(getattr(at, name).shape(), name=name) for name in ("segment", "word", "group"))
        missing = Signal(signed(self._bits()))  # rounds that may be missing for this word
        behind = Signal.like(missing)  # rounds of earlier passes still to be written; negative: own ones are there
        advance = Signal()
        available = Signal()
        step = self._step(m, advance)
        names = ("from_x", "zeroed", "shift", "absent", "start", "split_here", "group_end")
        m.d.comb += [
            at.segment.eq(segment),
            at.word.eq(word),
            at.group.eq(group),
            at.zero.eq(step.zero),
            at.last.eq(step.last),
            *(getattr(self, name).eq(getattr(at, name)) for name in names),
            self.idle.eq(behind <= 0),
            self.tag.eq(step),
            self.tag.number.eq(at.number),
            self.tag.final.eq(at.final_group),
            available.eq(Mux(at.from_x, self.x_available, at.zeroed | (behind <= missing))),
            self.issue.eq(available & ~(at.reserves & ~self.room) & ~(self.at_start & self.hold)),
            advance.eq(self.issue & self.enable),
            self.x_release.eq(advance & at.releases),
            self.reserve.eq(advance & at.reserves),
            self.ended.eq(advance & at.step_end),
        ]
        with m.If(advance):
            self._advance(m, segment, word, group, missing, step)
        with m.If(advance & at.pass_end):
            m.d.sync += behind.eq(behind + at.rounds - self.written)
        with m.Elif(self.written):
            m.d.sync += behind.eq(behind - 1)
        return m

    def _step(self, m, advance):
        """What the tag says of the step: from the input buffer with its first word, kept from then on."""
        at = self.decoder
        kept = Signal(self.tag.shape(), name="kept")
        step = Signal.like(kept, name="step")
        banks = Signal(self.streams)
        at_start = Signal(init=1)
        m.d.comb += [self.at_start.eq(at_start), step.eq(kept)]
        with m.If(at_start):
            m.d.comb += [
                step.first.eq(self.x_first),
                step.zero.eq(self.x_first & ~self.loaded),
                step.stream.eq(self.x_stream),
                step.bank.eq(banks.bit_select(self.x_stream, 1)),
            ]
        with m.If(at.from_x):
            m.d.comb += step.last.eq(self.x_last)
        with m.If(advance):
            m.d.sync += [kept.eq(step), at_start.eq(at.step_end)]
            with m.If(at.step_end):
                m.d.sync += banks.bit_select(step.stream, 1).eq(~step.bank)
        return step

    def _bits(self) -> int:
        """Bits of a number of missing rounds."""
        plan = self.plan
        total = sum(item.rounds for item in self.passes)
        under_way = IN_BACK + (plan.timing.capture + 3) * plan.geometry.lanes
        self.most_behind = total + under_way
        segments = [segment for _, _, segment in self.decoder.segments]
        waiting = max(segment.slack + 2 * segment.rounds for segment in segments) + self.most_behind
        return (2 * waiting + plan.geometry.columns).bit_length() + 1

    def _advance(self, m, segment, word, group, missing, step) -> None:
        """Move to the next word."""
        at, shape = self.decoder, self.plan.geometry
        upcoming = Signal.like(segment)
        m.d.comb += upcoming.eq(segment + 1)
        m.d.sync += [word.eq(word + 1), self.weight_address.eq(Mux(at.step_end, 0, self.weight_address + 1))]
        m.d.sync += self.x_index.eq(self.x_index + 1)
        if self.parts == 1:
            m.d.sync += [self.h_address.eq(self.h_address + 1), missing.eq(missing - shape.columns // shape.pipelines)]
        else:
            m.d.sync += self.h_part.eq(self.h_part + 1)
            with m.If(self.h_part == self.parts - 1):
                m.d.sync += [self.h_part.eq(0), self.h_address.eq(self.h_address + 1), missing.eq(missing - 1)]
        with m.If(at.group_end):
            m.d.sync += group.eq(Mux(at.final_group, 0, group + 1))
            with m.If(at.step_end):
                m.d.comb += upcoming.eq(0)
            with m.Elif(~at.final_group), m.Switch(segment):
                for index, (_, item, source) in enumerate(at.segments):
                    if source is item.segments[-1]:
                        with m.Case(index):
                            m.d.comb += upcoming.eq(index - len(item.segments) + 1)
        others = self._others(m, step)
        with m.If(at.segment_end):
            m.d.sync += [word.eq(0), segment.eq(upcoming), self.h_part.eq(0)]
            self._load(m, upcoming, missing, step, others)
        with m.Else():
            self._complete(m, segment, word, missing, others)

    def _load(self, m, upcoming, missing, step, others) -> None:
        """Where the coming segment begins, and how many rounds may be missing then."""
        at, shape = self.decoder, self.plan.geometry
        offset = Signal(self.h_address.shape(), name="stream_offset")
        with m.Switch(step.stream):
            for stream in range(1, self.streams):
                with m.Case(stream):
                    m.d.comb += offset.eq(stream * self.plan.state_words)
        with m.Switch(upcoming):
            for index, (_, _, source) in enumerate(at.segments):
                with m.Case(index):
                    if source.source == "x":
                        m.d.sync += self.x_index.eq(source.base[0])
                        continue
                    extra = others if source.old else 0
                    m.d.sync += [
                        missing.eq(source.missing(0, shape) + extra),
                        self.h_address.eq(Mux(step.bank, source.base[1], source.base[0]) + offset),
                    ]

    def _complete(self, m, segment, word, missing, others) -> None:
        """A vector's last word may need fewer rounds than a whole one."""
        at, shape = self.decoder, self.plan.geometry
        with m.Switch(segment):
            for index, (_, _, source) in enumerate(at.segments):
                words = at.lengths[index]
                whole = words * shape.columns <= shape.pipelines * source.rounds
                if source.source == "x" or shape.columns <= shape.pipelines or words == 1 or whole:
                    continue
                with m.Case(index), m.If(word == words - 2):
                    m.d.sync += missing.eq(source.slack + (others if source.old else 0))

    def _others(self, m, step):
        """Rounds of other streams' results since this stream's last step (as far as they matter)."""
        at = self.decoder
        if self.streams == 1:
            return 0
        counts = [Signal(range(2 * self.most_behind + 1), name=f"others_{stream}") for stream in range(self.streams)]
        for stream, count in enumerate(counts):
            with m.If(at.pass_end):
                with m.If(step.stream != stream), m.If(count < self.most_behind):
                    m.d.sync += count.eq(count + at.rounds)
            with m.If(at.step_end & (step.stream == stream)):
                m.d.sync += count.eq(0)
        others = Signal.like(counts[0], name="others")
        with m.Switch(step.stream):
            for stream, count in enumerate(counts):
                with m.Case(stream):
                    m.d.comb += others.eq(count)
        return others
