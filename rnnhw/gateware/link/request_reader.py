"""Walks through a request's bytes."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .frame_receiver import TYPE


class RequestReader(wiring.Component):
    """One byte of the oldest request after the other: type, sequence, length, and once `enter` was said the payload.

    Members
    -------
    rewind : In(1)
        Go to the type.
    step : In(1)
        Go to the byte after this one.
    enter : In(1)
        Go to the payload, whose length is the byte at hand.
    byte : Out(8)
        Valid once `ready`, three cycles after any of these.
    ready : Out(1)
    empty : Out(1), final : Out(1)
        Once `ready`: nothing is left, just this byte is.
    address : Out(8), data : In(8)
        Of the receiver; data two cycles later.
    """

    def __init__(self):
        super().__init__(
            {
                "rewind": In(1),
                "step": In(1),
                "enter": In(1),
                "byte": Out(8),
                "ready": Out(1),
                "empty": Out(1),
                "final": Out(1),
                "address": Out(8),
                "data": In(8),
            }
        )

    def elaborate(self, platform):
        m = Module()
        wait = Signal(2)
        m.d.comb += [self.ready.eq(~wait[0]), self.byte.eq(self.data)]
        m.d.sync += [
            self.empty.eq(self.address == 0),
            self.final.eq(self.address == 1),
            wait.eq(wait >> 1),
        ]
        with m.If(self.rewind | self.enter | self.step):
            m.d.sync += wait.eq(-1)
        with m.If(self.rewind):
            m.d.sync += self.address.eq(TYPE)
        with m.Elif(self.enter):
            m.d.sync += self.address.eq(self.byte)
        with m.Elif(self.step):
            m.d.sync += self.address.eq(self.address - 1)
        return m
