"""What a configuration takes as hardware: the estimator's figures."""

from dataclasses import asdict

import numpy as np

from rnnhw.design import Design
from rnnhw.errors import RnnhwError
from rnnhw.estimate import LONGEST_SEQUENCE, Estimate, usual_length
from rnnhw.network import Dataset
from rnnhw.plan import Hardware
from rnnhw.quantize import QuantizedNetwork

COSTS = ("lut", "ff", "dsp", "bram", "cycles", "memory", "energy")
NEED_TARGET = ("lut", "ff", "dsp", "bram", "energy")


def make_design(qnet: QuantizedNetwork, knobs: dict, target: str | None, data: Dataset) -> Design:
    """The design of a configuration, with room for the longest sequence where whole ones are stored."""
    longest, usual = int(data.lengths.max()), Hardware.model_fields["max_steps"].default
    return Design(qnet, target=target, **{"max_steps": max(longest, usual)} | knobs)


def figures(design: Design, data: Dataset) -> dict:
    """The figures of a design as plain data; energy and latency are those of the usual sequence of some data."""
    length = None
    if design.qnet.mode.startswith("many"):
        length = min(usual_steps(data), usual_length(design.plan) or LONGEST_SEQUENCE)
    found: Estimate = design.estimate(length)
    energy = None if found.energy is None else asdict(found.energy.total_nj) | {"of": found.energy.of}
    return {
        "lut": _band(found.lut),
        "ff": _band(found.ff),
        "dsp": found.dsp,
        "bram": found.bram,
        "cycles": found.cycles_per_step,
        "latency": found.latency_cycles,
        "clock": _band(found.clock_mhz),
        "memory": found.weight_memory_bits,
        "energy": energy,
        "fits": found.fits,
    }


def usual_steps(data: Dataset) -> int:
    """The usual number of steps of a sequence."""
    values, counts = np.unique(data.lengths, return_counts=True)
    return int(values[counts.argmax()])


def cost_of(point: dict, cost: str) -> float | None:
    """The number that a point is ranked by."""
    value = point.get(cost)
    return value["value"] if isinstance(value, dict) else value


def check_cost(cost: str | None, target: str | None) -> str:
    """The cost that is asked for; by default LUTs on a target, else bits of weight memory.

    Raises
    ------
    RnnhwError
        If there is none of that name, or only on a target.
    """
    if cost is None:
        return "memory" if target is None else "lut"
    if cost not in COSTS:
        raise RnnhwError(f"cost must be one of {', '.join(COSTS)}, not {cost!r}")
    if target is None and cost in NEED_TARGET:
        raise RnnhwError(f"cost {cost} needs a target: a board (rnnhw boards) or a device (ecp5-25f)")
    return cost


def _band(fitted) -> dict | None:
    return None if fitted is None else asdict(fitted)
