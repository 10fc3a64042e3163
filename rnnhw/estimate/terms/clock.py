"""Terms of the clock's period: the ways that may be the longest, and what each of them grows with."""

from math import log2

from rnnhw.estimate.block_ram import in_blocks
from rnnhw.plan import HeadPlan, Plan
from rnnhw.plan.timing import TREE_LEVELS

from .sizes import Sizes, bits, sizes

SMALL = 400  # LUTs from which on wires get longer
# How much of a usual period a block RAM without an output register takes, beside ECP5's.
BLOCK_RAM = {"ecp5": 1.0, "gowin": 0.5, "ice40": 0.25, "xilinx": 0.5, "chip": 0.0}
SHARPNESS = 8  # of the largest of several ways: the higher, the less do others that are nearly as long add


def clock_terms(plan: Plan, family: str, lut: float, link: str) -> dict[str, dict[str, float]]:
    """Terms of the period of a whole core, by way.

    Parameters
    ----------
    plan : Plan
    family : str
    lut : float
        LUTs, by the estimate.
    link : str
    """
    octaves = max(log2(max(lut, 1) / SMALL), 0)
    engines = [_ways(sizes(engine, family)) for engine in plan.engines]
    ways = {}
    for of_engine in engines:
        for way, terms in of_engine.items():
            found = ways.setdefault(way, dict(terms))
            for term, value in terms.items():
                found[term] = max(found.get(term, 0), value)
    ways["positions"] |= {"link": int(link != "none"), "engines": int(len(engines) > 1)}
    last = plan.engines[-1]
    block = BLOCK_RAM[family] * (last.memories["answers"].style == "block")
    ways["answers"] |= {"fed back": int(plan.network.mode == "one-to-many")}
    ways["answers"]["block fed back"] = block * ways["answers"]["fed back"]
    for stage in plan.stages:
        if isinstance(stage, HeadPlan):
            choice = bits(last.geometry.pipelines)
            ways[stage.name] = {"one": 1, "width": stage.source.width, "choice": choice, "block": block}
    return {way: terms | {"octaves": octaves} for way, terms in ways.items()}


def _ways(s: Sizes) -> dict[str, dict[str, float]]:
    """Those within an engine, from register to register."""
    ways = {"positions": _positions(s), "operands": _operands(s), "sums": _sums(s), "answers": _answers(s)}
    few, table = 1 - s.many, s.memories.get("table")
    from_block = int(table is not None and table.style == "block")
    if s.has("lstm", "gru", "reset"):
        use = s.uses.get("cell update")
        terms = {
            "few": few,
            "bits": s.bits,
            "few bits": few * s.bits,
            "few table": few * from_block,
            "gru": s.has("gru"),
        }
        ways["products" if use is None or not use.blocks(s.family) else "updates"] = terms | {"one": 1}
    if s.plan.uses_table and s.plan.network.table.residual_bits:
        ways["interpolation"] = {"one": 1, "bits": s.bits, "few": few, "few table": few * from_block}
    if s.lands_in_adders:
        ways["partial products"] = {
            "one": 1,
            "element": s.element,
            "rows": s.weight,
            "few": few,
            "few rows": few * s.weight,
            "levels": _levels(s),
        }
    return ways


def _levels(s: Sizes) -> int:
    """Levels of a lane's adder tree between two registers."""
    return min((s.columns - 1).bit_length(), TREE_LEVELS[s.plan.hardware.registers])


def _positions(s: Sizes) -> dict[str, float]:
    """Whether a word may be issued, back into what says so."""
    plan = s.plan
    rounds = sum(item.rounds for item in plan.passes)
    under_way = s.timing.result + 4 + (s.timing.capture + 3) * s.each
    return {
        "one": 1,
        "room": bits(4 * (rounds + under_way)) + 1,
        "segments": bits(len(s.segments)),
        "short": int(not plan.every_step),
        "states": int(plan.loads_state or plan.reads_state),
        "streams": int(s.streams > 1),
        "lanes": bits(s.lanes * s.columns),
    }


def _operands(s: Sizes) -> dict[str, float]:
    """From the memories to the multipliers."""
    weights, pages = s.memories["weights"], 1
    if weights.style == "block":
        pages = in_blocks(s.family, weights.depth, weights.width, weights.rom).pages
    few = 1 - s.many
    return {
        "one": 1,
        "few": few,
        "pages": bits(pages),
        "few pages": few * bits(pages),
        "shifts": int(s.shifts > 1),
        "parts": int(s.word > s.columns),
        "lanes": bits(s.lanes * s.columns),
    }


def _sums(s: Sizes) -> dict[str, float]:
    """From products over the adder tree into the accumulators."""
    few, levels = 1 - s.many, _levels(s)
    terms = {"one": 1, "accumulator": s.accumulator, "few": few, "levels": levels, "few levels": few * levels}
    return terms | {"shifts": int(s.shifts > 1)}


def _answers(s: Sizes) -> dict[str, float]:
    """Through the queue of answers."""
    block = BLOCK_RAM[s.family] * (s.memories["answers"].style == "block")
    small = any(use.style == "registers" and use.bits > 64 for use in s.memories.values())
    return {
        "one": 1,
        "queue": bits(2 * s.plan.answer_size + 1),
        "choice": bits(s.pipelines),
        "several": int(s.pipelines > 1),
        "registers": int(small),
        "block": block,
        "block choice": block * bits(s.pipelines),
    }
