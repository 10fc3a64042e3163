"""The MAC array: one multiply-accumulator a lane, all fed with the same element."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from .multiplier import Multiplier


class MacArray(wiring.Component):
    """Output-stationary multiply-accumulators.

    Stages, as cycles after a column was issued: 0 its addresses are at the memories; 1 weights and element
    are here; 2 multiply; 3 accumulate, and with a group's last column the sums are handed on.

    Parameters
    ----------
    lanes, weight_width, element_width, accumulator_width : int
    tag : Layout
        What accompanies a group.

    Members
    -------
    enable : In(1)
        Moves all stages; low while a capture waits.
    valid, group_start, group_end : In(1)
        Stage 0: a column is issued; it is the first, the last of its group.
    tag : In
        Stage 0, of the group.
    weights : In(lanes * weight_width)
        Stage 1, lane 0 in the lowest bits.
    element : In(signed(element_width))
        Stage 1.
    sums : Out(ArrayLayout)
        Stage 3: the sums with this column's product.
    capture : Out(1)
        Stage 3: the sums are complete.
    capture_tag : Out
    """

    def __init__(self, lanes: int, weight_width: int, element_width: int, accumulator_width: int, tag):
        self.lanes, self.weight_width = lanes, weight_width
        self.accumulator_width = accumulator_width
        self.multipliers = [Multiplier(weight_width, element_width) for _ in range(lanes)]
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "group_start": In(1),
                "group_end": In(1),
                "tag": In(tag),
                "weights": In(lanes * weight_width),
                "element": In(signed(element_width)),
                "sums": Out(data.ArrayLayout(signed(accumulator_width), lanes)),
                "capture": Out(1),
                "capture_tag": Out(tag),
            }
        )

    def elaborate(self, platform):
        m = Module()
        valid, start, end, tag = self.valid, self.group_start, self.group_end, self.tag
        for stage in (1, 2, 3):
            flags = [Signal(name=f"{name}_{stage}") for name in ("valid", "group_start", "group_end")]
            next_tag = Signal.like(self.tag, name=f"tag_{stage}")
            with m.If(self.enable):
                m.d.sync += [flags[0].eq(valid), flags[1].eq(start), flags[2].eq(end), next_tag.eq(tag)]
            (valid, start, end), tag = flags, next_tag
        m.d.comb += [self.capture.eq(valid & end), self.capture_tag.eq(tag)]
        for lane, multiplier in enumerate(self.multipliers):
            m.submodules[f"multiplier_{lane}"] = multiplier
            accumulator = Signal(signed(self.accumulator_width), name=f"accumulator_{lane}")
            m.d.comb += [
                multiplier.a.eq(self.weights.word_select(lane, self.weight_width)),
                multiplier.b.eq(self.element),
                multiplier.enable.eq(self.enable),
                self.sums[lane].eq(Mux(start, 0, accumulator) + multiplier.product),
            ]
            with m.If(self.enable & valid):
                m.d.sync += accumulator.eq(self.sums[lane])
        return m
