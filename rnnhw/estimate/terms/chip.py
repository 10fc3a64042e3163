"""Terms of a core in standard cells."""

from rnnhw.plan import MemoryUse, Plan

from .core import core_terms
from .memories import MEMORY

CHIP = "chip"  # a family in which all is made of gates and flip-flops, but for macros
MACRO_BITS = 1024  # memories of more bits are macros


def is_macro(use: MemoryUse) -> bool:
    """Whether a memory is left to a RAM macro."""
    return not use.rom and use.depth * use.width > MACRO_BITS


def all_memories(plan: Plan) -> list[MemoryUse]:
    """Those of all stages."""
    return [use for stage in plan.stages for use in stage.memories.values()]


def chip_terms(plan: Plan, lut: dict, ff: dict) -> dict[str, float]:
    """Terms of the gates of a core.

    Parameters
    ----------
    plan : Plan
    lut, ff : dict
        Coefficients of the LUTs and flip-flops of a family, without its memories: what logic costs there tells what
        it costs in gates.
    """
    terms = core_terms(plan, CHIP)
    uses = all_memories(plan)
    kept = [use for use in uses if not use.rom and not is_macro(use)]
    return {
        "logic": _sum(lut, terms),
        "flip-flops": _sum(ff, terms),
        "kept bits": sum(use.bits for use in kept),
        "kept words": sum(use.width * use.count for use in kept),
        "constant bits": sum(use.bits for use in uses if use.rom),
        "macro words": sum(use.width * use.count for use in uses if is_macro(use)),
    }


def _sum(coefficients: dict, terms: dict) -> float:
    return sum(
        value * coefficients.get(module, {}).get(term, 0)
        for (_, module), of in terms.items()
        for term, value in of.items()
        if not term.startswith(MEMORY)
    )
