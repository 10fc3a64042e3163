"""The reciprocal of a sum, by long division."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rnnhw.fixedpoint.exponential import SoftmaxTables


class Reciprocal(wiring.Component):
    """``floor(2**(2 * e_frac + k) / total)`` with ``k = floor(log2(total)) - e_frac``, a bit a cycle.

    A second sum may wait while one is divided. The result is there ``e_frac + 3`` cycles after `valid`, if there
    is no other (`e_frac + 3` cycles after the one before was taken, if there is).

    Parameters
    ----------
    tables : SoftmaxTables

    Members
    -------
    enable : In(1)
        Moves everything.
    valid : In(1), total : In(sum_bits)
        A sum, at least ``2**e_frac``. There may be two at a time in here.
    done : Out(1), r : Out(e_frac + 1), k : Out
        The oldest sum's reciprocal and k.
    take : In(1)
        The result is not needed any more; only while `done`.
    """

    def __init__(self, tables: SoftmaxTables):
        self.tables = tables
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "total": In(tables.sum_bits),
                "done": Out(1),
                "r": Out(tables.e_frac + 1),
                "k": Out(range(tables.max_shift + 1)),
                "take": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        frac, bits = self.tables.e_frac, self.tables.sum_bits
        pending = Signal(bits)
        waiting = Signal()
        divisor = Signal(bits)
        rest = Signal(bits + 1)
        busy = Signal()
        count = Signal(range(frac + 1))
        reduced = Signal(bits + 2)
        fits = Signal()
        m.d.comb += [reduced.eq(rest - divisor), fits.eq(~reduced[-1])]
        with m.If(self.enable):
            with m.If(waiting & ~busy):
                m.d.sync += [waiting.eq(0), busy.eq(1), count.eq(0), divisor.eq(pending)]
                for k in range(self.tables.max_shift + 1):
                    with m.If(pending[frac + k]):  # the highest one counts
                        m.d.sync += [self.k.eq(k), rest.eq(1 << (frac + k))]
            with m.Elif(busy & ~self.done):
                m.d.sync += [
                    rest.eq(Mux(fits, reduced, rest) << 1),
                    self.r.eq((self.r << 1) | fits),
                    count.eq(count + 1),
                    self.done.eq(count == frac),
                ]
            with m.If(self.take):
                m.d.sync += [busy.eq(0), self.done.eq(0)]
            with m.If(self.valid):
                m.d.sync += [waiting.eq(1), pending.eq(self.total)]
        return m
