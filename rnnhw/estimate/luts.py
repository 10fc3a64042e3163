"""A rough count of the LUTs of a core behind its link: good enough to tell what is clearly too large.

It adds up shares for the whole, for each pipeline, for each accumulator and for each multiplier that is made of adders.
The shares are fitted to what yosys 0.70 made of some twenty cores of all kinds; on those and on others the model is off
by up to `ERROR`.
"""

from dataclasses import dataclass

from rnnhw.plan import EnginePlan, HeadPlan, Plan

from .multipliers import UPDATES, update_width

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
