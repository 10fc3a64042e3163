"""What the updates of all kinds of cells have in common."""

from amaranth import signed
from amaranth.lib import data
from amaranth.lib.wiring import In, Out

from rnnhw.plan import EnginePlan

from .interfaces import row_tag


def update_members(plan: EnginePlan, b_width: int) -> dict:
    """Ports by which an update works with its pipeline.

    Members
    -------
    valids, tags : In
        Of all rows under way (`TagPipeline`).
    value : In(signed(n + 1))
        What the activation unit gives: of the row at `Timing.activation`, or of a second pre-activation.
    use : Out(1), a : Out(signed(n + 1)), b : Out(signed(b_width))
        The multiplier is used in this cycle, for these.
    product : In(signed(n + 1 + b_width))
        Two cycles later.
    """
    bits, stages = plan.network.config.activation_bits, plan.timing.result
    tag = row_tag(len(plan.passes), plan.hardware.streams)
    return {
        "valids": In(stages),
        "tags": In(data.ArrayLayout(tag, stages)),
        "value": In(signed(bits + 1)),
        "use": Out(1),
        "a": Out(signed(bits + 1)),
        "b": Out(signed(b_width)),
        "product": In(signed(bits + 1 + b_width)),
    }
