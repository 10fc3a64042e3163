"""Tags that accompany rows through the back pipelines, so that every stage knows what it holds."""

from amaranth import Module
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
    valid : In(1), tag : In
        The row issued in this cycle.
    valids : Out(length)
        Bit k - 1: a row was issued k cycles ago. All of it stands in registers.
    tags : Out(ArrayLayout)
        Element k - 1: its tag.
    """

    def __init__(self, layout, length: int):
        self.length = length
        super().__init__(
            {
                "valid": In(1),
                "tag": In(layout),
                "valids": Out(length),
                "tags": Out(data.ArrayLayout(layout, length)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.sync += [self.valids.eq((self.valids << 1) | self.valid), self.tags[0].eq(self.tag)]
        m.d.sync += [self.tags[k].eq(self.tags[k - 1]) for k in range(1, self.length)]
        return m
