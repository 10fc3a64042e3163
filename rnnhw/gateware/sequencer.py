"""The sequencer: which column is issued when, and where its element and its weights are."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Pass

from .interfaces import column_tag
from .segment_decoder import SegmentDecoder

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
        self.passes = passes
        self.decoder = SegmentDecoder(passes, every_step, tuple(shifts))
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
                "shift": Out(range(len(shifts))),
                "group_start": Out(1),
                "group_end": Out(1),
                "tag": Out(column_tag(len(passes))),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.decoder = at = self.decoder
        position = self._registers()
        segment, column, group, first, last = (
            position[name] for name in ("segment", "column", "group", "first", "last")
        )
        slack = Signal(signed(self._missing_bits()))
        behind = Signal.like(slack)  # results of earlier passes still to be written; negative: own ones are there
        advance = Signal()
        available = Signal()
        m.d.comb += [
            *(getattr(at, name).eq(register) for name, register in position.items()),
            *(getattr(self, name).eq(getattr(at, name)) for name in ("from_x", "zero", "shift")),
            self.group_start.eq(at.group_start),
            self.group_end.eq(at.group_end),
            self.tag.number.eq(at.number),
            self.tag.final.eq(at.final_group),
            self.tag.first.eq(first),
            self.tag.last.eq(last),
            available.eq(Mux(at.from_x, self.x_available, at.zero | (behind <= slack))),
            self.issue.eq(available),
            advance.eq(available & self.enable),
            self.x_index.eq(column),
            self.x_release.eq(advance & at.from_x & at.segment_end & at.final_group),
        ]
        with m.If(advance):
            self._advance(m, segment, column, group, slack)
        with m.If(advance & at.from_x):
            m.d.sync += [first.eq(self.x_first), last.eq(self.x_last)]
        with m.If(advance & at.pass_end):
            m.d.sync += behind.eq(behind + at.results - self.written)
        with m.Elif(self.written):
            m.d.sync += behind.eq(behind - 1)
        return m

    def _registers(self) -> dict[str, Signal]:
        """Where we are."""
        return {
            name: Signal(getattr(self.decoder, name).shape(), name=name)
            for name in ("segment", "column", "group", "first", "last")
        }

    def _missing_bits(self) -> int:
        """Bits of a number of missing results."""
        total = sum(item.results for item in self.passes)
        segments = [segment for _, _, segment in self.decoder.segments]
        waiting = total + max(segment.slack for segment in segments) + max(segment.length for segment in segments)
        # a sequence's first step waits for no result: only the places for rows limit what is missing then
        ahead = total + IN_BACK + GROUPS_AHEAD * -(-self.passes[0].lanes // 4)
        return max(waiting, ahead).bit_length() + 1

    def _advance(self, m, segment, column, group, slack) -> None:
        """Move to the next column."""
        at = self.decoder
        upcoming = Signal.like(segment)
        bank = Signal()
        next_bank = Signal()
        m.d.comb += [upcoming.eq(segment + 1), next_bank.eq(bank ^ at.step_end)]
        m.d.sync += [
            column.eq(column + 1),
            slack.eq(slack - 1),
            self.h_address.eq(self.h_address + 1),
            self.weight_address.eq(Mux(at.step_end, 0, self.weight_address + 1)),
        ]
        with m.If(at.group_end):
            m.d.sync += group.eq(Mux(at.final_group, 0, group + 1))
            with m.If(at.step_end):
                m.d.comb += upcoming.eq(0)
                m.d.sync += bank.eq(next_bank)
            with m.Elif(~at.final_group), m.Switch(segment):
                for index, (_, item, source) in enumerate(at.segments):
                    if source is item.segments[-1]:
                        with m.Case(index):
                            m.d.comb += upcoming.eq(index - len(item.segments) + 1)
        with m.If(at.segment_end):
            m.d.sync += [column.eq(0), segment.eq(upcoming)]
            with m.Switch(upcoming):
                for index, (_, _, source) in enumerate(at.segments):
                    with m.Case(index):
                        m.d.sync += slack.eq(source.slack)
                        m.d.sync += self.h_address.eq(Mux(next_bank, source.base[1], source.base[0]))
