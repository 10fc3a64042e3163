"""What the memories of h and c, and those of loadable weights, are made of on a device."""

from dataclasses import replace

from rnnhw.errors import RnnhwError
from rnnhw.plan import EnginePlan, Plan
from rnnhw.plan.memory_map import LUT_RAM_DEPTH

from .devices import Device
from .spram import check_weight_memory, weight_memories


def check_state_memory(plan: Plan, device: Device | None) -> None:
    """Refuse LUT RAM where there is none.

    Raises
    ------
    RnnhwError
    """
    if device is not None and plan.hardware.state_memory == "lut" and not device.lut_ram:
        raise RnnhwError(
            f"state_memory must be auto, block or registers on {device.name}, not 'lut': it has no LUT RAM"
        )


def for_device(plan: Plan, device: Device) -> Plan:
    """The plan with each "auto" that a device decides: LUT RAM for small state memories, SPRAM for loadable weights.

    Raises
    ------
    RnnhwError
        If the plan wants LUT RAM or SPRAM and there is none.
    """
    check_state_memory(plan, device)
    check_weight_memory(plan, device)
    changes, kinds = {}, None
    depths = [depth for engine in plan.engines for depth in engine.state_depths.values()]
    if plan.hardware.state_memory == "auto" and device.lut_ram and max(depths, default=0) <= LUT_RAM_DEPTH:
        changes["state_memory"] = "lut"
    if plan.hardware.weights == "loadable" and plan.hardware.weight_memory == "auto":
        kinds = weight_memories(plan, device)
    if kinds and "spram" in kinds:
        changes["weight_memory"] = kinds if len(kinds) > 1 else kinds[0]
    return _changed(plan, changes) if changes else plan


def _changed(plan: Plan, changes: dict) -> Plan:
    """The plan with other options; of the weight memories each engine gets its own."""
    kinds = changes.get("weight_memory")
    stages, number = [], 0
    for stage in plan.stages:
        if isinstance(stage, EnginePlan):
            own = {"weight_memory": kinds[number]} if isinstance(kinds, tuple) else {}
            stage, number = stage.made_of(stage.hardware.model_copy(update=changes | own)), number + 1
        stages.append(stage)
    return replace(plan, hardware=plan.hardware.model_copy(update=changes), stages=tuple(stages))
