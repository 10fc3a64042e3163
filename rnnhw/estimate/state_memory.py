"""What the memories of h and c are made of on a device."""

from dataclasses import replace

from rnnhw.errors import RnnhwError
from rnnhw.plan import EnginePlan, Plan
from rnnhw.plan.memory_map import LUT_RAM_DEPTH

from .devices import Device


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
    """The plan with "auto" for the state memories decided for a device: LUT RAM for small ones where there is any.

    Raises
    ------
    RnnhwError
        If the plan wants LUT RAM and there is none.
    """
    check_state_memory(plan, device)
    depths = [use.depth for engine in plan.engines for use in engine.memories.values() if use.state]
    if plan.hardware.state_memory != "auto" or not device.lut_ram or max(depths, default=0) > LUT_RAM_DEPTH:
        return plan
    hardware = plan.hardware.model_copy(update={"state_memory": "lut"})
    stages = (replace(s, hardware=hardware) if isinstance(s, EnginePlan) else s for s in plan.stages)
    return replace(plan, hardware=hardware, stages=tuple(stages))
