"""A rough count of the LUTs of a core and its link: good enough to tell what is clearly too large.

It adds up shares for the whole, for each pipeline, for each accumulator and for each multiplier that is made of adders.
They are fitted (no share below 0, least squares of the relative error) to what yosys 0.70 made of 9 to 19 cores a
family. On 9 or 10 (LSTM, GRU and RNN, few and many registers, 2 to 16 lanes, on the ECP5 64, two engines, multipliers
of adders) the model is off by at most 13 % (iCE40), 3 % (ECP5) and 20 % (Gowin, most where multipliers are of adders),
elsewhere by up to `ERROR`, the more the smaller the core. Xilinx has ECP5's shares, although its LUTs have six inputs.
"""

from dataclasses import dataclass, replace

from rnnhw.plan import EnginePlan, HeadPlan, Plan

from .block_ram import lut_rams
from .multipliers import UPDATES, multipliers

GRU = ("gru", "reset")  # kinds of passes
ERROR = 0.35  # of the model, as a share, at most


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
    update_bit, gru_bit : float
        As many more where a pipeline updates a cell's state, and where that is a GRU's.
    accumulator_bit : float
        For each bit of each lane's accumulator.
    product_bit : float
        For each partial product of a multiplier that is made of adders.
    softmax : float
        For the head.
    lut_ram : float
        For a LUT RAM of 16 x 4 bits.
    """

    whole: float
    link: float
    pipeline_bit: float
    update_bit: float
    gru_bit: float
    accumulator_bit: float
    product_bit: float
    softmax: float
    lut_ram: float


_ECP5 = LutShares(302, 718, 1.2, 36.6, 21.9, 2.14, 2.42, 383, 4)
LUT_SHARES = {
    "ice40": LutShares(348, 811, 9.9, 28.3, 24.7, 2.45, 2.33, 453, 0),
    "ecp5": _ECP5,
    "gowin": LutShares(334, 728, 5.5, 33.0, 23.3, 2.30, 3.47, 406, 8),
    "xilinx": _ECP5,
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
        total += shares.update_bit * bits * any(item.kind in UPDATES for item in engine.passes)
        total += shares.gru_bit * bits * any(item.kind in GRU for item in engine.passes)
        total += shares.accumulator_bit * shape.all_lanes * engine.accumulator_bits
    total += shares.product_bit * _partial_products(plan, family)
    total += shares.softmax * any(isinstance(stage, HeadPlan) and stage.name == "softmax" for stage in plan.stages)
    return round(total + shares.lut_ram * _lut_rams(plan))


def _lut_rams(plan: Plan) -> int:
    uses = (use for stage in plan.stages for use in stage.memories.values() if use.style == "distributed")
    return sum(use.count * lut_rams(use.depth, use.width) for use in uses)


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
