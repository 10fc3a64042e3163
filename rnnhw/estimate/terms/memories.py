"""What memories cost beside their blocks: LUT RAM, registers, and the logic that yosys puts around blocks."""

from rnnhw.estimate.block_ram import BLOCK_RAMS, in_blocks, lut_ram_sizes, lut_rams
from rnnhw.plan import MemoryUse

from .sizes import bits

MEMORIES = "memories"  # where the coefficients of terms of all memories stand
FEW_BITS = 128
MEMORY = "memory "  # what such terms begin with


def memory_terms(use: MemoryUse, family: str) -> dict[str, float]:
    """Terms of the logic around a memory.

    A written block RAM that synthesis may not trust to give old contents gets registers and a comparison for a word
    that is read while it is written. A deep memory is cut into pages, between which its output is chosen.
    """
    if family not in BLOCK_RAMS:  # standard cells: looked at for the whole core (`rnnhw.estimate.terms.chip`)
        return {}
    whole = use.depth * use.width * use.count
    if use.style == "distributed":
        return _lut_ram(use, family)
    if use.style == "registers":
        if use.rom:
            return {"memory rom bits": whole, "memory rom words": use.count * use.width}
        words, rows = use.count * use.width, use.count * use.depth
        large = whole if use.depth * use.width > FEW_BITS else 0  # in which a word takes longer to find
        return {
            "memory register bits": whole,
            "memory large bits": large,
            "memory register words": words,
            "memory register rows": rows,
        }
    if use.style == "huge":
        return {"memory spram words": use.count * use.width}
    terms = {}
    if not use.rom:
        terms = {
            "memory block words": use.count * use.width,
            "memory block address": use.count * bits(use.depth),
            "memory blocks": use.count,
        }
    pages = in_blocks(family, use.depth, use.width, use.rom).pages
    if pages > 1:
        terms |= {"memory page bits": use.count * use.width * (pages - 1), "memory paged words": use.count * use.width}
        terms["memory pages"] = use.count * pages
    return terms


def _lut_ram(use: MemoryUse, family: str) -> dict[str, float]:
    """LUT RAMs, and the choice between those that lie behind each other."""
    rows = -(-use.depth // lut_ram_sizes(use.depth, family)[-1][0])
    number = use.count * lut_rams(use.depth, use.width, family)
    terms = {"memory lut rams": number, "memory ram words": use.count * use.width}
    return terms | ({"memory ram page bits": use.count * use.width * (rows - 1)} if rows > 1 else {})
