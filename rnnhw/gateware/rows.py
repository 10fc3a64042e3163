"""Which row stands at which position of the back pipelines."""

from amaranth import Const

from rnnhw.plan import ROWS


class Rows:
    """Decodes the tags of the rows under way.

    Parameters
    ----------
    plan : EnginePlan
    valids, tags
        As `TagPipeline` gives them: entry k - 1 is of the row issued k cycles ago.
    """

    def __init__(self, plan, valids, tags):
        self.plan, self.valids, self.tags = plan, valids, tags

    def tag(self, position: int):
        """Tag of the row at a position."""
        return self.tags[position - 1]

    def at(self, position: int, kind: str | None = None, gate: str | None = None):
        """Whether a row (of a kind of pass, of a gate) stands at a position."""
        there = self.valids[position - 1]
        if kind is not None:
            there = there & self.is_kind(self.tag(position), kind)
        if gate is not None and len(ROWS[kind]) > 1:
            there = there & (self.tag(position).gate == ROWS[kind].index(gate))
        return there

    def is_kind(self, tag, kind: str):
        """Whether a tag's pass is of a kind."""
        return number_is(tag.number, [n for n, item in enumerate(self.plan.passes) if item.kind == kind], self.plan)


def number_is(number, wanted: list[int], plan):
    """Whether a pass number is one of those."""
    if len(wanted) == len(plan.passes):
        return Const(1)
    if not wanted:
        return Const(0)
    result = number == wanted[0]
    for other in wanted[1:]:
        result = result | (number == other)
    return result
