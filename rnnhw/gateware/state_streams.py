"""The states of several engines on one stream: each engine's part of the vector in turn."""

from amaranth import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .state_load import state_payload
from .state_read import final_payload


def _turn(m, counts, step):
    """Whose turn it is; moves on after as many steps as the part has elements."""
    turn = Signal(range(len(counts)))
    passed = Signal(range(max(counts)))
    end = Signal()
    with m.Switch(turn):
        for number, count in enumerate(counts):
            with m.Case(number):
                m.d.comb += end.eq(passed == count - 1)
    with m.If(step):
        m.d.sync += passed.eq(passed + 1)
        with m.If(end):
            m.d.sync += [passed.eq(0), turn.eq(turn + 1)]
            with m.If(turn == len(counts) - 1):
                m.d.sync += turn.eq(0)
    return turn


class StateSplit(wiring.Component):
    """Gives each engine its part of the initial states.

    Parameters
    ----------
    counts : sequence of int
        Elements of each part.
    width : int

    Members
    -------
    state : In(stream)
    part_0, part_1 ... : Out(stream)
    """

    def __init__(self, counts, width: int):
        self.counts = tuple(counts)
        port = stream.Signature(state_payload(width))
        super().__init__({"state": In(port), **{f"part_{n}": Out(port) for n in range(len(self.counts))}})

    def elaborate(self, platform):
        m = Module()
        turn = _turn(m, self.counts, self.state.valid & self.state.ready)
        with m.Switch(turn):
            for number in range(len(self.counts)):
                part = getattr(self, f"part_{number}")
                m.d.comb += part.payload.eq(self.state.payload)
                with m.Case(number):
                    m.d.comb += [part.valid.eq(self.state.valid), self.state.ready.eq(part.ready)]
        return m


class StateJoin(wiring.Component):
    """Puts the parts of the final states together.

    Parameters
    ----------
    counts : sequence of int
        Elements of each part.
    width : int

    Members
    -------
    part_0, part_1 ... : In(stream)
    final : Out(stream)
        `last` on the final element of the last part.
    """

    def __init__(self, counts, width: int):
        self.counts = tuple(counts)
        port = stream.Signature(final_payload(width))
        super().__init__({**{f"part_{n}": In(port) for n in range(len(self.counts))}, "final": Out(port)})

    def elaborate(self, platform):
        m = Module()
        turn = _turn(m, self.counts, self.final.valid & self.final.ready)
        with m.Switch(turn):
            for number in range(len(self.counts)):
                part = getattr(self, f"part_{number}")
                with m.Case(number):
                    m.d.comb += [
                        self.final.valid.eq(part.valid),
                        part.ready.eq(self.final.ready),
                        self.final.payload.data.eq(part.payload.data),
                        self.final.payload.last.eq(part.payload.last & (number == len(self.counts) - 1)),
                    ]
        return m
