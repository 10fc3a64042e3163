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
        ``a * b``, as many enabled cycles later as the multiplier has stages.
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


class PairSignature(wiring.Signature):
    """What two multipliers in one block offer, which share an operand.

    Members
    -------
    a0, a1 : In(signed(a_width))
    b : In(signed(b_width))
    enable : In(1)
        Moves the pipeline.
    product0, product1 : Out(signed(a_width + b_width))
        ``a0 * b`` and ``a1 * b``, as many enabled cycles later as the multipliers have stages.
    """

    def __init__(self, a_width: int, b_width: int):
        a, product = signed(a_width), signed(a_width + b_width)
        super().__init__(
            {
                "a0": In(a),
                "a1": In(a),
                "b": In(signed(b_width)),
                "enable": In(1),
                "product0": Out(product),
                "product1": Out(product),
            }
        )


class Multiplier(wiring.Component):
    """The behavioural multiplier, written so that synthesis puts it and its registers in a DSP block.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed.
    stages : int
        Registers on the way: 2, of operands and product, or 3, with one more between them.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = check_stages(stages)
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        a = Signal.like(self.a, name="a_1")
        b = Signal.like(self.b, name="b_1")
        product = a * b
        with m.If(self.enable):
            m.d.sync += [a.eq(self.a), b.eq(self.b)]
            for stage in range(2, self.stages):
                registered = Signal.like(self.product, name=f"product_{stage}")
                m.d.sync += registered.eq(product)
                product = registered
            m.d.sync += self.product.eq(product)
        return m


class LutMultiplier(wiring.Component):
    """The same multiplier made of adders, for where DSP blocks run out.

    Each bit of `a` selects a shifted `b` (the sign bit a negated one); four of them at a time (two if there are
    three stages) are summed in front of the first register, those sums behind it.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed; the narrower one is best given as `a`.
    stages : int
        Registers on the way, 2 or 3.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = check_stages(stages)
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        partials = []
        width = len(self.a)
        for index in range(width):
            weight = self.b << index
            term = -weight if index == width - 1 else weight  # the sign bit counts negative
            partials.append(Mux(self.a[index], term, 0))
        if self.stages == 2:
            partials = self._registered_sums(m, partials, 4, "partial")
        else:
            partials = self._registered_sums(m, partials, 2, "partial")
            size = next(n for n in range(1, width + 1) if n * n >= len(partials))  # as many sums as each has terms
            partials = self._registered_sums(m, partials, size, "sum")
        with m.If(self.enable):
            m.d.sync += self.product.eq(_sum(partials))
        return m

    def _registered_sums(self, m, terms, size: int, name: str):
        """Registers with the sums of `size` terms each."""
        registered = []
        for number in range(0, len(terms), size):
            part = Signal.like(self.product, name=f"{name}_{number // size}")
            with m.If(self.enable):
                m.d.sync += part.eq(_sum(terms[number : number + size]))
            registered.append(part)
        return registered


def check_stages(stages: int) -> int:
    """The number of registers of a multiplier, if it is one.

    Raises
    ------
    ValueError
        If it is not 2 or 3.
    """
    if stages not in (2, 3):
        raise ValueError(f"stages must be 2 or 3, not {stages!r}")
    return stages


def _sum(terms):
    """A balanced tree of adders."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]
