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

    Each bit of `a` selects a shifted `b` (the sign bit a negated one); four of them at a time are summed in front of
    a register, those sums behind it. With three stages the operands have registers in front of that, with four
    there is one between each two levels of those four's sum.

    Parameters
    ----------
    a_width, b_width : int
        Bits of the operands, both signed; the narrower one is best given as `a`.
    stages : int
        Registers on the way, 2, 3 or 4.
    """

    def __init__(self, a_width: int, b_width: int, stages: int = 2):
        self.stages = check_stages(stages, (2, 3, 4))
        super().__init__(MultiplierSignature(a_width, b_width))

    def elaborate(self, platform):
        m = Module()
        a, b = self.a, self.b
        if self.stages > 2:
            operands = [Signal.like(self.a, name="a_1"), Signal.like(self.b, name="b_1")]
            with m.If(self.enable):
                m.d.sync += [register.eq(operand) for register, operand in zip(operands, (a, b), strict=True)]
            a, b = operands
        partials = []
        width = len(self.a)
        for index in range(width):
            weight = b.shift_left(index)
            term = -weight if index == width - 1 else weight  # the sign bit counts negative
            partials.append(Mux(a[index], term, 0))
        if self.stages == 4:
            partials = self._registered_sums(m, self._registered_sums(m, partials, 2, "pair"), 2, "partial")
        else:
            partials = self._registered_sums(m, partials, 4, "partial")
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


def check_stages(stages: int, allowed=(2, 3)) -> int:
    """The number of registers of a multiplier, if it is one.

    Raises
    ------
    ValueError
        If it is none that is allowed.
    """
    if stages not in allowed:
        raise ValueError(f"stages must be {', '.join(map(str, allowed[:-1]))} or {allowed[-1]}, not {stages!r}")
    return stages


def _sum(terms):
    """A balanced tree of adders."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]
