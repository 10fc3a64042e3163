"""Loadable weights in a device's large single-port RAMs."""

from rnnhw.errors import RnnhwError
from rnnhw.plan import MemoryUse, Plan

from .block_ram import block_rams
from .devices import Device

DEPTH, WIDTH = 16384, 16  # of an SB_SPRAM256KA


def sprams(depth: int, width: int) -> int:
    """SPRAM blocks of a memory: side by side for its width, one behind the other for its depth."""
    return -(-depth // DEPTH) * -(-width // WIDTH)


def check_weight_memory(plan: Plan, device: Device | None) -> None:
    """Refuse SPRAM where there is none.

    Raises
    ------
    RnnhwError
    """
    wanted = plan.hardware.weight_memory
    if device is not None and not device.large_ram and "spram" in (wanted, *wanted):
        raise RnnhwError(f"weight_memory must be auto or block on {device.name}, not 'spram': it has no SPRAM")


def weight_memories(plan: Plan, device: Device) -> tuple[str, ...]:
    """For each engine "spram" or "auto": what saves most block RAMs, with as few SPRAM blocks as that takes.

    SPRAM is taken wherever it saves block RAM, not just where block RAM is short: nothing else can use it.
    """
    uses = [engine.memories["weights"] for engine in plan.engines]
    best = {0: (0, ())}  # SPRAM blocks taken -> (block RAMs saved, which engines)
    for number, use in enumerate(uses):
        blocks, saved = sprams(use.depth, use.width), _block_rams(use, device.family)
        for taken, (so_far, chosen) in sorted(best.items(), reverse=True):
            total = taken + blocks
            if total <= device.large_ram and so_far + saved > best.get(total, (0, ()))[0]:
                best[total] = (so_far + saved, (*chosen, number))
    _, chosen = max((saved, -taken, chosen) for taken, (saved, chosen) in best.items())[1:]
    return tuple("spram" if number in chosen else "auto" for number in range(len(uses)))


def _block_rams(use: MemoryUse, family: str) -> int:
    return use.count * block_rams(family, use.depth, use.width, use.rom) if use.style == "block" else 0
