"""Terms of the clock's period: what the longest paths grow with."""

from math import log2

from rnnhw.plan import HeadPlan, Plan
from rnnhw.plan.timing import TREE_LEVELS

from .memories import block_pages
from .sizes import Sizes, bits

SMALL = 400  # LUTs from which on wires get longer


def clock_terms(plan: Plan, family: str, lut: float, link: str) -> dict[str, float]:
    """Terms of the period of a whole core.

    Parameters
    ----------
    plan : Plan
    family : str
    lut : float
        LUTs, by the estimate.
    link : str
    """
    engines = [_engine(Sizes(engine, family)) for engine in plan.engines]
    terms = {name: max(engine[name] for engine in engines) for name in engines[0]}
    terms |= {"one": 1, "octaves": max(log2(lut / SMALL), 0), "link": int(link != "none")}
    terms["engines"] = int(len(engines) > 1)
    for stage in plan.stages:
        if isinstance(stage, HeadPlan):
            terms[stage.name] = 1
            terms[f"{stage.name} width"] = stage.source.width
    return terms


def _engine(s: Sizes) -> dict[str, float]:
    plan, few = s.plan, 1 - s.many
    rounds = sum(item.rounds for item in plan.passes)
    under_way = s.timing.result + 4 + (s.timing.capture + 3) * s.each
    made = s.lanes_use is None or not s.lanes_use.blocks(s.family)
    weights = s.memories["weights"]
    pages = 1
    if weights.style == "block":
        pages = block_pages(s.family, weights.depth, weights.width, weights.rom)
    updates = s.has("lstm", "gru", "reset")
    use = s.uses.get("cell update")
    update_made = updates and (use is None or not use.blocks(s.family))
    levels = min((s.columns - 1).bit_length(), TREE_LEVELS[plan.hardware.registers]) if s.columns > 1 else 0
    interpolated = bool(plan.uses_table and plan.network.table.residual_bits)
    return {
        "few": few,
        "room": bits(4 * (rounds + under_way)) + 1,
        "segments": bits(len(s.segments)),
        "streams": int(s.streams > 1),
        "stream bits": s.stream_bits,
        "states": int(plan.loads_state or plan.reads_state),
        "queue": bits(2 * plan.answer_size + 1),
        "accumulator": s.accumulator,
        "tree levels": levels,
        "few tree levels": few * levels,
        "made": int(made),
        "few made": few * made,
        "few made rows": few * made * s.weight,
        "made rows": made * s.weight,
        "made element": made * s.element,
        "pages": bits(pages),
        "few pages": few * bits(pages),
        "lanes": bits(s.lanes * s.columns),
        "shifts": int(s.shifts > 1),
        "few updates": few * updates,
        "update bits": updates * s.bits,
        "few update bits": few * updates * s.bits,
        "gru": s.has("gru"),
        "few gru": few * s.has("gru"),
        "update made": int(update_made),
        "update made bits": update_made * s.bits,
        "few update made": few * update_made,
        "few interpolated": few * interpolated,
        "interpolated": int(interpolated),
        "interpolated bits": interpolated * s.bits,
        "pipelines": bits(s.pipelines),
        "unaligned": int(s.pipelines > 1),
        "parts": int(s.word > s.columns),
        "short": int(not plan.every_step),
        "registers": int(any(use.style == "registers" and use.bits > 64 for use in s.memories.values())),
    }
