"""Whether elements continue what came before them."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Plan

from .hello import takes_states
from .protocol import Reply


class StepCheck(wiring.Component):
    """Keeps track of the steps of a core's input, and says which elements must not be given to it.

    A sequence begins and ends with a whole step, and a step is of one stream. In a core that takes initial states
    each sequence begins with the first flag, and with a state that waits for it and for no other sequence.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    begin : In(1), first : In(1), last : In(1), stream : In
        Elements come, with these flags; all but `begin` hold till they have all come.
    element : In(1), at_start : Out(1)
        One of them; from the cycle after it on whether it was the first one of its step.
    wrong : Out(1), reply : Out(4)
        From the cycle after `begin` or `element` on: they must not be given to the core.
    end_wrong : Out(1)
        From the second cycle after the final one on: the sequence should end, but the step does not.
    keep : In(1)
        With `begin`: they are given to the core now.
    commit : In(1)
        They have been.
    state_full : In(1)
        With states: one waits for the core.
    """

    def __init__(self, plan: Plan):
        self.size, self.streams = plan.network.input_size, plan.hardware.streams
        self.states, self.single = takes_states(plan), plan.network.mode == "one-to-many"
        members = dict.fromkeys(("begin", "first", "last", "element", "keep", "commit"), In(1))
        members |= {"stream": In(range(max(2, self.streams))), "wrong": Out(1), "reply": Out(4), "end_wrong": Out(1)}
        members |= {"at_start": Out(1)}
        super().__init__(members | ({"state_full": In(1)} if self.states else {}))

    def elaborate(self, platform):
        m = Module()
        position, probe = Signal(range(self.size)), Signal(range(self.size))
        inside, current = Signal(), Signal.like(self.stream)
        m.d.sync += [inside.eq(position != 0), self.end_wrong.eq(self.last & (probe != 0))]
        with m.If(self.begin):
            m.d.sync += [probe.eq(position), self.wrong.eq(0)]
        if self.states:
            self._states(m, inside, probe)
        with m.If(self.begin & inside):
            if self.streams > 1:
                with m.If(self.stream != current):
                    self._refuse(m, Reply.STREAM)
            with m.If(self.first):
                self._refuse(m, Reply.STEP)
        with m.If(self.element):
            m.d.sync += [probe.eq(probe + 1), self.at_start.eq(probe == 0)]
            with m.If(probe == self.size - 1):
                m.d.sync += probe.eq(0)
        with m.If(self.commit):
            m.d.sync += [position.eq(probe), current.eq(self.stream)]
        return m

    def _refuse(self, m, reply: Reply) -> None:
        m.d.sync += [self.wrong.eq(1), self.reply.eq(reply)]

    def _states(self, m, inside, probe) -> None:
        """A sequence that begins needs a state, what does not begin one needs a sequence."""
        begun = Signal(self.streams)
        promised = Signal()  # the state that waits belongs to a sequence that has begun
        begins = Signal()
        m.d.comb += begins.eq(~inside if self.single else self.first)
        with m.If(~self.state_full):
            m.d.sync += promised.eq(0)
        with m.If(self.begin):
            with m.If(begins & (~self.state_full | promised)):
                self._refuse(m, Reply.STATE_MISSING)
            with m.Elif(begins & self.keep):
                m.d.sync += promised.eq(1)
            with m.If(~inside & ~begins & ~begun.bit_select(self.stream, 1)):
                self._refuse(m, Reply.FLAGS)
        if self.single:
            over = Signal()  # each step is a sequence of its own, so it ends the frame
            with m.If(self.begin):
                m.d.sync += over.eq(0)
            with m.If(self.element):
                m.d.sync += over.eq(probe == self.size - 1)
                with m.If(over):
                    self._refuse(m, Reply.STEP)
        with m.If(self.commit):
            m.d.sync += begun.bit_select(self.stream, 1).eq(~self.last)
