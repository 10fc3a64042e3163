"""A rough count of the LUTs of a core behind its link: good enough to tell what is clearly too large.

It adds up shares for the whole, for each pipeline, for each accumulator and for each multiplier that is made of adders.
The shares are fitted to what yosys 0.70 made of some twenty cores of all kinds; on those and on others the model is off
by up to `ERROR`.
"""

from dataclasses import dataclass, replace

from rnnhw.plan import EnginePlan, HeadPlan, Plan

from .multipliers import multipliers

GRU = ("gru", "reset")  # kinds of passes
ERROR = 0.3  # of the model, as a share


@dataclass(frozen=True)
class LutShares:
    """LUTs of the parts of a core.

    Parameters
    ----------
    whole : float
        Control, buffers and streams.
    link : float
        What stands between the core and the host: framing, checks, counters, reset.
    pipeline_bit : float
        For each bit of the activations in each pipeline.
    gru_bit : float
        As many more where a GRU's update is among what a pipeline does.
    accumulator_bit : float
        For each bit of each lane's accumulator.
    product_bit : float
        For each partial product of a multiplier that is made of adders.
    softmax : float
        For the head.
    """

    whole: float
    link: float
    pipeline_bit: float
    gru_bit: float
    accumulator_bit: float
    product_bit: float
    softmax: float


LUT_SHARES = {
    "ice40": LutShares(376, 650, 42.0, 20.0, 1.9, 2.4, 300),
    "ecp5": LutShares(556, 650, 52.2, 20.0, 2.6, 2.8, 300),
    "gowin": LutShares(594, 650, 53.8, 20.0, 2.8, 2.8, 300),
    "xilinx": LutShares(376, 650, 42.0, 20.0, 1.9, 2.4, 300),
}


def luts(plan: Plan, family: str, *, link: bool = True) -> int:
    """LUTs of a core, roughly.

    Parameters
    ----------
    plan : Plan
    family : str
    link : bool
        With what stands between it and a host.
    """
    shares = LUT_SHARES[family]
    total = shares.whole + shares.link * link
    for engine in plan.engines:
        bits, shape = engine.network.config.activation_bits * engine.geometry.pipelines, engine.geometry
        total += shares.pipeline_bit * bits
        total += shares.gru_bit * bits * any(item.kind in GRU for item in engine.passes)
        total += shares.accumulator_bit * shape.all_lanes * engine.accumulator_bits
    total += shares.product_bit * _partial_products(plan, family)
    total += shares.softmax * any(isinstance(stage, HeadPlan) and stage.name == "softmax" for stage in plan.stages)
    return round(total)


def _partial_products(plan: Plan, family: str) -> int:
    """Partial products of the multipliers that are made of adders."""
    count = 0
    for engine in plan.engines:
        if engine.lut_multipliers:
            lanes = engine.geometry.all_lanes * engine.geometry.columns
            count += lanes * max(engine.network.config.weight_bits, 2) * engine.element_bits
    for use in multipliers(_with_update_multipliers(plan)):
        adders = plan.hardware.update_multiplier == "lut" and use.name.endswith("cell update")
        if adders or not use.blocks(family):
            count += use.count * use.a_bits * use.b_bits
    return count


def _with_update_multipliers(plan: Plan) -> Plan:
    """The plan with the cell updates' multipliers among those that synthesis may put in DSP blocks."""
    stages = (
        replace(s, hardware=s.hardware.model_copy(update={"update_multiplier": "dsp"}))
        if isinstance(s, EnginePlan)
        else s
        for s in plan.stages
    )
    return replace(plan, stages=tuple(stages))
