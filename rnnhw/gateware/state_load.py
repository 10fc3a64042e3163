"""A sequence's initial state comes in, and goes to the state memories the way results do."""

from amaranth import Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import row_tag
from .rom import Rom


def state_payload(width: int) -> data.StructLayout:
    """One element of an initial state."""
    return data.StructLayout({"data": signed(width)})


class StateLoad(wiring.Component):
    """Takes one state vector from a stream, an element a cycle, and writes it round by round.

    It takes elements from the cycle after `start` on, and writes a round in the cycle after its last element was
    taken; `done` is the cycle of the last write.

    Parameters
    ----------
    plan : EnginePlan
    width : int
        Bits of an element on the stream.

    Members
    -------
    state : In(stream)
        The cells in order: h, then c of an LSTM.
    start : In(1), bank : In(1), stream : In
        Take a vector: hidden states go to that bank, of that stream. All three hold till `done`.
    done : Out(1)
    write_h : Out(1), write_c : Out(1)
        A round goes to the state memory; to the carry memory of the pass's kind.
    tag : Out
        Of the pass that would give such a result.
    values : Out(ArrayLayout(signed(width), pipelines))
    """

    def __init__(self, plan: EnginePlan, width: int):
        self.plan, self.parts, self.pipelines = plan, plan.state_parts, plan.geometry.pipelines
        streams = plan.hardware.streams
        super().__init__(
            {
                "state": In(stream.Signature(state_payload(width))),
                "start": In(1),
                "bank": In(1),
                "stream": In(range(streams)),
                "done": Out(1),
                "write_h": Out(1),
                "write_c": Out(1),
                "tag": Out(row_tag(len(plan.passes), streams)),
                "values": Out(data.ArrayLayout(signed(width), self.pipelines)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        part = Signal(range(len(self.parts)))
        index = Signal(range(max(item.length for item in self.parts)))
        slot = Signal(range(self.pipelines))
        busy = Signal()
        part_end = Signal()
        round_end = Signal()
        final = Signal()
        take = Signal()
        to_h = Signal()
        to_c = Signal()
        number = Signal.like(self.tag.number)
        with m.Switch(part):
            for at, item in enumerate(self.parts):
                with m.Case(at):
                    m.d.comb += [
                        part_end.eq(index == item.length - 1),
                        to_h.eq(item.memory == "h"),
                        to_c.eq(item.carry is not None),
                        number.eq(item.number),
                    ]
        m.d.comb += [
            self.state.ready.eq(busy),
            take.eq(busy & self.state.valid),
            round_end.eq(part_end | (slot == self.pipelines - 1)),
            final.eq(part_end & (part == len(self.parts) - 1)),
            self.tag.bank.eq(self.bank),
            self.tag.stream.eq(self.stream),
        ]
        m.d.sync += [
            self.write_h.eq(take & round_end & to_h),
            self.write_c.eq(take & round_end & to_c),
            self.tag.number.eq(number),
            self.tag.end.eq(part_end),
            self.done.eq(take & final),
        ]
        with m.If(self.start):
            m.d.sync += busy.eq(1)
        with m.If(take):
            m.d.sync += [index.eq(index + 1), slot.eq(slot + 1), self.values[slot].eq(self.state.payload.data)]
            if self.plan.hardware.count_saturations:  # units that are not there must not saturate
                with m.If(slot == 0):
                    m.d.sync += [self.values[number].eq(0) for number in range(1, self.pipelines)]
            with m.If(round_end):
                m.d.sync += slot.eq(0)
            with m.If(part_end):
                m.d.sync += [index.eq(0), part.eq(part + 1)]
            with m.If(final):
                m.d.sync += [part.eq(0), busy.eq(0)]
        return m


class InitialState(wiring.Component):
    """A constant state vector, offered again and again.

    Parameters
    ----------
    words : sequence of int
        In two's complement.
    width : int
    style : str
        "block" or "registers".

    Members
    -------
    state : Out(stream)
    """

    def __init__(self, words, width: int, style: str):
        self.count = len(words)
        self.rom = Rom(list(words), width, style)
        super().__init__({"state": Out(stream.Signature(state_payload(width)))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.rom = self.rom
        index = Signal(range(self.count))
        following = Signal(range(self.count))
        m.d.comb += [
            following.eq(index),
            self.rom.address.eq(following),
            self.rom.enable.eq(1),
            self.state.valid.eq(1),
            self.state.payload.data.eq(self.rom.data),
        ]
        with m.If(self.state.ready):
            m.d.comb += following.eq(index + 1)
            with m.If(index == self.count - 1):
                m.d.comb += following.eq(0)
        m.d.sync += index.eq(following)
        return m
