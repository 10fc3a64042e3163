"""What a core costs before it is synthesised: cycles, DSP blocks and memories exactly, the rest fitted."""

from rnnhw.errors import RnnhwError
from rnnhw.fixedpoint.checks import choice
from rnnhw.plan import EnginePlan, MemoryUse, Plan

from .block_ram import block_rams, lut_rams
from .costs import LINKS, costs
from .devices import Device
from .figures import Estimate
from .figures_modules import LINK, modules
from .figures_speed import sequence
from .figures_work import EngineEstimate, MemoryEstimate, MultiplierEstimate
from .link_memories import link_memories
from .memory_styles import check_state_memory
from .multipliers import is_constant, multipliers
from .spram import check_weight_memory, sprams

MOST_MHZ = 2000  # of a clock that is given: above what any of the devices can do


def estimate(
    plan: Plan,
    device: Device | None = None,
    *,
    link: str = "none",
    length: int | None = None,
    clock: float | None = None,
) -> Estimate:
    """Estimate a core.

    DSP blocks and block RAMs are those of yosys 0.70. One kind of core is not followed: if all weights of the
    network are zero, synthesis may find that the inputs are never used and take their memory out.

    Parameters
    ----------
    plan : Plan
    device : Device, optional
        Without one there are cycles only: all else depends on it.
    link : str
        "none": the core alone; "uart" or "spi": with what stands between it and a host.
    length : int, optional
        Steps of a sequence, for what one takes.
    clock : float, optional
        In MHz, instead of the estimated one.

    Raises
    ------
    RnnhwError
        If the device has nothing like what the memories shall be made of, or `link`, `length` or `clock` cannot be.
    """
    choice("link", link, LINKS)
    check_clock(clock)
    check_state_memory(plan, device)
    check_weight_memory(plan, device)
    cycles, steady = plan.cycles_per_step, sum(_steady_macs(plan, engine) for engine in plan.engines)
    network = plan.network
    return Estimate(
        cycles_per_step=cycles,
        bound_cycles=plan.bound_cycles,
        stall_cycles=plan.stall_cycles,
        latency_cycles=plan.latency_cycles,
        head_cycles=plan.head_cycles,
        macs_per_step=plan.macs_per_step,
        steady_macs=steady,
        utilisation=steady / (plan.multipliers * cycles),
        lanes=plan.lanes,
        weight_memory_bits=sum(engine.memories["weights"].bits for engine in plan.engines),
        state_memory_bits=sum(use.bits for engine in plan.engines for use in engine.memories.values() if use.state),
        weight_bits_per_cycle=sum(engine.memories["weights"].width for engine in plan.engines),
        weight_bits_per_step=sum(_steady_bits(plan, engine) for engine in plan.engines),
        input_bits=network.input_size * network.input.width,
        output_bits=network.output_size * network.output.width,
        engines=tuple(_engine(plan, engine) for engine in plan.engines),
        sequence=None if length is None else sequence(plan, length),
        link=link,
        given_clock=clock,
        **({} if device is None else _resources(plan, device, link)),
    )


def _resources(plan: Plan, device: Device, link: str) -> dict:
    """What depends on the device."""
    own, blocks = _multipliers(plan, device.family), tuple(memory_estimates(plan, device.family, link))
    found = costs(plan, device, link)
    return {
        "device": device,
        "multipliers": own,
        "memories": blocks,
        "modules": modules(plan, found.modules, own, blocks),
        "lut": found.lut,
        "ff": found.ff,
        "logic_cells": found.logic_cells,
        "clock_mhz": found.clock_mhz,
        "beyond": found.beyond,
    }


def holds_blocks(plan: Plan, device: Device) -> bool:
    """Whether a device has the DSP blocks, block RAMs and SPRAM of a core: all exact, and nothing else is looked at."""
    memories = tuple(memory_estimates(plan, device.family, "none"))
    return (
        dsp_blocks(plan, device) <= device.dsp
        and sum(item.bram for item in memories) <= device.block_ram
        and sum(item.spram for item in memories) <= device.large_ram
    )


def dsp_blocks(plan: Plan, device: Device) -> float:
    """DSP blocks of a core."""
    return sum(use.blocks(device.family) for use in multipliers(plan))


def check_clock(clock: float | None) -> None:
    """Refuse what is no frequency in MHz.

    Raises
    ------
    RnnhwError
    """
    if clock is None:
        return
    if isinstance(clock, bool) or not isinstance(clock, int | float):
        raise TypeError(f"clock must be a number in MHz, not {clock!r}")
    if not 0 < clock <= MOST_MHZ:
        raise RnnhwError(f"clock must be above 0 and at most {MOST_MHZ} MHz, not {clock:g}")


def check_fits(figures: Estimate) -> None:
    """Refuse a core that surely does not fit its device: of what is fitted, the band's lower end is too much.

    Raises
    ------
    RnnhwError
        Naming each resource that does not suffice, what is needed and what there is.
    """
    if figures.sure_shortages:
        raise RnnhwError("the core does not fit: " + "; ".join(figures.sure_shortages))


def _steady(plan: Plan, engine: EnginePlan) -> list:
    """The passes of a step in the middle of a sequence."""
    return [item for item in engine.passes if item.recurrent or plan.every_step]


def _steady_macs(plan: Plan, engine: EnginePlan) -> int:
    return sum(item.rows * item.columns for item in _steady(plan, engine))


def _steady_bits(plan: Plan, engine: EnginePlan) -> int:
    """Bits read from the weight memory in a step in the middle of a sequence."""
    return engine.memories["weights"].width * sum(item.cycles for item in _steady(plan, engine))


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


def memory_estimates(plan: Plan, family: str, link: str):
    for stage in () if is_constant(plan) else plan.stages:
        for name, use in stage.memories.items():
            stored = stage.varying_columns(name) if use.rom else use.width
            yield _memory(plan.prefix(stage) + name, use, stored, family)
    for use in () if link == "none" else link_memories(plan):
        yield _memory(f"{LINK}.{use.name}", use, use.width, family)


def _memory(name: str, use: MemoryUse, stored: int, family: str) -> MemoryEstimate:
    bram = use.count * block_rams(family, use.depth, stored, use.rom) if use.style == "block" else 0
    luts = use.count * lut_rams(use.depth, use.width, family) if use.style == "distributed" else 0
    large = use.count * sprams(use.depth, use.width) if use.style == "huge" else 0
    return MemoryEstimate(name, use.count, use.depth, use.width, stored, use.style, bram, luts, large)
