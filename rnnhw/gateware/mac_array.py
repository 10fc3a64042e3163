"""The MAC array: multiply-accumulators side by side, all fed with the same elements."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rnnhw.plan import Timing
from rnnhw.plan.timing import TREE_LEVELS, tree_registers

from .lane_multipliers import lane_products
from .primitives import GENERIC, Primitives


class MacArray(wiring.Component):
    """Output-stationary multiply-accumulators, each with `columns` multipliers and an adder tree.

    Stages, as cycles after a column word was issued: 0 its addresses are at the memories; 1 weights and elements
    are here (with many registers elements a cycle later, and weights wait here for them); then the multipliers and
    the registers of the adder tree; last (`Timing.capture`) accumulate, and with a group's last word the sums are
    handed on. An accumulator is cleared when its sum is complete, so that none has to be cleared when one begins.

    Parameters
    ----------
    lanes, columns, weight_bits, element_width, accumulator_width : int
        Weights of one bit stand for +1 (0) and -1 (1).
    shifts : sequence of int
        Left shifts that align the products of different vectors. It is the element that is shifted, but for where one
        block makes two products only of unshifted ones: there the products are.
    tag : Layout
        What accompanies a group.
    split : bool
        Whether sums may start again within a group (GRU): then `parts` are the sums up to there.
    lut : bool
        Make the multipliers of adders.
    registers : str
        "few" or "many".
    primitives : Primitives
        Of which cells the multipliers are made otherwise.

    Members
    -------
    enable : In(1)
        Moves all stages; low while a capture waits.
    valid, end, split_here : In(1)
        Stage 0: a word is issued; it is the last of its group; the sums up to it are a part of their own, and start
        again behind it.
    tag : In
        Stage 0, of the group.
    weights : In(lanes * columns * weight_bits)
        Stage 1; lane 0 lowest, within a lane the first column lowest.
    elements : In(ArrayLayout(signed(element_width), columns)), alignment : In(range(len(shifts)))
        Stage 1, and which of the shifts.
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
        shifts=(0,),
        split: bool = False,
        lut: bool = False,
        registers: str = "few",
        primitives: Primitives = GENERIC,
    ):
        self.lanes, self.columns, self.weight_bits = lanes, columns, weight_bits
        self.accumulator_width, self.split, self.lut = accumulator_width, split, lut
        self.registers, self.timing = registers, Timing(1, frozenset(), columns, registers)
        self.element_width, self.primitives, self.shifts = element_width, primitives, tuple(shifts)
        sums = data.ArrayLayout(signed(accumulator_width), lanes)
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "end": In(1),
                "split_here": In(1),
                "tag": In(tag),
                "weights": In(lanes * columns * weight_bits),
                "elements": In(data.ArrayLayout(signed(element_width), columns)),
                "alignment": In(range(len(self.shifts))),
                "sums": Out(sums),
                "parts": Out(sums),
                "capture": Out(1),
                "capture_tag": Out(tag),
            }
        )

    def elaborate(self, platform):
        m = Module()
        names = ("valid", "end", "split_here")
        flags, tag = [getattr(self, name) for name in names], self.tag
        for stage in range(1, self.timing.capture + 1):
            following = [Signal(name=f"{name}_{stage}") for name in names]
            next_tag = Signal.like(self.tag, name=f"tag_{stage}")
            with m.If(self.enable):
                m.d.sync += [new.eq(old) for new, old in zip(following, flags, strict=True)]
                m.d.sync += next_tag.eq(tag)
            flags, tag = following, next_tag
            if stage == self.timing.capture - 1:
                with m.If(self.enable):
                    m.d.sync += self.capture.eq(following[0] & following[1])
        valid, end, split_here = flags
        m.d.comb += self.capture_tag.eq(tag)
        counts = Signal()
        clears = Signal()
        m.d.comb += [counts.eq(self.enable & valid), clears.eq(counts & (end | split_here))]
        for lane, products in enumerate(self._products(m)):
            accumulator = Signal(signed(self.accumulator_width), name=f"accumulator_{lane}")
            m.d.comb += self.sums[lane].eq(accumulator + self._sum(m, lane, products))
            with m.If(counts):
                m.d.sync += accumulator.eq(self.sums[lane])
            with m.If(clears):
                m.d.sync += accumulator.eq(0)
            if self.split:
                part = Signal(signed(self.accumulator_width), name=f"part_{lane}")
                m.d.comb += self.parts[lane].eq(part)
                with m.If(counts & split_here):
                    m.d.sync += part.eq(self.sums[lane])
        return m

    def _products(self, m):
        """Each lane's products; with many registers the weights wait for the elements."""
        words = self.weights
        if self.registers == "many":
            words = Signal.like(self.weights, name="weights_1")
            with m.If(self.enable):
                m.d.sync += words.eq(self.weights)
        lanes, columns = range(self.lanes), range(self.columns)
        weights = [[self._weight(words, lane * self.columns + column) for column in columns] for lane in lanes]
        elements = [self.elements[column] for column in columns]
        kinds = {"primitives": self.primitives, "lut": self.lut, "stages": self.timing.multiply}
        if not self._aligns_products(len(weights[0][0])):
            elements = [self._aligned(m, element, self.alignment, f"{n}") for n, element in enumerate(elements)]
            return lane_products(m, weights, elements, self.enable, **kinds)
        alignment = self.alignment
        for stage in range(self.timing.multiply):
            following = Signal.like(alignment, name=f"alignment_{stage + 1}")
            with m.If(self.enable):
                m.d.sync += following.eq(alignment)
            alignment = following
        products = lane_products(m, weights, elements, self.enable, **kinds)
        return [
            [self._aligned(m, product, alignment, f"product_{lane}_{n}") for n, product in enumerate(of_lane)]
            for lane, of_lane in enumerate(products)
        ]

    def _aligns_products(self, weight_width: int) -> bool:
        """Whether a block makes two products of elements as they are, and not of shifted ones."""
        widest = self.element_width + max(self.shifts)
        pairs = not self.lut and self.lanes > 1 and weight_width <= self.primitives.largest_pair
        return pairs and self.element_width <= self.primitives.largest_pair < widest

    def _aligned(self, m, value, alignment, name: str):
        """A value with its shift."""
        if len(self.shifts) == 1:
            return value.shift_left(self.shifts[0])
        aligned = Signal(signed(len(value) + max(self.shifts)), name=f"aligned_{name}")
        with m.Switch(alignment):
            for number, shift in enumerate(self.shifts):
                with m.Case(number):
                    m.d.comb += aligned.eq(value.shift_left(shift))
        return aligned

    def _sum(self, m, lane: int, terms):
        """The sum of a lane's products, registered as often as the tree asks for."""
        for stage in range(tree_registers(self.columns, self.registers)):
            for _ in range(TREE_LEVELS[self.registers]):
                terms = pair_sums(terms)
            registered = [Signal(term.shape(), name=f"tree_{lane}_{stage}_{n}") for n, term in enumerate(terms)]
            with m.If(self.enable):
                m.d.sync += [new.eq(old) for new, old in zip(registered, terms, strict=True)]
            terms = registered
        while len(terms) > 1:
            terms = pair_sums(terms)
        return terms[0]

    def _weight(self, weights, number: int):
        word = weights.word_select(number, self.weight_bits)
        if self.weight_bits > 1:
            return word.as_signed()
        return Mux(word, -1, 1)


def pair_sums(terms):
    """One level of a balanced adder tree."""
    pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
    return pairs + terms[len(pairs) * 2 :]
