"""Where results go: into the state memory, and the final pass's out of the core."""

from amaranth import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Plan

from .interfaces import output_payload, row_tag


class ResultPort(wiring.Component):
    """Routes hidden states and dense outputs, and holds the back pipeline while the output is full.

    Combinational.

    Parameters
    ----------
    plan : Plan

    Members
    -------
    lstm : In(1), lstm_tag : In, h : In(signed(n))
        A new hidden state.
    dense : In(1), dense_tag : In, y : In(signed)
        A dense output. It never comes together with a hidden state.
    full : In(1), push : Out(1), answer : Out
        To the output buffer.
    enable : Out(1)
        Whether the pipeline moves.
    written : Out(1)
        A result is written in this cycle: `hidden` a hidden state, `inner` a dense output for another layer.
    hidden, inner : Out(1)
    result : Out(signed(n))
    """

    def __init__(self, plan: Plan):
        self.every_step, self.passes = plan.every_step, plan.passes
        network, tag = plan.network, row_tag(len(plan.passes))
        bits = network.config.activation_bits
        dense_width = max([layer.y.width for layer in network.denses], default=1)
        super().__init__(
            {
                "lstm": In(1),
                "lstm_tag": In(tag),
                "h": In(signed(bits)),
                "dense": In(1),
                "dense_tag": In(tag),
                "y": In(signed(dense_width)),
                "full": In(1),
                "push": Out(1),
                "answer": Out(output_payload(network.output.width)),
                "enable": Out(1),
                "written": Out(1),
                "hidden": Out(1),
                "inner": Out(1),
                "result": Out(signed(bits)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        final = len(self.passes) - 1
        if self.passes[-1].recurrent:
            value, there, tag = self.h, self.lstm, self.lstm_tag
        else:
            value, there, tag = self.y, self.dense, self.dense_tag
        answers = there & (tag.number == final)
        if not self.every_step:
            answers &= tag.last
        answering = Signal()
        m.d.comb += [
            answering.eq(answers),
            self.enable.eq(~(answering & self.full)),
            self.push.eq(answering & ~self.full),
            self.answer.data.eq(value),
            self.answer.last.eq(tag.last & tag.end),
            self.hidden.eq(self.lstm & self.enable),
            self.inner.eq(self.dense & self.enable & (self.dense_tag.number != final)),
            self.written.eq((self.lstm | self.dense) & self.enable),
            self.result.eq(self.h),
        ]
        with m.If(self.dense):
            m.d.comb += self.result.eq(self.y)
        return m
