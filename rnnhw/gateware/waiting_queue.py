"""Values that wait for one that is made of them later."""

from amaranth import Array, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class WaitingQueue(wiring.Component):
    """A small queue, as deep as values can arrive before the first of them is used.

    A value may arrive in the cycle in which the oldest one is used: that one is still shown.

    Parameters
    ----------
    shape : Shape
        Of a value.
    waiting : int
        Cycles from a value's arrival to its use.
    spacing : int
        Fewest cycles from one arrival to the next.

    Members
    -------
    arrive : In(1), value : In
    take : In(1)
        The oldest one is used in this cycle.
    oldest : Out
    """

    def __init__(self, shape, waiting: int, spacing: int):
        self.depth = -(-waiting // spacing)
        super().__init__({"arrive": In(1), "value": In(shape), "take": In(1), "oldest": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        places = [Signal(self.value.shape(), name=f"kept_{n}") for n in range(self.depth)]
        if self.depth == 1:
            m.d.comb += self.oldest.eq(places[0])
            with m.If(self.arrive):
                m.d.sync += places[0].eq(self.value)
            return m
        write = Signal(range(self.depth))
        read = Signal(range(self.depth))
        m.d.comb += self.oldest.eq(Array(places)[read])
        with m.If(self.arrive):
            m.d.sync += [Array(places)[write].eq(self.value), write.eq(self._next(write))]
        with m.If(self.take):
            m.d.sync += read.eq(self._next(read))
        return m

    def _next(self, index):
        return Mux(index == self.depth - 1, 0, index + 1)
