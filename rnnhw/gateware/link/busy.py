"""Whether a core has anything under way."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Plan


def answers_steps(plan: Plan) -> bool:
    """Whether each step is answered, as soon as it can be."""
    return plan.every_step and not plan.buffered


class BusyMeter(wiring.Component):
    """Says whether an element has been taken whose answer is not out.

    Where each step is answered (and no whole sequences are stored), steps are counted from their first element to
    the final one of their answer, otherwise sequences to the end of theirs; one that goes on without end is under way
    all the time.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    taken : In(1), first : In(1), last : In(1), stream : In
        An input element went into the core, the first one of its step, the final one of its sequence.
    answered : In(1)
        What was counted has come out.
    busy : Out(1)
    """

    def __init__(self, plan: Plan):
        self.streams, self.steps = plan.hardware.streams, answers_steps(plan)
        self.most = 8 * (len(plan.stages) + 1)  # steps or sequences that the stages can hold
        members = dict.fromkeys(("taken", "first", "last", "answered"), In(1)) | {
            "stream": In(range(max(2, self.streams)))
        }
        super().__init__(members | {"busy": Out(1)})

    def elaborate(self, platform):
        m = Module()
        pending, more = Signal(range(self.most + 1)), Signal()
        m.d.comb += more.eq(self.taken & (self.first if self.steps else self.last))
        with m.If(more & ~self.answered):
            m.d.sync += pending.eq(pending + 1)
        with m.Elif(~more & self.answered):
            m.d.sync += pending.eq(pending - 1)
        if self.steps:
            m.d.sync += self.busy.eq(pending != 0)
            return m
        opened = Signal(self.streams)  # sequences that have begun and not ended
        with m.If(self.taken):
            m.d.sync += opened.bit_select(self.stream if self.streams > 1 else 0, 1).eq(~self.last)
        m.d.sync += self.busy.eq((pending != 0) | opened.any())
        return m
