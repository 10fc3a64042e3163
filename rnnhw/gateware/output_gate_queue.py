"""Output gates that wait for the tanh of their cell state."""

from amaranth import Array, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class OutputGateQueue(wiring.Component):
    """A small queue, as deep as gates can arrive before the first of them is used.

    A gate may arrive in the cycle in which the oldest one is used: that one is still shown.

    Parameters
    ----------
    width : int
        Bits of a gate.
    waiting : int
        Cycles from a gate's arrival to its use.

    Members
    -------
    arrive : In(1), gate : In(signed(width))
    take : In(1)
        The oldest one is used in this cycle.
    oldest : Out(signed(width))
    """

    def __init__(self, width: int, waiting: int):
        self.depth = -(-waiting // 4)  # a unit's rows take four cycles at least
        shape = signed(width)
        super().__init__({"arrive": In(1), "gate": In(shape), "take": In(1), "oldest": Out(shape)})

    def elaborate(self, platform):
        m = Module()
        places = [Signal(self.gate.shape(), name=f"kept_{n}") for n in range(self.depth)]
        if self.depth == 1:
            m.d.comb += self.oldest.eq(places[0])
            with m.If(self.arrive):
                m.d.sync += places[0].eq(self.gate)
            return m
        write = Signal(range(self.depth))
        read = Signal(range(self.depth))
        m.d.comb += self.oldest.eq(Array(places)[read])
        with m.If(self.arrive):
            m.d.sync += [Array(places)[write].eq(self.gate), write.eq(self._next(write))]
        with m.If(self.take):
            m.d.sync += read.eq(self._next(read))
        return m

    def _next(self, index):
        return Mux(index == self.depth - 1, 0, index + 1)
