"""Tags that accompany rows through the back pipeline, so that every stage knows what it holds."""

from amaranth import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out


class TagPipeline(wiring.Component):
    """A shift register of tags.

    Parameters
    ----------
    layout : Layout
        Of a tag.
    length : int
        Stages.

    Members
    -------
    enable : In(1)
        Moves all stages.
    valid : In(1), tag : In
        The row issued in this cycle.
    valids : Out(length + 1)
        Bit k: a row was issued k cycles ago (bit 0 is `valid`).
    tags : Out(ArrayLayout)
        Its tag.
    """

    def __init__(self, layout, length: int):
        self.length = length
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "tag": In(layout),
                "valids": Out(length + 1),
                "tags": Out(data.ArrayLayout(layout, length + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        valids = Signal(self.length)
        tags = Signal(data.ArrayLayout(self.tag.shape(), self.length))
        m.d.comb += [self.valids.eq((valids << 1) | self.valid), self.tags[0].eq(self.tag)]
        m.d.comb += [self.tags[k + 1].eq(tags[k]) for k in range(self.length)]
        with m.If(self.enable):
            m.d.sync += valids.eq(self.valids)
            m.d.sync += [tags[k].eq(self.tags[k]) for k in range(self.length)]
        return m
