"""The MAC array: multiply-accumulators side by side, all fed with the same elements."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan.timing import TREE_LEVELS, tree_registers

from .lane_multipliers import lane_products
from .primitives import GENERIC, Primitives


class MacArray(wiring.Component):
    """Output-stationary multiply-accumulators, each with `columns` multipliers and an adder tree.

    Stages, as cycles after a column word was issued: 0 its addresses are at the memories; 1 weights and elements
    are here; 2 multiply; then the registers of the adder tree; last (`capture`) accumulate, and with a group's
    last word the sums are handed on.

    Parameters
    ----------
    lanes, columns, weight_bits, element_width, accumulator_width : int
        Weights of one bit stand for +1 (0) and -1 (1).
    tag : Layout
        What accompanies a group.
    split : bool
        Whether sums may start again within a group (GRU): then `parts` are the sums up to there.
    lut : bool
        Make the multipliers of adders.
    primitives : Primitives
        Of which cells the multipliers are made otherwise.
    shifts : tuple of int
        Elements are always shifted left by one of these (`ElementSelect`).

    Members
    -------
    enable : In(1)
        Moves all stages; low while a capture waits.
    valid, start, end, split_here : In(1)
        Stage 0: a word is issued; sums start with it; it is the last of its group; the sums up to it are a
        part of their own.
    tag : In
        Stage 0, of the group.
    weights : In(lanes * columns * weight_bits)
        Stage 1; lane 0 lowest, within a lane the first column lowest.
    elements : In(ArrayLayout(signed(element_width), columns))
        Stage 1.
    sums, parts : Out(ArrayLayout)
        Last stage: the sums with this word's products.
    capture : Out(1)
        Last stage: the sums are complete.
    capture_tag : Out
    """

    def __init__(
        self,
        lanes: int,
        columns: int,
        weight_bits: int,
        element_width: int,
        accumulator_width: int,
        tag,
        *,
        split: bool = False,
        lut: bool = False,
        primitives: Primitives = GENERIC,
        shifts: tuple[int, ...] = (0,),
    ):
        self.lanes, self.columns, self.weight_bits = lanes, columns, weight_bits
        self.accumulator_width, self.split, self.lut = accumulator_width, split, lut
        self.element_width, self.primitives, self.shifts = element_width, primitives, shifts
        sums = data.ArrayLayout(signed(accumulator_width), lanes)
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "start": In(1),
                "end": In(1),
                "split_here": In(1),
                "tag": In(tag),
                "weights": In(lanes * columns * weight_bits),
                "elements": In(data.ArrayLayout(signed(element_width), columns)),
                "sums": Out(sums),
                "parts": Out(sums),
                "capture": Out(1),
                "capture_tag": Out(tag),
            }
        )

    def elaborate(self, platform):
        m = Module()
        names = ("valid", "start", "end", "split_here")
        flags, tag = [getattr(self, name) for name in names], self.tag
        for stage in range(1, 4 + tree_registers(self.columns)):
            following = [Signal(name=f"{name}_{stage}") for name in names]
            next_tag = Signal.like(self.tag, name=f"tag_{stage}")
            with m.If(self.enable):
                m.d.sync += [new.eq(old) for new, old in zip(following, flags, strict=True)]
                m.d.sync += next_tag.eq(tag)
            flags, tag = following, next_tag
        valid, start, end, split_here = flags
        m.d.comb += [self.capture.eq(valid & end), self.capture_tag.eq(tag)]
        lanes, columns = range(self.lanes), range(self.columns)
        weights = [[self._weight(lane * self.columns + column) for column in columns] for lane in lanes]
        elements = [self.elements[column] for column in columns]
        products = lane_products(
            m, weights, elements, self.enable, primitives=self.primitives, lut=self.lut, shifts=self.shifts
        )
        for lane in lanes:
            accumulator = Signal(signed(self.accumulator_width), name=f"accumulator_{lane}")
            m.d.comb += self.sums[lane].eq(Mux(start, 0, accumulator) + self._sum(m, lane, products[lane]))
            with m.If(self.enable & valid):
                m.d.sync += accumulator.eq(self.sums[lane])
            if self.split:
                part = Signal(signed(self.accumulator_width), name=f"part_{lane}")
                m.d.comb += self.parts[lane].eq(part)
                with m.If(self.enable & valid & split_here):
                    m.d.sync += part.eq(self.sums[lane])
        return m

    def _sum(self, m, lane: int, terms):
        """The sum of a lane's products, registered as often as the tree asks for."""
        for stage in range(tree_registers(self.columns)):
            for _ in range(TREE_LEVELS):
                terms = pair_sums(terms)
            registered = [Signal(term.shape(), name=f"tree_{lane}_{stage}_{n}") for n, term in enumerate(terms)]
            with m.If(self.enable):
                m.d.sync += [new.eq(old) for new, old in zip(registered, terms, strict=True)]
            terms = registered
        while len(terms) > 1:
            terms = pair_sums(terms)
        return terms[0]

    def _weight(self, number: int):
        word = self.weights.word_select(number, self.weight_bits)
        if self.weight_bits > 1:
            return word.as_signed()
        return Mux(word, -1, 1)


def pair_sums(terms):
    """One level of a balanced adder tree."""
    pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
    return pairs + terms[len(pairs) * 2 :]
