"""Terms of an engine's front: what brings elements and weights to the lanes, and the lanes."""

from .memories import memory_terms
from .sizes import Sizes, bits, octaves

SIDE = {"ice40": 16, "ecp5": 18, "gowin": 18, "xilinx": 25}  # bits of the largest operand of a multiplier block


def input_buffer(s: Sizes) -> dict[str, float]:
    """Takes elements, counts them, and says what is there."""
    use = s.memories["x"]
    return {
        "one": 1,
        "element counter": bits(s.plan.input_size),
        "word counter": bits(s.plan.x_words),
        "columns": s.columns - 1,
        "streams": s.streams - 1,
        "stream bits": s.stream_bits,
        "parts": len(s.plan.parts) - 1,
        "data": s.bits * s.columns,
    } | memory_terms(use, s.family)


def sequencer(s: Sizes) -> dict[str, float]:
    """Walks through the segments."""
    plan, segments = s.plan, s.segments
    shape = plan.geometry
    words = max(shape.words(segment.length) for segment in segments)
    groups = max(item.groups for item in plan.passes)
    rounds = sum(item.rounds for item in plan.passes)
    under_way = s.timing.result + 4 + (s.timing.capture + 3) * s.each
    room = bits(4 * (rounds + under_way)) + 1
    short = int(not plan.every_step and any(not item.recurrent for item in plan.passes) and s.has_recurrent)
    return {
        "one": 1,
        "segments": len(segments) - 1,
        "segment bits": bits(len(segments)),
        "passes": s.passes - 1,
        "word counter": bits(words),
        "segment words": (len(segments) - 1) * bits(words),
        "group counter": bits(groups),
        "pass groups": (s.passes - 1) * bits(groups),
        "room": room,
        "stream room": room * (s.streams if s.streams > 1 else 0),
        "streams": s.streams - 1,
        "absent": s.columns if s.columns > 1 else 0,
        "weight address": bits(s.memories["weights"].depth),
        "state address": bits(s.streams * plan.state_words),
        "segment state address": len(segments) * bits(s.streams * plan.state_words),
        "parts": bits(s.word // s.columns),
        "x index": bits(plan.x_words),
        "short": short,
        "short room": short * room,
        "every step": int(plan.every_step),
    }


def weight_memory(s: Sizes) -> dict[str, float]:
    """The weights."""
    use = s.memories["weights"]
    return {"one": 1, "address": bits(use.depth)} | memory_terms(use, s.family)


def element_select(s: Sizes) -> dict[str, float]:
    """Chooses the elements."""
    width = s.columns * s.bits
    states = int(s.plan.state_words > 0)
    return {
        "one": 1,
        "width": width,
        "states": width * states,
        "registers": s.many * width,
        "state registers": s.many * width * states,
        "columns": s.columns,
        "shift bits": bits(s.shifts),
    }


def mac_array(s: Sizes) -> dict[str, float]:
    """Multipliers, adder trees and accumulators."""
    lanes, columns, acc = s.lanes, s.columns, s.accumulator
    products = lanes * columns
    use, made = s.lanes_use, s.lands_in_adders
    blocks = 0 if made else use.blocks(s.family)
    # The 7 series' blocks take the words' register in; ECP5's third register is made of flip-flops.
    words = 0 if s.family == "xilinx" and not made else s.many * products * s.weight_bits
    behind = s.many * products * s.product if s.family == "ecp5" and not made else 0
    registers = lanes * acc * (1 + s.has("gru")) + s.timing.capture * (s.tag + 3) + words + behind
    registers += lanes * s.tree_register_bits
    luts = lanes * acc + lanes * s.tree_bits
    terms = {
        "one": 1,
        "accumulators": lanes * acc,
        "lanes": lanes,
        "split": lanes * acc * s.has("gru"),
        "tree": lanes * s.tree_bits,
        "tree registers": lanes * s.tree_register_bits,
        "tags": s.timing.capture * (s.tag + 3),
        "passes": s.passes - 1,
        "word register": words,
    }
    if not made:
        terms |= {"block products": products * s.product, "block product registers": behind}
        if blocks > products:
            terms["tile products"] = products * s.product
    else:
        rows = s.weight  # partial products of a multiplier of adders
        first, pairs = -(-rows // 4), -(-rows // 2)
        terms |= {
            "partial products": products * rows * s.element,
            "partial sums": products * first * (s.element + 4),
            "pair sums": products * pairs * (s.element + 2),
            "made products": products * s.product,
            "operands": s.many * products * (s.weight + s.element),
            "rows": products * rows,
        }
        registers += products * (s.product + first * (s.element + 4) + s.many * (s.weight + s.element))
        luts += products * rows * s.element
        if s.weight_bits == 1:
            terms["signs"] = products * s.element
    if s.shifts > 1:
        paired = bool(use) and s.family == "ice40" and use.pairs and max(s.weight, s.bits) <= 8
        width = products * s.product if paired else columns * s.element
        terms |= {"alignment": width, "alignment choices": width * (s.shifts - 1)}
        luts += width * (s.shifts - 1)
    return terms | {"registers": registers, "luts": luts}


def state_memory(s: Sizes) -> dict[str, float]:
    """The hidden states."""
    use = s.memories.get("h")
    if use is None:
        return {}
    address = bits(use.depth)
    return {
        "one": 1,
        "address": address,
        "passes": (s.passes - 1),
        "pass address": (s.passes - 1) * address,
        "stream address": (s.streams - 1) * address,
        "streams": s.streams - 1,
        "parts": s.word // s.columns - 1,
        "choice": (s.word // s.columns - 1) * s.columns * s.bits,
        "count": use.count - 1,
        "bits": s.bits * s.word,
    } | memory_terms(use, s.family)


def state_control(s: Sizes) -> dict[str, float]:
    """Initial states and final ones."""
    plan = s.plan
    if not (plan.loads_state or plan.reads_state):
        return {}
    elements = sum(part.length for part in plan.state_parts)
    terms = {"one": 1, "streams": s.streams - 1}
    width = s.pipelines * plan.state_width
    if plan.loads_state:
        terms |= {"load": 1, "load counter": bits(elements), "load word": width, "load parts": len(plan.state_parts)}
        if plan.initial_words is not None:
            terms |= {"constant": 1}
            terms |= memory_terms(s.memories["initial_state"], s.family)
    if plan.reads_state:
        terms |= {"read": 1, "read counter": bits(elements), "read word": max(width, s.columns * s.bits)}
        terms |= {"read parts": len(plan.state_parts), "read streams": s.streams - 1}
    return terms


def engine(s: Sizes) -> dict[str, float]:
    """What stands between the parts."""
    return {"one": 1, "octaves": octaves(s.lanes), "states": s.plan.state_width * s.plan.reads_state}
