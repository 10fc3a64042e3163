"""What a core costs before it is synthesised: cycles, and on a device DSP blocks, block RAMs and SPRAM, all exact."""

from rnnhw.errors import RnnhwError
from rnnhw.plan import EnginePlan, Plan

from .block_ram import block_rams, lut_rams
from .devices import Device
from .figures import EngineEstimate, Estimate, MemoryEstimate, MultiplierEstimate
from .memory_styles import check_state_memory
from .multipliers import is_constant, multipliers
from .spram import check_weight_memory, sprams


def estimate(plan: Plan, device: Device | None = None) -> Estimate:
    """Estimate a core.

    DSP blocks and block RAMs are those of yosys 0.70. One kind of core is not followed: if all weights of the
    network are zero, synthesis may find that the inputs are never used and take their memory out.

    Parameters
    ----------
    plan : Plan
    device : Device, optional
        Without one there are cycles only: DSP blocks and block RAMs depend on it.

    Raises
    ------
    RnnhwError
        If the device has nothing like what the memories shall be made of.
    """
    check_state_memory(plan, device)
    check_weight_memory(plan, device)
    cycles = plan.cycles_per_step
    return Estimate(
        cycles_per_step=cycles,
        bound_cycles=plan.bound_cycles,
        stall_cycles=plan.stall_cycles,
        latency_cycles=plan.latency_cycles,
        head_cycles=plan.head_cycles,
        macs_per_step=plan.macs_per_step,
        utilisation=sum(_steady_macs(plan, engine) for engine in plan.engines) / (plan.multipliers * cycles),
        lanes=plan.lanes,
        weight_memory_bits=sum(engine.memories["weights"].bits for engine in plan.engines),
        engines=tuple(_engine(plan, engine) for engine in plan.engines),
        device=device,
        multipliers=_multipliers(plan, device.family) if device else (),
        memories=tuple(_memories(plan, device.family)) if device else (),
    )


def check_fits(figures: Estimate) -> None:
    """Refuse a core that does not fit its device.

    Raises
    ------
    RnnhwError
        Naming each resource that does not suffice, what is needed and what there is.
    """
    if figures.shortages:
        raise RnnhwError("the core does not fit: " + "; ".join(figures.shortages))


def _steady(plan: Plan, engine: EnginePlan) -> list:
    """The passes of a step in the middle of a sequence."""
    return [item for item in engine.passes if item.recurrent or plan.every_step]


def _steady_macs(plan: Plan, engine: EnginePlan) -> int:
    return sum(item.rows * item.columns for item in _steady(plan, engine))


def _engine(plan: Plan, engine: EnginePlan) -> EngineEstimate:
    shape = engine.geometry
    count = shape.all_lanes * shape.columns
    return EngineEstimate(
        name=engine.name,
        layers=tuple(layer.name for layer in engine.layers),
        lanes=shape.all_lanes,
        pipelines=shape.pipelines,
        columns=shape.columns,
        multipliers=count,
        bound_cycles=sum(item.cycles for item in _steady(plan, engine)),
        utilisation=_steady_macs(plan, engine) / (count * plan.cycles_per_step),
    )


def _multipliers(plan: Plan, family: str) -> tuple[MultiplierEstimate, ...]:
    return tuple(
        MultiplierEstimate(use.name, use.count, use.a_bits, use.b_bits, use.product_bits, use.blocks(family))
        for use in multipliers(plan)
    )


def _memories(plan: Plan, family: str):
    if is_constant(plan):
        return
    for stage in plan.stages:
        for name, use in stage.memories.items():
            stored = stage.varying_columns(name) if use.rom else use.width
            bram = use.count * block_rams(family, use.depth, stored, use.rom) if use.style == "block" else 0
            luts = use.count * lut_rams(use.depth, use.width) if use.style == "distributed" else 0
            large = use.count * sprams(use.depth, use.width) if use.style == "huge" else 0
            full = plan.prefix(stage) + name
            yield MemoryEstimate(full, use.count, use.depth, use.width, stored, use.style, bram, luts, large)
