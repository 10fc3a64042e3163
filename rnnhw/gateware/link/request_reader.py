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
    address : Out(8)
        Within the payload how many bytes are left, this one included.
    data : In(8)
        The byte at `address`, a cycle later.
    """

    def __init__(self):
        super().__init__(
            {
                "rewind": In(1),
                "step": In(1),
                "enter": In(1),
                "byte": Out(8),
                "ready": Out(1),
                "address": Out(8),
                "data": In(8),
            }
        )

    def elaborate(self, platform):
        m = Module()
        wait = Signal(2)
        m.d.comb += self.ready.eq(~wait[0])
        m.d.sync += [self.byte.eq(self.data), wait.eq(wait >> 1)]
        with m.If(self.rewind):
            m.d.sync += [self.address.eq(TYPE), wait.eq(-1)]
        with m.Elif(self.enter):
            m.d.sync += [self.address.eq(self.byte), wait.eq(-1)]
        with m.Elif(self.step):
            m.d.sync += [self.address.eq(self.address - 1), wait.eq(-1)]
        return m
