"""Multipliers behind one signature: registered operands, registered product."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class MultiplierSignature(wiring.Signature):
    """What every multiplier offers.

    Members
    -------
    a : In(signed(a_width))
    b : In(signed(b_width))
    enable : In(1)
        Moves the pipeline.
    product : Out(signed(a_width + b_width))
        ``a * b``, `stages` enabled cycles later.
    """

    def __init__(self, a_width: int, b_width: int):
        super().__init__(
            {
                "a": In(signed(a_width)),
                "b": In(signed(b_width)),
                "enable": In(1),
                "product": Out(signed(a_width + b_width)),
            }
        )


class Multiplier(wiring.Component):
    """The behavioural multiplier, written so that synthesis puts it and its registers in a DSP block.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed.
    stages : int
        Registers on the way, 2 or more.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = stages
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        a = Signal.like(self.a, name="a_1")
        b = Signal.like(self.b, name="b_1")
        product = a * b
        with m.If(self.enable):
            m.d.sync += [a.eq(self.a), b.eq(self.b)]
            for stage in range(2, self.stages):
                register = Signal.like(self.product, name=f"product_{stage}")
                m.d.sync += register.eq(product)
                product = register
            m.d.sync += self.product.eq(product)
        return m


class LutMultiplier(wiring.Component):
    """The same multiplier made of adders, for where DSP blocks run out.

    Each bit of `a` selects a shifted `b` (the sign bit a negated one); four of them at a time are summed in
    front of the first register, those sums behind it.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed; the narrower one is best given as `a`.
    stages : int
        Registers on the way: 2, or more, which take the operands in first.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = stages
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        partials = []
        width = len(self.a)
        a, b = self.a, self.b
        for stage in range(2, self.stages):
            next_a, next_b = Signal.like(self.a, name=f"a_{stage}"), Signal.like(self.b, name=f"b_{stage}")
            with m.If(self.enable):
                m.d.sync += [next_a.eq(a), next_b.eq(b)]
            a, b = next_a, next_b
        for index in range(width):
            weight = b << index
            term = -weight if index == width - 1 else weight  # the sign bit counts negative
            partials.append(Mux(a[index], term, 0))
        registered = []
        for number in range(0, width, 4):
            part = Signal.like(self.product, name=f"partial_{number // 4}")
            with m.If(self.enable):
                m.d.sync += part.eq(_sum(partials[number : number + 4]))
            registered.append(part)
        with m.If(self.enable):
            m.d.sync += self.product.eq(_sum(registered))
        return m


def _sum(terms):
    """A balanced tree of adders."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]
