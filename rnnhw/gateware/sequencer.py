"""The sequencer: which column word is issued when, and where its elements and its weights are."""

from amaranth import Cat, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import column_tag
from .segment_decoder import SegmentDecoder


class Sequencer(wiring.Component):
    """Walks through the segments of all passes, a column word a cycle.

    A word waits till its elements are there: those of x till the input buffer has them, those of h till no more
    rounds of results are missing than may be (`Segment.missing`). So only a pass's first group ever waits. The first
    pass of an answer also waits for room in the answer queue. What a position means is decoded while the word before
    is issued.

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
    from_x, shift, absent, split_here, group_end : Out
        As of `SegmentDecoder`.
    zeroed : Out(1)
        The word's elements are old states that count as zero.
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
                **dict.fromkeys(("split_here", "group_end", "at_start", "ended", "idle"), Out(1)),
                "tag": Out(column_tag(len(self.passes), self.streams)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        advance = Signal()
        self.short = Signal(name="short")  # the step ends here, before passes that only a sequence's last step needs
        self._position(m, advance)
        at = self.at
        step = self._step(m, advance)
        room = self._results(m, advance, step)
        there = Signal()
        answering = 1 if self.plan.every_step else step.last
        reserves = at.reserves & answering
        m.d.comb += [
            self.short.eq(at.short_end & ~self.known_last),
            self.step_end.eq(at.step_end | self.short),
            *(getattr(self, name).eq(at[name]) for name in ("from_x", "shift", "absent", "split_here", "group_end")),
            self.zeroed.eq(at.old & step.zero),
            self.tag.eq(step),
            self.tag.number.eq(at.number),
            self.tag.final.eq(at.final_group),
            there.eq(at.from_x | (at.old & self.known_zero) | (room >= 0)),
            self.issue.eq(
                there & (~at.from_x | self.x_available) & ~(reserves & ~self.room) & ~(self.at_start & self.hold)
            ),
            advance.eq(self.issue & self.enable),
            self.x_release.eq(advance & at.releases),
            self.reserve.eq(advance & reserves),
            self.ended.eq(advance & self.step_end),
        ]
        self._addresses(m, advance, step)
        return m

    def _position(self, m, advance) -> None:
        """Walk: the position itself, and what it means (`at`), decoded a word ahead."""
        m.submodules.decoder = decoder = self.decoder
        names = ("segment", "word", "group")
        here = [Signal(getattr(decoder, name).shape(), name=name) for name in names]
        meaning = {name: member.shape for name, member in decoder.signature.members.items() if name not in names}
        first = {name: int(value) for name, value in decoder.at_first().items()}
        self.at = at = Signal(StructLayout(meaning), name="at", init=first)
        self.step_end = Signal(name="step_end")
        self.upcoming = upcoming = Signal.like(here[0], name="upcoming")
        segment, word, group = here
        m.d.comb += upcoming.eq(segment + 1)
        m.d.comb += [decoder.segment.eq(segment), decoder.word.eq(word + 1), decoder.group.eq(group)]
        with m.If(at.segment_end):
            m.d.comb += [decoder.segment.eq(upcoming), decoder.word.eq(0)]
        with m.If(at.group_end):
            m.d.comb += decoder.group.eq(Mux(at.final_group, 0, group + 1))
            with m.If(at.step_end):
                m.d.comb += upcoming.eq(0)
            with m.Elif(~at.final_group), m.Switch(at.number):
                for number in range(len(self.passes)):
                    with m.Case(number):
                        m.d.comb += upcoming.eq(decoder.first_segment(number))
        with m.If(advance):
            m.d.sync += [own.eq(getattr(decoder, name)) for name, own in zip(names, here, strict=True)]
            m.d.sync += [at[name].eq(getattr(decoder, name)) for name in meaning]
            with m.If(self.short):
                m.d.sync += [own.eq(0) for own in here]
                m.d.sync += [at[name].eq(first[name]) for name in meaning]

    def _step(self, m, advance):
        """What the tag says of the step: from the input buffer with its first word, kept from then on."""
        kept = Signal(self.tag.shape(), name="kept")
        step = Signal.like(kept, name="step")
        banks = Signal(self.streams)
        at_start = Signal(init=1)
        # A step's first word is an input's, and the final words of a recurrent pass are none: so what is kept is known
        # by the time that old states are read, and by a recurrent pass's end.
        self.known_zero, self.known_last = kept.zero, kept.last
        m.d.comb += [self.at_start.eq(at_start), step.eq(kept)]
        with m.If(at_start):
            m.d.comb += [
                step.first.eq(self.x_first),
                step.zero.eq(self.x_first & ~self.loaded),
                step.stream.eq(self.x_stream),
                step.bank.eq(banks.bit_select(self.x_stream, 1)),
            ]
        with m.If(self.at.from_x):
            m.d.comb += step.last.eq(self.x_last)
        with m.If(advance):
            m.d.sync += [kept.eq(step), at_start.eq(self.step_end)]
            with m.If(self.step_end):
                m.d.sync += banks.bit_select(step.stream, 1).eq(~step.bank)
        return step

    def _bits(self) -> int:
        """Bits of a number of missing rounds."""
        plan = self.plan
        total = sum(item.rounds for item in self.passes)
        under_way = plan.timing.result + 4 + (plan.timing.capture + 3) * plan.geometry.lanes
        self.most_behind = total + under_way
        segments = [segment for _, _, segment in self.decoder.segments]
        waiting = max(segment.slack + 2 * segment.rounds for segment in segments) + self.most_behind
        return (2 * waiting + plan.geometry.columns).bit_length() + 1

    def _results(self, m, advance, step):
        """How many more rounds of results might be missing for this word than are.

        Kept as a sum of its own, so that nothing has to be compared before a word is issued: of a segment's first word
        the number that may be missing less the number that is (`behind`), one more with each round that is written,
        less with each word of the segment, which needs more of the vector.
        """
        at, shape = self.at, self.plan.geometry
        room = Signal(signed(self._bits()))
        behind = Signal.like(room)  # rounds of earlier passes still to be written; negative: own ones are there
        allowed = Signal.like(room)
        recurrent = sum(item.recurrent for item in self.passes)
        base = Mux(self.short, self.decoder.begins(0, recurrent - 1) + 1, at.allowed)
        m.d.comb += allowed.eq(base)
        concerned = behind
        if self.streams > 1:
            old = Mux(self.short, self.decoder.segments[0][2].old, at.allowed_old)
            concerned = Mux(old, self._behind_of_stream(m, advance, step, behind), behind)
        less = shape.columns // shape.pipelines if self.parts == 1 else self.h_part == self.parts - 1
        anew = Signal()
        m.d.comb += anew.eq(advance & at.anew)
        change = Mux(anew, ~concerned, Mux(advance, -less, 0))
        m.d.sync += [
            room.eq(plus(Mux(anew, allowed, room), change, self.written)),
            behind.eq(plus(behind, Mux(advance, at.passed, -1), ~self.written)),
        ]
        m.d.comb += self.idle.eq(behind <= 0)
        return room

    def _addresses(self, m, advance, step) -> None:
        """Where the next word's elements and weights are."""
        at, state_words = self.at, self.plan.state_words
        offset = Signal(self.h_address.shape(), name="stream_offset")
        with m.Switch(step.stream):
            for stream in range(1, self.streams):
                with m.Case(stream):
                    m.d.comb += offset.eq(stream * state_words)
        with m.If(advance):
            m.d.sync += self.weight_address.eq(Mux(self.step_end, 0, self.weight_address + 1))
            m.d.sync += self.x_index.eq(self.x_index + 1)
            if self.parts == 1:
                m.d.sync += self.h_address.eq(self.h_address + 1)
            else:
                m.d.sync += self.h_part.eq(self.h_part + 1)
                with m.If(self.h_part == self.parts - 1):
                    m.d.sync += [self.h_part.eq(0), self.h_address.eq(self.h_address + 1)]
            with m.If(at.segment_end):
                m.d.sync += self.h_part.eq(0)
                with m.Switch(Mux(self.short, 0, self.upcoming)):
                    for index, (_, _, source) in enumerate(self.decoder.segments):
                        with m.Case(index):
                            if source.source == "x":
                                m.d.sync += self.x_index.eq(source.base[0])
                            else:
                                base = Mux(step.bank, source.base[1], source.base[0])
                                m.d.sync += self.h_address.eq(base + offset)

    def _behind_of_stream(self, m, advance, step, behind):
        """Rounds still to be written up to this stream's last step and of its passes since, not of other streams since.

        Stops counting down where all that may be waited for has long been written.
        """
        at, least = self.at, -self.most_behind
        counts = [Signal.like(behind, name=f"behind_{stream}") for stream in range(self.streams)]
        for stream, count in enumerate(counts):
            matters = Signal(init=1, name=f"matters_{stream}")
            ended = plus(Mux(self.step_end, behind, count), at.passed, ~self.written)
            less = count - (self.written & matters)
            m.d.sync += matters.eq(count > least)
            m.d.sync += count.eq(Mux(advance & at.pass_end & (step.stream == stream), ended, less))
        chosen = Signal.like(behind, name="behind_chosen")
        with m.Switch(step.stream):
            for stream, count in enumerate(counts):
                with m.Case(stream):
                    m.d.comb += chosen.eq(count)
        return chosen


def plus(a, b, carry):
    """``a + b + carry``, one bit, in one chain."""
    return (Cat(carry, a).as_signed() + Cat(carry, b).as_signed()) >> 1
